import type { Actor, Part, ReportState, TransitionAction } from './model.ts'
import { holdsPen } from './pen.ts'
import { type ReviewRequest, mayReview } from './review.ts'
import { TRANSITIONS, findTransition } from './transitions.ts'
import { type Verdict, noPen, refuse, yes } from './verdict.ts'
import { ACTION_NAMES, ROLE_NAMES, STATE_NAMES } from './words.ts'

export type Request =
  | { readonly action: 'read' }
  | { readonly action: 'write'; readonly part: Part }
  | ReviewRequest
  | { readonly action: 'read-audit' }
  | { readonly action: 'name-version' }
  | { readonly action: TransitionAction; readonly reason?: string }

/** The one place where rights on a report are judged: HTTP, sync socket and screen ask the same question. */
export function may(actor: Actor, request: Request, state: ReportState): Verdict {
  if (actor.roles.length === 0 && !actor.isAdmin) {
    return refuse('not_a_member', '您不是这份报告的成员。', 'You are not a member of this report.')
  }
  switch (request.action) {
    case 'read':
      return yes
    case 'write':
      return holdsPen(actor, request.part, state) ? yes : noPen(request.part, state)
    case 'read-audit':
      if (actor.isAdmin || actor.roles.includes('finance')) return yes
      return refuse(
        'wrong_role',
        '审计记录只对财政和管理员开放。',
        'The audit trail is open to finance and administrators.',
      )
    case 'name-version':
      if (actor.roles.length > 0) return yes
      return refuse('wrong_role', '管理员不保存命名版本。', 'An administrator does not name versions.')
    case 'submit':
    case 'return':
    case 'approve':
    case 'conclude':
    case 'reopen':
    case 'withdraw':
      return mayMove(actor, request.action, state, request.reason)
    default:
      return mayReview(actor, request, state)
  }
}

function mayMove(actor: Actor, action: TransitionAction, state: ReportState, reason: string | undefined): Verdict {
  const transition = findTransition(action, state)
  const zh = ACTION_NAMES[action].zh
  const en = ACTION_NAMES[action].en
  if (!transition) {
    const from = [...new Set(TRANSITIONS[action].flatMap((one) => one.from))]
    return refuse(
      'wrong_state',
      `报告当前为“${STATE_NAMES[state].zh}”，不能“${zh}”；须在“${from.map((one) => STATE_NAMES[one].zh).join('”或“')}”时办理。`,
      `The report is in "${STATE_NAMES[state].en}"; "${en}" is possible in ${from.map((one) => `"${STATE_NAMES[one].en}"`).join(' or ')}.`,
    )
  }
  if (!actor.roles.includes(transition.by) && !(transition.adminToo && actor.isAdmin)) {
    const by = ROLE_NAMES[transition.by]
    return refuse('wrong_role', `“${zh}”由${by.zh}办理。`, `"${en}" is done by the ${by.en.toLowerCase()}.`)
  }
  if (transition.needsReason && !reason?.trim()) {
    return refuse('reason_required', `“${zh}”须写明原因。`, `"${en}" needs a reason.`)
  }
  return yes
}
