import type { Part } from '@gongping/permissions'
import {
  type Ownership,
  ROOTS,
  type TextRun,
  answerRoot,
  compareChars,
  parseAnswerKey,
  plainRun,
  textChars,
} from '@gongping/report-doc'
import { formatMoney, type Template, dataFieldIndex } from '@gongping/scoring'
import * as Y from 'yjs'
import type { OpenSnapshot } from './snapshot.ts'

export interface ComparedField {
  readonly part: Part
  readonly kind: 'cover' | 'fact' | 'band' | 'reason' | 'measure' | 'evidence' | 'opinion'
  readonly key: string
  readonly runs: readonly TextRun[]
}

/** Everything outside of the text and the scores that differs: cover, facts, reasons, opinions, evidence. */
export function compareFields(
  before: OpenSnapshot,
  after: OpenSnapshot,
  ownership: Readonly<Record<Part, Ownership>>,
): readonly ComparedField[] {
  const found: ComparedField[] = []
  for (const part of ['self', 'department', 'finance'] as const) {
    const roots = part === 'self' ? [ROOTS.cover, ROOTS.facts, ROOTS.self] : [ROOTS.scores]
    for (const root of roots) {
      const maps = [before.docs[part].getMap(root), after.docs[part].getMap(root)] as const
      for (const key of new Set([...maps[0].keys(), ...maps[1].keys()])) {
        const place = placeOf(root, key)
        if (place === null) continue
        const runs = compareValue(maps, key, {
          ownership: ownership[part],
          show: (value) => showValue(value, root, key, after.template),
        })
        if (runs.some(({ op }) => op !== 'equal')) found.push({ part, ...place, runs })
      }
    }
  }
  return found
}

/** Who wrote the value that stands under a key now; null when it is the one that stood there before. */
export function writerOf(
  before: Y.Map<unknown>,
  after: Y.Map<unknown>,
  key: string,
  ownership: Ownership,
): string | null {
  const old = before._map.get(key)
  const item = after._map.get(key)
  if (!item) return null
  if (old && Y.compareIDs(old.id, item.id) && old.deleted === item.deleted) return null
  return item.deleted
    ? ownership.deletedBy(item.id.client, item.id.clock)
    : ownership.insertedBy(item.id.client, item.id.clock)
}

function placeOf(root: string, key: string): Pick<ComparedField, 'kind' | 'key'> | null {
  if (root === ROOTS.cover) return { kind: 'cover', key }
  if (root === ROOTS.facts) return { kind: 'fact', key }
  const place = parseAnswerKey(key)
  return place === null || place.field === 'score' ? null : { kind: place.field, key: place.id }
}

function compareValue(
  [before, after]: readonly [Y.Map<unknown>, Y.Map<unknown>],
  key: string,
  { ownership, show }: { ownership: Ownership; show: (value: unknown) => string },
): readonly TextRun[] {
  const old = before.get(key)
  const now = after.get(key)
  if (old instanceof Y.Text && now instanceof Y.Text) return compareChars(textChars(old), textChars(now), ownership)
  const was = show(old)
  const is = show(now)
  if (was === is) return []
  const by = writerOf(before, after, key, ownership)
  return compareChars(plainRun(was), plainRun(is), ownership).map((run) => (run.op === 'equal' ? run : { ...run, by }))
}

function showValue(value: unknown, root: string, key: string, template: Template): string {
  if (value === undefined || value === null) return ''
  if (value instanceof Y.Text) return textChars(value).text
  if (typeof value === 'number' && root === ROOTS.facts) {
    const field = dataFieldIndex(template).get(key)
    if (field?.type === 'money') {
      const unit = field.unit === '万元' ? '万元' : '元'
      return `${formatMoney(value, unit)}${unit}`
    }
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '…'
}

export const answersMap = (snapshot: OpenSnapshot, part: 'self' | 'department' | 'finance') =>
  snapshot.docs[part].getMap(answerRoot(part))
