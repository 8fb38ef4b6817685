import { may } from '@gongping/permissions'
import type { AuditEntry, AuditList, AuditQuery } from '@gongping/protocol/http'
import type { z } from 'zod'
import { type AuditFilter, countAuditOf, insertAudit, listAuditFacets, listAuditOf } from '../db/audit.ts'
import type { Db } from '../db/dialect.ts'
import { listNames } from '../db/profiles.ts'
import { visibleTo } from '../review/audience.ts'
import { requireYes } from './request-error.ts'
import type { VisibleReport } from './visible-report.ts'

type Query = z.output<typeof AuditQuery>
type Filter = Omit<Query, 'page' | 'pageSize'>

/** Who did what when on a report, newest first; for administrators and its finance reviewers. */
export async function listAudit(db: Db, visible: VisibleReport, query: Query): Promise<AuditList> {
  requireMayRead(visible)
  const filter = filterOf(visible, query)
  const everything = filterOf(visible, {})
  const { actions, userIds } = await listAuditFacets(db, everything)
  const names = await listNames(db, userIds)
  const rows = await listAuditOf(db, filter, { limit: query.pageSize, offset: (query.page - 1) * query.pageSize })
  return {
    entries: rows.map((row) => toEntry(row, names)),
    total: await countAuditOf(db, filter),
    actions,
    users: userIds.map((id) => ({ id, displayName: names.get(id) ?? '' })),
  }
}

/** Entries of one file at most; the newest. */
const MAX_EXPORTED = 100_000

/**
 * Everything the filter finds, to be taken away; that is a deed itself. Cells of the table that a spreadsheet would
 * compute are guarded by an apostrophe.
 */
export async function exportAudit(
  db: Db,
  visible: VisibleReport,
  { userId, at, format, query }: { userId: string; at: number; format: 'csv' | 'json'; query: Filter },
): Promise<string> {
  requireMayRead(visible)
  const reportId = visible.report.id
  const rows = await listAuditOf(db, filterOf(visible, query), { limit: MAX_EXPORTED, offset: 0 })
  await db
    .transaction()
    .execute((trx) => insertAudit(trx, { at, userId, action: 'audit-exported', reportId, detail: { format } }))
  const names = await listNames(
    db,
    rows.map((row) => row.user_id),
  )
  const entries = rows.map((row) => toEntry(row, names))
  if (format === 'json') return JSON.stringify({ reportId, exportedAt: new Date(at).toISOString(), entries }, null, 2)
  const lines = entries.map(({ id, at: time, by, action, detail }) => [
    String(id),
    time,
    by,
    action,
    JSON.stringify(detail),
  ])
  // The mark in front lets spreadsheets read it as UTF-8.
  return `\uFEFF${[['序号', '时间 UTC', '人员', '操作', '详情'], ...lines].map((line) => line.map(csvCell).join(',')).join('\r\n')}\r\n`
}

function requireMayRead({ actor, report }: VisibleReport): void {
  requireYes(may(actor, { action: 'read-audit' }, report.state), report.state)
}

function filterOf({ report, actor }: VisibleReport, query: Filter): AuditFilter {
  const { action, user, from, to } = query
  return {
    reportId: report.id,
    visible: visibleTo(actor),
    action,
    userId: user,
    from: from === undefined ? undefined : startOfDay(from),
    before: to === undefined ? undefined : startOfDay(to) + DAY_MS,
  }
}

const DAY_MS = 86_400_000

/** Midnight in China, which has no summer time. */
const startOfDay = (day: string) => Date.parse(`${day}T00:00:00+08:00`)

function toEntry(
  row: { id: number; at: number; user_id: string; action: string; detail: string },
  names: ReadonlyMap<string, string>,
): AuditEntry {
  return {
    id: row.id,
    at: new Date(row.at).toISOString(),
    by: names.get(row.user_id) ?? '',
    action: row.action,
    detail: JSON.parse(row.detail) as Record<string, unknown>,
  }
}

function csvCell(text: string): string {
  // Full-width ones too: spreadsheets set to Chinese take them for the same.
  const guarded = /^[=+\-@＝＋－＠\t\r\n]/.test(text) ? `'${text}` : text
  return `"${guarded.replaceAll('"', '""')}"`
}
