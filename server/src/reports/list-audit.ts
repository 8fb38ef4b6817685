import { may } from '@gongping/permissions'
import type { AuditEntry } from '@gongping/protocol/http'
import { listAuditOf } from '../db/audit.ts'
import type { Db } from '../db/dialect.ts'
import { listNames } from '../db/profiles.ts'
import { denied } from './request-error.ts'
import type { VisibleReport } from './visible-report.ts'

/** Entries shown at most; the newest. */
const MAX_ENTRIES = 1000

/** Who did what when on a report; for administrators and its finance reviewers. */
export async function listAudit(db: Db, { report, actor }: VisibleReport): Promise<AuditEntry[]> {
  const verdict = may(actor, { action: 'read-audit' }, report.state)
  if (!verdict.ok) throw denied(verdict.code, verdict.message)
  const rows = await listAuditOf(db, report.id, MAX_ENTRIES)
  const names = await listNames(
    db,
    rows.map((row) => row.user_id),
  )
  return rows.map((row) => ({
    id: row.id,
    at: new Date(row.at).toISOString(),
    by: names.get(row.user_id) ?? '',
    action: row.action,
    detail: JSON.parse(row.detail) as Record<string, unknown>,
  }))
}
