import type { Actor } from '@gongping/permissions'
import type { Session } from '../auth/session.ts'
import type { Db } from '../db/dialect.ts'
import { listRoles } from '../db/memberships.ts'
import { findReport } from '../db/reports.ts'
import type { ReportRow } from '../db/schema.ts'
import { isPlainId } from './plain-id.ts'
import { noSuchReport } from './request-error.ts'

export interface VisibleReport {
  readonly report: ReportRow
  /** The caller, seen from this report. */
  readonly actor: Actor
}

/** @throws RequestError `no_such_report` when it does not exist or the caller may not see it */
export async function getVisibleReport(
  db: Db,
  who: Pick<Session, 'userId' | 'role'>,
  reportId: string,
): Promise<VisibleReport> {
  if (!isPlainId(reportId)) throw noSuchReport()
  const report = await findReport(db, reportId)
  if (!report) throw noSuchReport()
  const actor = { roles: await listRoles(db, reportId, who.userId), isAdmin: who.role === 'admin' }
  if (actor.roles.length === 0 && !actor.isAdmin) throw noSuchReport()
  return { report, actor }
}
