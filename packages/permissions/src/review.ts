import type { Actor, Part, ReportState, Role } from './model.ts'
import { holdsPen } from './pen.ts'
import { ROLE_NAMES } from './words.ts'
import { type Verdict, noPen, refuse, yes } from './verdict.ts'

/** 公开 for every member, or only for the holders of one role. */
export const VISIBILITIES = ['public', 'department', 'finance'] as const
export type Visibility = (typeof VISIBILITIES)[number]

export type ReviewRequest =
  /** Comments and suggestions alike. */
  | { readonly action: 'comment' }
  | { readonly action: 'see-thread'; readonly visibility: Visibility }
  | { readonly action: 'raise-thread'; readonly visibility: Visibility }
  | { readonly action: 'mark-thread'; readonly to: 'open' | 'done' | 'closed'; readonly thread: ThreadFacts }
  | { readonly action: 'attach-thread'; readonly thread: ThreadFacts }
  | { readonly action: 'change-reply'; readonly isAuthor: boolean }
  | { readonly action: 'decide-suggestion'; readonly part: Part; readonly isAuthor: boolean }
  | { readonly action: 'withdraw-suggestion'; readonly isAuthor: boolean }
  | { readonly action: 'answer-item' }
  /** `raisedAs`: the role the report was returned in. */
  | { readonly action: 'judge-item'; readonly raisedAs: Role | 'admin' }
  | { readonly action: 'set-due-date' }

export interface ThreadFacts {
  readonly visibility: Visibility
  /** Role it was raised in. */
  readonly raisedAs: Role
  /** The actor raised it. */
  readonly isRaiser: boolean
  /** The actor, or a role of theirs, is named in it. */
  readonly isAddressee: boolean
  /** Who writes this part can see to it; null for the report as a whole. */
  readonly part: Part | null
}

export function mayReview(actor: Actor, request: ReviewRequest, state: ReportState): Verdict {
  switch (request.action) {
    case 'comment':
      return mayComment(actor, state)
    case 'see-thread':
      return seesThread(actor, request.visibility)
    case 'raise-thread': {
      const verdict = mayComment(actor, state)
      return verdict.ok ? seesThread(actor, request.visibility) : verdict
    }
    case 'mark-thread':
      return mayMark(actor, request, state)
    case 'attach-thread': {
      const { thread } = request
      const verdict = mayTakePart(actor, thread, state)
      if (!verdict.ok) return verdict
      if (isRaisers(actor, thread) || holdsPen(actor, 'narrative', state)) return yes
      return refuse(
        'not_author',
        '批注由提出人或正文填写人重新定位。',
        'A comment is re-attached by whoever raised it or writes the text.',
      )
    }
    case 'change-reply': {
      const verdict = mayComment(actor, state)
      if (!verdict.ok) return verdict
      if (request.isAuthor) return yes
      return refuse(
        'not_author',
        '只能修改或删除自己写的批注。',
        'You can change or delete only what you wrote yourself.',
      )
    }
    case 'decide-suggestion':
      if (state === 'concluded') return concluded
      if (!holdsPen(actor, request.part, state)) return noPen(request.part, state)
      if (!request.isAuthor) return yes
      return refuse(
        'own_suggestion',
        '自己提出的修改建议由他人接受或拒绝；您可以撤回。',
        'Your own suggestion is accepted or rejected by somebody else; you can withdraw it.',
      )
    case 'withdraw-suggestion':
      if (state === 'concluded') return concluded
      if (request.isAuthor) return yes
      return refuse('not_author', '修改建议由提出人撤回。', 'A suggestion is withdrawn by whoever made it.')
    case 'answer-item':
      if (!actor.roles.includes('filler'))
        return byRole('退回意见由', '答复。', 'Return items are answered by the', ['filler'])
      if (state === 'draft' || state === 'returned') return yes
      return refuse(
        'wrong_state',
        '报告已送审，不能再答复退回意见。',
        'The report has been submitted; return items can no longer be answered.',
      )
    case 'judge-item': {
      const { raisedAs } = request
      // Only reviewers return reports.
      const by: Role = raisedAs === 'head' ? 'head' : 'finance'
      if (!actor.roles.includes(by)) {
        return byRole('这条退回意见的答复由', '确认。', 'The answer to this return item is judged by the', [by])
      }
      return state === 'concluded' ? concluded : yes
    }
    case 'set-due-date':
      if (actor.isAdmin || actor.roles.includes('finance')) return yes
      return refuse('wrong_role', '截止日期由财政或管理员设定。', 'The due date is set by finance or an administrator.')
  }
}

/** Of a part before it is released: with a blind phase nobody but its writers sees a reviewer's column. */
export function mayReadPart(
  actor: Actor,
  part: Part,
  blind: { readonly isBlind: boolean; readonly state: ReportState },
): boolean {
  if (!blind.isBlind || actor.isAdmin) return true
  if (part === 'department') return RELEASED.department.has(blind.state) || actor.roles.includes('head')
  if (part === 'finance') return RELEASED.finance.has(blind.state) || actor.roles.includes('finance')
  return true
}

const RELEASED: Record<'department' | 'finance', ReadonlySet<ReportState>> = {
  department: new Set(['finance_review', 'concluded']),
  finance: new Set(['concluded']),
}

function mayComment(actor: Actor, state: ReportState): Verdict {
  if (actor.roles.length === 0) return refuse('wrong_role', '管理员不参与批注。', 'An administrator does not comment.')
  if (state === 'concluded') {
    return refuse('wrong_state', '报告已办结，不能再批注。', 'The report is concluded; commenting is closed.')
  }
  return yes
}

function seesThread(actor: Actor, visibility: Visibility): Verdict {
  if (visibility === 'public') return yes
  const role = visibility === 'department' ? 'head' : 'finance'
  return actor.roles.includes(role)
    ? yes
    : byRole('内部批注只对', '开放。', 'Internal comments are open only to the', [role])
}

/** As commenting, and it has to be visible. */
function mayTakePart(actor: Actor, { visibility }: ThreadFacts, state: ReportState): Verdict {
  const verdict = mayComment(actor, state)
  return verdict.ok ? seesThread(actor, visibility) : verdict
}

const isRaisers = (actor: Actor, { isRaiser, raisedAs }: ThreadFacts) => isRaiser || actor.roles.includes(raisedAs)

function mayMark(
  actor: Actor,
  { to, thread }: Extract<ReviewRequest, { action: 'mark-thread' }>,
  state: ReportState,
): Verdict {
  const verdict = mayTakePart(actor, thread, state)
  if (!verdict.ok || to === 'open') return verdict
  if (to === 'closed') {
    if (isRaisers(actor, thread)) return yes
    const by = ROLE_NAMES[thread.raisedAs]
    return refuse(
      'not_author',
      `批注由提出人（${by.zh}）确认关闭。`,
      `A comment is closed by whoever raised it (${by.en.toLowerCase()}).`,
    )
  }
  const writes = thread.part !== null && holdsPen(actor, thread.part, state)
  if (thread.isAddressee || writes || actor.roles.includes('filler')) return yes
  return refuse(
    'wrong_role',
    '由被提及的人、该处的填写人或填报人标为“已修改”。',
    'Marked as changed by whoever it is addressed to, who writes there, or the filler.',
  )
}

const concluded = refuse(
  'wrong_state',
  '报告已办结，不能再修改。',
  'The report is concluded; nothing can be changed any more.',
)

function byRole(zhBefore: string, zhAfter: string, enBefore: string, roles: readonly Role[]): Verdict {
  const zh = roles.map((role) => ROLE_NAMES[role].zh).join('或')
  const en = roles.map((role) => ROLE_NAMES[role].en.toLowerCase()).join(' or ')
  return refuse('wrong_role', `${zhBefore}${zh}${zhAfter}`, `${enBefore} ${en}.`)
}
