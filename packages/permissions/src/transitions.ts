import type { ReportState, Role, TransitionAction } from './model.ts'

interface Transition {
  readonly from: readonly ReportState[]
  readonly to: ReportState
  readonly by: Role
  /** An admin may do it too. */
  readonly adminToo?: boolean
  readonly needsReason?: boolean
}

/**
 * Every way a report moves on. An action may stand twice, once per stage: 财政 returns what the department has
 * approved, and each withdraws only what it sent itself.
 */
export const TRANSITIONS: Record<TransitionAction, readonly Transition[]> = {
  submit: [{ from: ['draft', 'returned'], to: 'department_review', by: 'filler' }],
  withdraw: [
    { from: ['department_review'], to: 'draft', by: 'filler' },
    { from: ['finance_review'], to: 'department_review', by: 'head' },
  ],
  approve: [{ from: ['department_review'], to: 'finance_review', by: 'head' }],
  return: [
    { from: ['department_review'], to: 'returned', by: 'head', needsReason: true },
    { from: ['finance_review'], to: 'returned', by: 'finance', needsReason: true },
  ],
  conclude: [{ from: ['finance_review'], to: 'concluded', by: 'finance' }],
  reopen: [{ from: ['concluded'], to: 'finance_review', by: 'finance', adminToo: true, needsReason: true }],
}

export function findTransition(action: TransitionAction, state: ReportState): Transition | undefined {
  return TRANSITIONS[action].find((transition) => transition.from.includes(state))
}
