import type { ScoreColumnId } from '../narrative.ts'
import type { ReportView } from './report-view.ts'
import type { Message, Severity, Where } from './finding.ts'

export interface Rule {
  readonly id: string
  readonly severity: Severity
  /** Must not throw, whatever people wrote. */
  readonly check: (view: ReportView) => readonly Hit[]
}

/** What a rule found; its id and severity are added by `checkReport`. */
export interface Hit {
  readonly where: Where
  readonly message: Message
  readonly suggestion?: string
  /** Where it differs from the rule's own. */
  readonly severity?: Severity
  readonly column?: ScoreColumnId
}
