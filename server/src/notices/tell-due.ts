import type { Deps } from '../deps.ts'
import { listMembers } from '../db/memberships.ts'
import { putNotices } from '../db/notices.ts'
import { listDueReports } from '../db/reports.ts'
import { RECEIVER } from '../review/round-rules.ts'

/** People are reminded once this many days before, and once when the date has passed. */
const REMIND_DAYS_BEFORE = 3
const DAY_MS = 86_400_000

/**
 * Reminds whoever is to act of reports that are nearly due or overdue: once for each date, however often it runs and
 * however the clock is set in between.
 *
 * @returns how many people were told
 */
export async function tellDue({ db, feed, now }: Pick<Deps, 'db' | 'feed' | 'now'>): Promise<number> {
  const at = now()
  const today = chinaDay(at)
  const reports = await listDueReports(db, chinaDay(at + REMIND_DAYS_BEFORE * DAY_MS))
  let count = 0
  for (const { id, state, due_date } of reports) {
    const told = await db.transaction().execute(async (trx) => {
      const members = await listMembers(trx, id)
      const stage = due_date < today ? 'overdue' : 'near'
      const notices = members
        .filter(({ role }) => role === RECEIVER[state])
        .map(({ userId }) => ({
          report_id: id,
          user_id: userId,
          kind: 'due',
          by_user: '',
          text: due_date,
          at,
          subject: `${stage} ${due_date}`,
        }))
      return putNotices(trx, notices, { repeats: false })
    })
    count += told.length
    if (told.length > 0) feed.publish({ type: 'notice', id }, told)
  }
  return count
}

/** The calendar day in China, wherever the server stands. */
const chinaDay = (at: number) => new Date(at + 8 * 3_600_000).toISOString().slice(0, 10)
