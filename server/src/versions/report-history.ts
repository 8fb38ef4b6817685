import { type Part, TRANSITIONS, type TransitionAction } from '@gongping/permissions'
import type { History, HistoryEntry, TextAnchor, VersionPerson } from '@gongping/protocol/http'
import {
  type AnswerField,
  answerRoot,
  compareLines,
  createAnchorIndex,
  createOwnership,
  diffWords,
  disableFormatCleanup,
  headingIndicator,
  keyOf,
  linesOf,
  listSections,
  narrativeRoot,
  parseAnswerKey,
  textChars,
} from '@gongping/report-doc'
import { findTemplate, indicatorIndex, toPoints } from '@gongping/scoring'
import * as Y from 'yjs'
import { listDeedsOf } from '../db/audit.ts'
import type { Db } from '../db/dialect.ts'
import type { ReportRow } from '../db/schema.ts'
import { type LogRow, listClientOwners, listLogRows } from '../db/update-log.ts'
import { listVersions } from '../db/versions.ts'
import { RequestError } from '../reports/request-error.ts'
import type { VisibleReport } from '../reports/visible-report.ts'
import { findPeople } from './people.ts'
import { type ReviewEntry, reviewHistory } from './review-history.ts'

/** What somebody typed within this time is told as one change, milliseconds. */
const ONE_CHANGE_MS = 600_000
const MAX_ENTRIES = 500

/** An entry whose author is still an id. */
type Raw = { readonly at: number; readonly userId: string } & (
  | { readonly kind: 'score'; readonly column: ColumnPart; readonly from: number | null; readonly to: number | null }
  | { readonly kind: 'field'; readonly column: ColumnPart; readonly field: FieldName; readonly runs: Runs }
  | { readonly kind: 'text'; readonly runs: Runs }
  | { readonly kind: 'version'; readonly versionKind: string; readonly name: string; readonly reason: string }
)
type ColumnPart = Exclude<Part, 'narrative'>
type FieldName = Exclude<AnswerField, 'score'>
type Runs = { op: 'equal' | 'insert' | 'delete'; text: string }[]

/**
 * How one indicator or one section came to be what it is, oldest first: scores, reasons and opinions, text, and the
 * moves of the report between, with what was said and decided about it as far as the caller may see it. Read from the log
 * and the records of the round.
 *
 * @throws RequestError invalid without either; `no_such_section` for what the text does not have
 */
export async function reportHistory(
  db: Db,
  visible: VisibleReport,
  about: { indicatorId?: string | undefined; section?: string | undefined },
): Promise<History> {
  const { report } = visible
  const narrative = await readRows(db, report.id, 'narrative')
  const raws: (Raw | ReviewEntry)[] = []
  const doc = replay(narrative.rows)
  let place: FoundPlace
  try {
    place = findPlace(doc, report, about)
    const holds = textPlaces(doc, place.section)
    raws.push(...(await reviewHistory(db, visible, { indicatorId: place.indicatorId, holds })))
  } finally {
    doc.destroy()
  }
  if (place.section) raws.push(...textHistory(narrative, report, place.section))
  const { indicatorId } = place
  if (indicatorId !== null) {
    for (const part of ['self', 'department', 'finance'] as const)
      raws.push(...columnHistory((await readRows(db, report.id, part)).rows, part, indicatorId))
  }
  if (raws.length > 0) raws.push(...(await moves(db, report.id)))
  raws.sort((one, other) => one.at - other.at)
  const kept = raws.slice(-MAX_ENTRIES)
  const people = await findPeople(
    db,
    report.id,
    kept.map(({ userId }) => userId),
  )
  return { entries: kept.map((raw) => toEntry(raw, people)), truncated: kept.length < raws.length }
}

interface PartLog {
  readonly rows: readonly LogRow[]
  readonly owners: ReadonlyMap<number, string>
}

async function readRows(db: Db, reportId: string, part: Part): Promise<PartLog> {
  return {
    rows: await listLogRows(db, { reportId, part, after: -1, upTo: Number.MAX_SAFE_INTEGER }),
    owners: await listClientOwners(db, reportId, part),
  }
}

interface SectionPlace {
  readonly key: string
  readonly indicatorId: string | null
  readonly title: string
}

interface FoundPlace {
  readonly section: SectionPlace | null
  readonly indicatorId: string | null
}

function findPlace(
  doc: Y.Doc,
  report: ReportRow,
  { indicatorId, section }: { indicatorId?: string | undefined; section?: string | undefined },
): FoundPlace {
  const body = narrativeRoot(doc)
  const sections = body ? listSections(body) : []
  const found =
    section === undefined
      ? sections.find(({ heading }) => indicatorId !== undefined && headingIndicator(heading) === indicatorId)
      : sections.find(({ id }) => id === section)
  const template = findTemplate(report.template_id)
  if (section === undefined) {
    const isKnown = indicatorId !== undefined && template && indicatorIndex(template).has(indicatorId)
    if (!isKnown) throw unknownPlace()
  } else if (!found) throw unknownPlace()
  return {
    section: found
      ? { key: keyOf(found.heading), indicatorId: headingIndicator(found.heading), title: titleOf(found.heading) }
      : null,
    indicatorId: indicatorId ?? (found ? headingIndicator(found.heading) : null),
  }
}

/** Which places of the text lie in a section: where they are now, or where the text they stood in is. */
function textPlaces(doc: Y.Doc, place: SectionPlace | null): (anchor: TextAnchor) => boolean {
  const body = narrativeRoot(doc)
  const section = body && place ? findSection(body, place) : undefined
  if (!body || !section) return () => false
  const blocks = new Set((body.toArray() as unknown[]).slice(section.from, section.to))
  const anchors = createAnchorIndex(doc)
  return (anchor) => {
    const resolved = anchors.resolve(anchor)
    const text = resolved.kind === 'lost' ? textAt(doc, anchor) : resolved.range[0]?.text
    return text !== undefined && blocks.has(topBlock(text, body))
  }
}

/** The text a place stood in, also when the words are gone from it. */
function textAt(doc: Y.Doc, { start }: TextAnchor): unknown {
  try {
    const position = Y.decodeRelativePosition(Buffer.from(start, 'base64'))
    if (position.tname !== null) return undefined
    return Y.createAbsolutePositionFromRelativePosition(position, doc, false)?.type
  } catch {
    return undefined
  }
}

const unknownPlace = () =>
  new RequestError({
    kind: 'invalid',
    code: 'no_such_place',
    text: { zh: '没有这个指标或章节。', en: 'There is no such indicator or section.' },
  })

function textHistory({ rows, owners }: PartLog, report: ReportRow, place: SectionPlace): Raw[] {
  const doc = newDoc()
  const body = narrativeRoot(doc)
  if (!body) return []
  const touched = new Set<unknown>()
  body.observeDeep((events) => {
    for (const { target } of events) touched.add(topBlock(target, body))
  })
  const read = () => {
    const section = findSection(body, place)
    return section ? (body.toArray() as unknown[]).slice(section.from, section.to) : []
  }
  const lines = (nodes: readonly unknown[]) => linesOf(nodes, () => '')
  const entries: Raw[] = []
  let before = lines([])
  let window: LogRow[] = []
  const close = () => {
    const nodes = read()
    if (touched.has(null) || nodes.some((node) => touched.has(node))) {
      const after = lines(nodes)
      const ownership = createOwnership({ rows: window, owners, seededBy: report.created_by })
      const compared = compareLines(before, after, ownership)
      for (const userId of new Set(compared.flatMap(({ runs }) => runs.flatMap(({ by }) => by ?? [])))) {
        const runs = compared.flatMap((line) =>
          line.runs.some(({ by }) => by === userId) ? [...line.runs, { op: line.op, text: '\n', by: null }] : [],
        )
        const at = window.findLast((row) => row.userId === userId)?.at ?? window.at(-1)?.at
        if (at !== undefined)
          entries.push({ kind: 'text', at, userId, runs: runs.map(({ op, text }) => ({ op, text })) })
      }
      before = after
    }
    touched.clear()
    window = []
  }
  for (const [index, row] of rows.entries()) {
    const last = window.at(-1)
    if (last && row.at - last.at > ONE_CHANGE_MS) close()
    applySafely(doc, row.bytes)
    if (index === 0) {
      // The seed is where everything begins, nobody's change.
      before = lines(read())
      touched.clear()
    } else window.push(row)
  }
  close()
  doc.destroy()
  return entries
}

function findSection(body: Y.XmlElement, { key, indicatorId, title }: SectionPlace) {
  const sections = listSections(body)
  return (
    sections.find(({ heading }) => keyOf(heading) === key) ??
    sections.find(({ heading }) => indicatorId !== null && headingIndicator(heading) === indicatorId) ??
    sections.find(({ heading }) => indicatorId === null && titleOf(heading) === title)
  )
}

/** The block of the body that something lies in; null for the body itself. */
function topBlock(target: unknown, body: Y.XmlElement): unknown {
  let node = target as Y.AbstractType<unknown> | null
  if (node === (body as unknown)) return null
  while (node !== null && node.parent !== (body as unknown)) node = node.parent as Y.AbstractType<unknown> | null
  return node
}

const titleOf = (heading: Y.XmlElement) =>
  heading
    .toArray()
    .map((child) => (child instanceof Y.XmlText ? textChars(child).text : ''))
    .join('')

interface OpenField {
  readonly before: string
  readonly userId: string
  at: number
}

function columnHistory(rows: readonly LogRow[], column: ColumnPart, indicatorId: string): Raw[] {
  const doc = newDoc()
  const map = doc.getMap(answerRoot(column))
  const entries: Raw[] = []
  const open = new Map<FieldName, OpenField>()
  let scores = readScore(map, indicatorId)
  let texts = readFields(map, indicatorId)
  let isTouched = false
  map.observeDeep((events) => {
    isTouched ||= events.some(
      ({ target, keys }) =>
        target instanceof Y.Text ||
        [...keys.keys()].some((key) => typeof key === 'string' && parseAnswerKey(key)?.id === indicatorId),
    )
  })
  const close = (field: FieldName, now: string) => {
    const change = open.get(field)
    open.delete(field)
    if (!change || change.before === now) return
    const { at, userId, before } = change
    entries.push({ kind: 'field', at, userId, column, field, runs: [...diffWords(before, now)] })
  }
  for (const [index, { bytes, userId, at }] of rows.entries()) {
    isTouched = false
    applySafely(doc, bytes)
    if (!isTouched) continue
    const score = readScore(map, indicatorId)
    const fields = readFields(map, indicatorId)
    // What the report was made with is where every history begins.
    if (index === 0) {
      if (score !== null) entries.push({ kind: 'score', at, userId, column, from: null, to: score })
      for (const [field, text] of fields) {
        if (text !== '') entries.push({ kind: 'field', at, userId, column, field, runs: [...diffWords('', text)] })
      }
    } else {
      if (score !== scores) entries.push({ kind: 'score', at, userId, column, from: scores, to: score })
      for (const field of FIELDS) {
        const was = texts.get(field) ?? ''
        if (was === (fields.get(field) ?? '')) continue
        const known = open.get(field)
        if (known && known.userId === userId && at - known.at <= ONE_CHANGE_MS) known.at = at
        else {
          close(field, was)
          open.set(field, { before: was, userId, at })
        }
      }
    }
    scores = score
    texts = fields
  }
  for (const field of FIELDS) close(field, texts.get(field) ?? '')
  doc.destroy()
  return entries
}

const FIELDS: readonly FieldName[] = ['reason', 'measure', 'evidence', 'opinion', 'band']

/** In points. */
function readScore(map: Y.Map<unknown>, indicatorId: string): number | null {
  const value = map.get(`${indicatorId}.score`)
  return typeof value === 'number' && Number.isSafeInteger(value) ? toPoints(value) : null
}

function readFields(map: Y.Map<unknown>, indicatorId: string): Map<FieldName, string> {
  return new Map(
    FIELDS.map((field) => {
      const value = map.get(`${indicatorId}.${field}`)
      return [field, value instanceof Y.Text ? textChars(value).text : typeof value === 'string' ? value : '']
    }),
  )
}

/** Moves and named versions; what the server keeps by itself would only be noise. */
async function moves(db: Db, reportId: string): Promise<Raw[]> {
  const versions = await listVersions(db, reportId)
  const reasons = new Map<unknown, string>()
  for (const { detail } of await listDeedsOf(db, reportId, MOVES)) {
    const { versionId, reason, override } = JSON.parse(detail) as Record<string, string | undefined>
    reasons.set(versionId, reason ?? override ?? '')
  }
  return versions
    .filter(({ kind }) => kind !== 'automatic' && kind !== 'before-restore')
    .map(({ id, at, user_id, kind, name }) => ({
      kind: 'version',
      at: Number(at),
      userId: user_id,
      versionKind: kind,
      name,
      reason: reasons.get(id) ?? '',
    }))
}

const MOVES = (Object.keys(TRANSITIONS) as TransitionAction[]).map((action) => `report-${action}`)

function toEntry(raw: Raw | ReviewEntry, people: ReadonlyMap<string, VersionPerson>): HistoryEntry {
  const person = people.get(raw.userId)
  const { at, userId, ...rest } = raw
  return {
    ...rest,
    at: new Date(at).toISOString(),
    by: person?.displayName ?? '',
    byId: userId,
    role: ('role' in raw ? raw.role : undefined) ?? person?.role ?? 'admin',
  } as HistoryEntry
}

function replay(rows: readonly LogRow[]): Y.Doc {
  const doc = newDoc()
  doc.transact(() => {
    for (const { bytes } of rows) applySafely(doc, bytes)
  })
  return doc
}

function newDoc(): Y.Doc {
  const doc = new Y.Doc()
  disableFormatCleanup(doc)
  return doc
}

/** A damaged row is left out, with everything that builds on it. */
function applySafely(doc: Y.Doc, bytes: Uint8Array): void {
  try {
    Y.applyUpdate(doc, bytes)
  } catch {
    // Its edits are missing from the history; the report itself is not read from here.
  }
}
