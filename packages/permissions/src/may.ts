import type { Actor, Message, Part, ReportState, Role, TransitionAction } from './model.ts'
import { PEN, holdsPen } from './pen.ts'
import { TRANSITIONS, findTransition } from './transitions.ts'
import { ACTION_NAMES, PART_NAMES, ROLE_NAMES, STATE_NAMES } from './words.ts'

export type Verdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: DenialCode; readonly message: Message }
export type DenialCode = 'not_a_member' | 'no_pen' | 'wrong_role' | 'wrong_state' | 'reason_required'

export type Request =
  | { readonly action: 'read' }
  | { readonly action: 'write'; readonly part: Part }
  | { readonly action: 'comment' }
  | { readonly action: 'read-audit' }
  | { readonly action: 'name-version' }
  | { readonly action: TransitionAction; readonly reason?: string }

const yes: Verdict = { ok: true }

/** The one place where rights on a report are judged: HTTP, sync socket and screen ask the same question. */
export function may(actor: Actor, request: Request, state: ReportState): Verdict {
  if (actor.roles.length === 0 && !actor.isAdmin) {
    return no('not_a_member', '您不是这份报告的成员。', 'You are not a member of this report.')
  }
  switch (request.action) {
    case 'read':
      return yes
    case 'write':
      return holdsPen(actor, request.part, state) ? yes : noPen(request.part, state)
    case 'comment':
      if (actor.roles.length === 0) return no('wrong_role', '管理员不参与批注。', 'An administrator does not comment.')
      if (state === 'concluded')
        return no('wrong_state', '报告已办结，不能再批注。', 'The report is concluded; commenting is closed.')
      return yes
    case 'read-audit':
      if (actor.isAdmin || actor.roles.includes('finance')) return yes
      return no(
        'wrong_role',
        '审计记录只对财政和管理员开放。',
        'The audit trail is open to finance and administrators.',
      )
    case 'name-version':
      if (actor.roles.length > 0) return yes
      return no('wrong_role', '管理员不保存命名版本。', 'An administrator does not name versions.')
    default:
      return mayMove(actor, request.action, state, request.reason)
  }
}

function mayMove(actor: Actor, action: TransitionAction, state: ReportState, reason: string | undefined): Verdict {
  const transition = findTransition(action, state)
  const zh = ACTION_NAMES[action].zh
  const en = ACTION_NAMES[action].en
  if (!transition) {
    const from = [...new Set(TRANSITIONS[action].flatMap((one) => one.from))]
    return no(
      'wrong_state',
      `报告当前为“${STATE_NAMES[state].zh}”，不能“${zh}”；须在“${from.map((one) => STATE_NAMES[one].zh).join('”或“')}”时办理。`,
      `The report is in "${STATE_NAMES[state].en}"; "${en}" is possible in ${from.map((one) => `"${STATE_NAMES[one].en}"`).join(' or ')}.`,
    )
  }
  if (!actor.roles.includes(transition.by) && !(transition.adminToo && actor.isAdmin)) {
    const by = ROLE_NAMES[transition.by]
    return no('wrong_role', `“${zh}”由${by.zh}办理。`, `"${en}" is done by the ${by.en.toLowerCase()}.`)
  }
  if (transition.needsReason && !reason?.trim()) {
    return no('reason_required', `“${zh}”须写明原因。`, `"${en}" needs a reason.`)
  }
  return yes
}

/** Says who holds the pen now, or what would give it back. */
function noPen(part: Part, state: ReportState): Verdict {
  const holders = PEN[state][part]
  const partName = PART_NAMES[part]
  if (holders.length > 0) {
    return no(
      'no_pen',
      `${partName.zh}现由${list(holders, 'zh')}填写。`,
      `The ${partName.en} can be written by: ${list(holders, 'en')}.`,
    )
  }
  if (state === 'concluded') {
    return no('no_pen', `报告已办结，${partName.zh}已锁定。`, `The report is concluded; the ${partName.en} is locked.`)
  }
  const receiver = state === 'department_review' ? ROLE_NAMES.head : ROLE_NAMES.finance
  return no(
    'no_pen',
    `已送审，${partName.zh}已锁定；如需修改，请先撤回或由${receiver.zh}退回。`,
    `Submitted: the ${partName.en} is locked. To change it, withdraw it or have the ${receiver.en.toLowerCase()} return it.`,
  )
}

const list = (roles: readonly Role[], language: keyof Message) =>
  roles.map((role) => ROLE_NAMES[role][language]).join(language === 'zh' ? '、' : ', ')

const no = (code: DenialCode, zh: string, en: string): Verdict => ({ ok: false, code, message: { zh, en } })
