import type { ScoreColumnId } from '../narrative.ts'
import type { IndicatorId } from '../template.ts'

/** Of the rules, to be stored with what they found. Raised whenever a report may get other findings than before. */
export const RULES_VERSION = 2

/** `error` blocks handing over, `warning` asks for a second look, `info` is a hint. */
export type Severity = 'error' | 'warning' | 'info'

/** A place to jump to. Only what applies is set. */
export interface Where {
  readonly indicatorId?: IndicatorId
  readonly indicatorIds?: readonly IndicatorId[]
  /** Position-derived ids of the narrative; `title` of a missing section stands in the message. */
  readonly sectionId?: string
  readonly paragraphId?: string
  readonly paragraphIds?: readonly string[]
  /** A cover key. */
  readonly field?: string
  /** Data fields of the template, or table cells as `outputs.{row}.actual`. */
  readonly fields?: readonly string[]
  /** The words in question, exactly as in the text. */
  readonly quote?: string
  /** Points taken off. */
  readonly deduction?: number
  readonly column?: ScoreColumnId
  /** Of the return item that is not answered. */
  readonly returnItemId?: string
}

export interface Message {
  readonly zh: string
  readonly en: string
}

export interface Finding {
  /** `SUM-06` */
  readonly rule: string
  readonly severity: Severity
  readonly where: Where
  readonly message: Message
  /** A text that would put it right. */
  readonly suggestion?: string
  /** The score column it is about, where it is about one of the reviewers' columns. */
  readonly column?: ScoreColumnId
}

/** Errors that keep a report from being handed over: each role answers for its own columns. */
export function blockingFindings(
  findings: readonly Finding[],
  action: 'submit' | 'approve' | 'conclude',
): readonly Finding[] {
  const answersFor = (column: ScoreColumnId): boolean => {
    if (action === 'submit') return column === 'self'
    return column === (action === 'approve' ? 'department' : 'finance')
  }
  return findings.filter(({ severity, column }) => severity === 'error' && answersFor(column ?? 'self'))
}
