import type { Actor, Part, ReportState, Role } from './model.ts'
import { PARTS } from './model.ts'

/** Who may write a part in a state: until a role hands over, it holds the pen; a return gives it back. */
const whileFilling: Record<Part, readonly Role[]> = {
  narrative: ['filler', 'head', 'finance'],
  self: ['filler'],
  department: ['head'],
  finance: ['finance'],
}

export const PEN: Record<ReportState, Record<Part, readonly Role[]>> = {
  draft: whileFilling,
  returned: whileFilling,
  department_review: { narrative: ['head', 'finance'], self: [], department: ['head'], finance: ['finance'] },
  finance_review: { narrative: ['finance'], self: [], department: [], finance: ['finance'] },
  concluded: { narrative: [], self: [], department: [], finance: [] },
}

export type Pen = Record<Part, boolean>

export function holdsPen(actor: Actor, part: Part, state: ReportState): boolean {
  return PEN[state][part].some((role) => actor.roles.includes(role))
}

/** Everything the actor may write now, by part. */
export function penOf(actor: Actor, state: ReportState): Pen {
  return Object.fromEntries(PARTS.map((part) => [part, holdsPen(actor, part, state)])) as Pen
}
