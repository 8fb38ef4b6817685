import type { Trx } from '../db/dialect.ts'
import { putNotices } from '../db/notices.ts'
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
    text: string
    at: number
  },
): Promise<string[]> {
  const { report, by, addressed, text, at } = mention
  const others = addressed.filter((userId) => userId !== by)
  const excerpt = [...text].slice(0, EXCERPT_LENGTH).join('')
  return putNotices(
    trx,
    others.map((userId) => ({
      report_id: report.id,
      user_id: userId,
      kind: 'mentioned',
      by_user: by,
      text: excerpt,
      at,
      subject: `round ${report.round}`,
    })),
  )
}
