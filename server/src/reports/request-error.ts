import type { Message, ReportState, Verdict } from '@gongping/permissions'

export type RequestErrorKind = 'invalid' | 'signed-out' | 'forbidden' | 'not-found' | 'conflict'

/** A request that can't be done, and why, in the user's words. Not our bug: it becomes the answer and is never logged as an error. */
export class RequestError extends Error {
  override name = 'RequestError'
  readonly kind: RequestErrorKind
  readonly code: string
  readonly text: Message
  readonly details: unknown
  constructor(error: { kind: RequestErrorKind; code: string; text: Message; details?: unknown }) {
    super(error.text.en)
    this.kind = error.kind
    this.code = error.code
    this.text = error.text
    this.details = error.details
  }
}

/** The same for a report that does not exist and one the caller may not see, so that nobody can probe for ids. */
export const noSuchReport = () =>
  new RequestError({
    kind: 'not-found',
    code: 'no_such_report',
    text: { zh: '没有这份报告，或者您无权查看。', en: 'There is no such report, or it is not open to you.' },
  })

/** Nothing is lost and nothing more fits. */
export const full = (text: Message) => new RequestError({ kind: 'conflict', code: 'full', text })

/** Of what may be added to the disk: see `DISK` in quotas.ts. */
export const dayIsFull = () =>
  full({
    zh: '您或这份报告一天内写入的数据过多，这次没有办理。请过几小时再试。',
    en: 'You, or all who write in this report, have written more than a day allows. This was not done; try again in a few hours.',
  })

export const denied = (code: string, text: Message) => new RequestError({ kind: 'forbidden', code, text })

/** What somebody is told who may not: later or in another state is a conflict, never is forbidden. */
function refusal({ code, message }: Extract<Verdict, { ok: false }>, state: ReportState): RequestError {
  switch (code) {
    case 'not_a_member':
      return noSuchReport()
    case 'wrong_state':
      return new RequestError({ kind: 'conflict', code, text: message, details: { state } })
    case 'reason_required':
      return new RequestError({ kind: 'invalid', code, text: message })
    case 'wrong_role':
    case 'no_pen':
    case 'not_author':
    case 'own_suggestion':
      return denied(code, message)
  }
}

/** @throws RequestError when the verdict is no */
export function requireYes(verdict: Verdict, state: ReportState): void {
  if (!verdict.ok) throw refusal(verdict, state)
}
