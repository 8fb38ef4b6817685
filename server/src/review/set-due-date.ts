import { may } from '@gongping/permissions'
import type { Session } from '../auth/session.ts'
import { insertAudit } from '../db/audit.ts'
import { setDueDate } from '../db/reports.ts'
import type { Deps } from '../deps.ts'
import { requireYes } from '../reports/request-error.ts'
import { getVisibleReport } from '../reports/visible-report.ts'

/** Sets until when a report is due, or takes the date away. */
export async function changeDueDate(
  { db, feed, now }: Pick<Deps, 'db' | 'feed' | 'now'>,
  who: Session,
  { reportId, dueDate }: { reportId: string; dueDate: string | null },
): Promise<void> {
  const { report, actor } = await getVisibleReport(db, who, reportId)
  requireYes(may(actor, { action: 'set-due-date' }, report.state), report.state)
  if (report.due_date === dueDate) return
  await db.transaction().execute(async (trx) => {
    await setDueDate(trx, reportId, dueDate)
    await insertAudit(trx, {
      at: now(),
      userId: who.userId,
      action: 'due-date-set',
      reportId,
      detail: { from: report.due_date, to: dueDate },
    })
  })
  feed.publish({ type: 'report', id: reportId })
}
