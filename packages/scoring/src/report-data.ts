import type { Narrative, ScoreColumnId } from './narrative.ts'
import type { Hundredths, IndicatorId } from './template.ts'

/** What one column says about one indicator. Absent parts are null or empty, never guessed. */
export interface Answer {
  readonly score: Hundredths | null
  /** 扣分原因; also explains an override of a formula. */
  readonly reason: string
  /** 改进措施 */
  readonly measure: string
  /** 审核意见 or 复核意见 (department, finance). */
  readonly opinion: string
  /** Key of the chosen qualitative band. */
  readonly band: string | null
  /** A stored value that is no integer of hundredths, kept as found so that nothing is changed silently. */
  readonly invalid?: unknown
}
export type Answers = ReadonlyMap<IndicatorId, Answer>
export const NO_ANSWER: Answer = { score: null, reason: '', measure: '', opinion: '', band: null }

/** Flat typed facts by key; money in 分. Table cells are `outputs.{row}.planned`; per-row values `{indicatorId}.target`. */
export type Facts = ReadonlyMap<string, number | string>

export interface Evidence {
  readonly name: string
}

/** A whole report as plain data, the input of scoring and of the rules. */
export interface ReportData {
  /** As typed, by cover key. */
  readonly cover: ReadonlyMap<string, string>
  readonly facts: Facts
  readonly columns: Readonly<Record<ScoreColumnId, Answers>>
  readonly narrative: Narrative
  readonly evidence: ReadonlyMap<IndicatorId, readonly Evidence[]>
}
