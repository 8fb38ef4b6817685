import type { ReportState, Role } from '@gongping/permissions'

export type NextAction = 'fill' | 'correct' | 'review' | 'check' | 'view'

/** The one thing somebody with these roles has to do on a report in this state. */
export function nextAction(roles: readonly Role[], state: ReportState): NextAction {
  const duty = DUTY[state]
  return duty && roles.includes(duty.role) ? duty.action : 'view'
}

/** States in which it is this role's turn. */
export function statesWaitingFor(role: Role): readonly ReportState[] {
  return (Object.keys(DUTY) as ReportState[]).filter((state) => DUTY[state]?.role === role)
}

const DUTY: Record<ReportState, { role: Role; action: NextAction } | null> = {
  draft: { role: 'filler', action: 'fill' },
  returned: { role: 'filler', action: 'correct' },
  department_review: { role: 'head', action: 'review' },
  finance_review: { role: 'finance', action: 'check' },
  concluded: null,
}
