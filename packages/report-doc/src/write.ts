import type { Hundredths, IndicatorId } from '@gongping/scoring'
import type * as Y from 'yjs'
import { cleanText } from './clean-text.ts'
import { type ColumnPart, ROOTS, answerRoot, bandKey, scoreKey } from './layout.ts'

interface Write {
  readonly doc: Y.Doc
  /** Who writes; an undo manager tells by it what is its own. */
  readonly origin: unknown
}

/** A score that could not be understood is kept as the text that was typed and read back as `invalid`. */
export function setScore(
  write: Write & { part: ColumnPart; indicatorId: IndicatorId; score: Hundredths | string | null },
): void {
  const { part, indicatorId, score } = write
  put({ ...write, root: answerRoot(part), key: scoreKey(indicatorId), value: score })
}

export function setBand(write: Write & { part: ColumnPart; indicatorId: IndicatorId; band: string | null }): void {
  const { part, indicatorId, band } = write
  put({ ...write, root: answerRoot(part), key: bandKey(indicatorId), value: band })
}

/** Null clears the fact. Money is an integer of 分. */
export function setFact(write: Write & { key: string; value: number | string | null }): void {
  put({ ...write, root: ROOTS.facts })
}

/** Null or an empty text clears the field. */
export function setCover(write: Write & { key: string; value: string | null }): void {
  put({ ...write, root: ROOTS.cover, value: write.value || null })
}

/** Writes only what is new: a value written again would grow the document and take part in conflicts. */
function put({ doc, origin, root, key, value }: Write & { root: string; key: string; value: number | string | null }) {
  const map = doc.getMap(root)
  const clean = typeof value === 'string' ? cleanText(value) : value
  if ((map.get(key) ?? null) === clean) return
  const keepsNull = root === ROOTS.self || root === ROOTS.scores
  doc.transact(() => (clean === null && !keepsNull ? map.delete(key) : map.set(key, clean)), origin)
}
