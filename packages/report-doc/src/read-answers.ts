import { type Answer, type Answers, type Evidence, type Facts, type IndicatorId, NO_ANSWER } from '@gongping/scoring'
import * as Y from 'yjs'
import { cleanText } from './clean-text.ts'
import { type ColumnPart, ROOTS, answerRoot, parseAnswerKey } from './layout.ts'

/** What the part `self` holds, as plain data. */
export interface SelfPart {
  readonly cover: ReadonlyMap<string, string>
  readonly facts: Facts
  readonly answers: Answers
  readonly evidence: ReadonlyMap<IndicatorId, readonly Evidence[]>
}

/** Never throws, whatever is in the document; what has no meaning there is left out. */
export function readSelf(doc: Y.Doc): SelfPart {
  return { cover: readCover(doc), facts: readFacts(doc), ...readColumn(doc, 'self') }
}

/** The answers of a reviewing column; the opinion on the whole report stands under the id `overall`. Never throws. */
export function readReviewer(doc: Y.Doc): Answers {
  return readColumn(doc, 'department').answers
}

/** A shared text by its key, null when the report was not created with one. Never throws. */
export function textOf(doc: Y.Doc, part: ColumnPart, key: string): Y.Text | null {
  const value = readMap(doc, answerRoot(part))?.get(key)
  return value instanceof Y.Text && !(value instanceof Y.XmlText) ? value : null
}

function readCover(doc: Y.Doc): ReadonlyMap<string, string> {
  const cover = new Map<string, string>()
  for (const [key, value] of entries(doc, ROOTS.cover)) {
    const text = asText(value)
    if (text !== null) cover.set(key, text)
  }
  return cover
}

function readFacts(doc: Y.Doc): Facts {
  const facts = new Map<string, number | string>()
  for (const [key, value] of entries(doc, ROOTS.facts)) {
    const fact = typeof value === 'number' && Number.isFinite(value) ? value + 0 : asText(value)
    if (fact !== null) facts.set(key, fact)
  }
  return facts
}

function readColumn(doc: Y.Doc, part: ColumnPart): Pick<SelfPart, 'answers' | 'evidence'> {
  const answers = new Map<IndicatorId, Answer>()
  const evidence = new Map<IndicatorId, readonly Evidence[]>()
  for (const [key, value] of entries(doc, answerRoot(part))) {
    const place = parseAnswerKey(key)
    if (place === null) continue
    const { id, field } = place
    if (field === 'evidence') {
      const names = evidenceNames(value)
      if (names.length > 0) evidence.set(id, names)
      continue
    }
    const found = field === 'score' ? readScore(value) : { [field]: readField(field, value) }
    const answer = { ...(answers.get(id) ?? NO_ANSWER), ...found }
    answers.set(id, answer)
  }
  for (const [id, answer] of answers) if (isEmpty(answer)) answers.delete(id)
  return { answers, evidence }
}

function readScore(value: unknown): Pick<Answer, 'score' | 'invalid'> {
  if (value === null || value === undefined) return { score: null }
  // Adding zero turns -0 into 0.
  if (typeof value === 'number' && Number.isSafeInteger(value)) return { score: value + 0 }
  return { score: null, invalid: describe(value) }
}

function readField(field: 'band' | 'reason' | 'measure' | 'opinion', value: unknown): string | null {
  const text = asText(value)
  return field === 'band' ? text || null : (text ?? '')
}

function evidenceNames(value: unknown): readonly Evidence[] {
  const lines = (asText(value) ?? '').split(/\r\n?|\n/)
  return lines.map((line) => ({ name: line.trim() })).filter(({ name }) => name !== '')
}

const isEmpty = (answer: Answer) =>
  answer.score === null &&
  answer.invalid === undefined &&
  answer.band === null &&
  answer.reason === '' &&
  answer.measure === '' &&
  answer.opinion === ''

/** Text in whatever plain shape it was stored, null for anything that is not text. */
function asText(value: unknown): string | null {
  if (typeof value === 'string') return cleanText(value)
  if (value instanceof Y.Text) return cleanText(Y.Text.prototype.toString.call(value))
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  return null
}

const MAX_INVALID_LENGTH = 200

/** Something short and plain in place of a foreign value: it is stored and shown, so it must not be a tree. */
function describe(value: unknown): string | number | boolean {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (typeof value === 'boolean') return value
  return asText(value)?.slice(0, MAX_INVALID_LENGTH).toWellFormed() ?? '[…]'
}

function* entries(doc: Y.Doc, root: string): Iterable<[string, unknown]> {
  const map = readMap(doc, root)
  if (map === null) return
  for (const [key, value] of map.entries()) yield [cleanText(key), value]
}

/** Null when this process already uses the root as another type. */
function readMap(doc: Y.Doc, root: string): Y.Map<unknown> | null {
  try {
    return doc.getMap(root)
  } catch {
    return null
  }
}
