import type { Message, Part, ReportState, Role } from './model.ts'
import { PEN } from './pen.ts'
import { PART_NAMES, ROLE_NAMES } from './words.ts'

export type Verdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: DenialCode; readonly message: Message }
export type DenialCode =
  | 'not_a_member'
  | 'no_pen'
  | 'wrong_role'
  | 'wrong_state'
  | 'reason_required'
  | 'not_author'
  | 'own_suggestion'

export const yes: Verdict = { ok: true }

export const refuse = (code: DenialCode, zh: string, en: string): Verdict => ({ ok: false, code, message: { zh, en } })

/** Says who holds the pen now, or what would give it back. */
export function noPen(part: Part, state: ReportState): Verdict {
  const holders = PEN[state][part]
  const partName = PART_NAMES[part]
  if (holders.length > 0) {
    return refuse(
      'no_pen',
      `${partName.zh}现由${list(holders, 'zh')}填写。`,
      `The ${partName.en} can be written by: ${list(holders, 'en')}.`,
    )
  }
  if (state === 'concluded') {
    return refuse(
      'no_pen',
      `报告已办结，${partName.zh}已锁定。`,
      `The report is concluded; the ${partName.en} is locked.`,
    )
  }
  const receiver = state === 'department_review' ? ROLE_NAMES.head : ROLE_NAMES.finance
  return refuse(
    'no_pen',
    `已送审，${partName.zh}已锁定；如需修改，请先撤回或由${receiver.zh}退回。`,
    `Submitted: the ${partName.en} is locked. To change it, withdraw it or have the ${receiver.en.toLowerCase()} return it.`,
  )
}

const list = (roles: readonly Role[], language: keyof Message) =>
  roles.map((role) => ROLE_NAMES[role][language]).join(language === 'zh' ? '、' : ', ')
