/** A role somebody holds on one report. Roles belong to a membership, so a unit may be its own 主管部门. */
export const ROLES = ['filler', 'head', 'finance'] as const
export type Role = (typeof ROLES)[number]

/** The four documents of a report; each has one answer to "who may write". */
export const PARTS = ['narrative', 'self', 'department', 'finance'] as const
export type Part = (typeof PARTS)[number]

export const REPORT_STATES = ['draft', 'returned', 'department_review', 'finance_review', 'concluded'] as const
export type ReportState = (typeof REPORT_STATES)[number]

export const TRANSITION_ACTIONS = ['submit', 'return', 'approve', 'conclude', 'reopen', 'withdraw'] as const
export type TransitionAction = (typeof TRANSITION_ACTIONS)[number]

/** Plain words in both languages of the product. */
export interface Message {
  readonly zh: string
  readonly en: string
}

/** Somebody asking, seen from one report. */
export interface Actor {
  /** Every role held on this report; empty for a stranger. */
  readonly roles: readonly Role[]
  /** The operator of the installation: reads every report and may reopen, never writes content. */
  readonly isAdmin: boolean
}

export const isPart = (value: unknown): value is Part => PARTS.includes(value as Part)
export const isRole = (value: unknown): value is Role => ROLES.includes(value as Role)
export const isReportState = (value: unknown): value is ReportState => REPORT_STATES.includes(value as ReportState)
export const isTransitionAction = (value: unknown): value is TransitionAction =>
  TRANSITION_ACTIONS.includes(value as TransitionAction)
