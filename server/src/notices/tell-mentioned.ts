import type { Trx } from '../db/dialect.ts'
import { changeNoticeText, putNotices } from '../db/notices.ts'
import type { ReportRow } from '../db/schema.ts'

/** Characters of a comment shown in a notice. */
const EXCERPT_LENGTH = 80

/**
 * Tells people they were named. Once a round: further mentions renew the notice that is there.
 *
 * @returns who was told
 */
export async function tellMentioned(
  trx: Trx,
  mention: {
    report: Pick<ReportRow, 'id' | 'round'>
    by: string
    addressed: readonly string[]
    threadId: string
    text: string
    at: number
  },
): Promise<string[]> {
  const { report, by, addressed, threadId, text, at } = mention
  const others = addressed.filter((userId) => userId !== by)
  return putNotices(
    trx,
    others.map((userId) => ({
      report_id: report.id,
      user_id: userId,
      kind: 'mentioned',
      by_user: by,
      text: excerptOf(text),
      at,
      subject: `round ${report.round}`,
      thread_id: threadId,
    })),
  )
}

/**
 * What somebody takes back or rewrites is not read in notices any longer either. Words tell a notice, and the same words
 * may stand in a comment for others: only those named in this one hear of it.
 */
export async function retellMentioned(
  trx: Trx,
  change: {
    reportId: string
    by: string
    addressed: readonly string[]
    from: string
    /** Null when it is taken back. */
    to: string | null
  },
): Promise<void> {
  const { reportId, by, addressed, from, to } = change
  const text = to === null ? null : excerptOf(to)
  await changeNoticeText(trx, {
    reportId,
    by,
    userIds: addressed,
    kind: 'mentioned',
    from: excerptOf(from),
    to: text,
  })
}

const excerptOf = (text: string) => [...text].slice(0, EXCERPT_LENGTH).join('')
