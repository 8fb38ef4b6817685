import type { Part } from '@gongping/permissions'
import type { IndicatorId } from '@gongping/scoring'

/** Names of the Yjs roots, over all four parts. */
export const ROOTS = { body: 'body', cover: 'cover', facts: 'facts', self: 'self', scores: 'scores' } as const

/** A part that is one column of the score table. */
export type ColumnPart = Exclude<Part, 'narrative'>

/** The Y.Map that holds the answers of a column. */
export const answerRoot = (part: ColumnPart) => (part === 'self' ? ROOTS.self : ROOTS.scores)

/** Stands for the whole report where an indicator id is expected, so far only for its opinion. */
export const OVERALL = 'overall'

/** What can be stored about one indicator; the last part of a key. */
export const ANSWER_FIELDS = ['score', 'band', 'reason', 'measure', 'opinion', 'evidence'] as const
export type AnswerField = (typeof ANSWER_FIELDS)[number]

/** Integer hundredths of a point, or null. */
export const scoreKey = (id: IndicatorId) => `${id}.score` as const
/** Key of the chosen qualitative band. */
export const bandKey = (id: IndicatorId) => `${id}.band` as const
/** Y.Text, part `self`. */
export const reasonKey = (id: IndicatorId) => `${id}.reason` as const
/** Y.Text, part `self`. */
export const measureKey = (id: IndicatorId) => `${id}.measure` as const
/** Y.Text, part `self`; one document name a line. */
export const evidenceKey = (id: IndicatorId) => `${id}.evidence` as const
/** Y.Text, parts `department` and `finance`. */
export const opinionKey = (id: IndicatorId) => `${id}.opinion` as const
/** Y.Text, parts `department` and `finance`: the opinion on the report as a whole. */
export const overallOpinionKey = opinionKey(OVERALL)

/** Keys of every Y.Text one indicator has in a part. The server puts them there once, when the report is created. */
export function textKeys(part: ColumnPart, id: IndicatorId): readonly string[] {
  return part === 'self' ? [reasonKey(id), measureKey(id), evidenceKey(id)] : [opinionKey(id)]
}

/** Takes a stored key apart; null when it is none of ours. Indicator ids contain dots, field names do not. */
export function parseAnswerKey(key: string): { id: IndicatorId; field: AnswerField } | null {
  const dot = key.lastIndexOf('.')
  if (dot <= 0) return null
  const field = ANSWER_FIELDS.find((name) => name === key.slice(dot + 1))
  return field === undefined ? null : { id: key.slice(0, dot), field }
}
