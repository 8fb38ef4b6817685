import type { ReportState, Role } from '@gongping/permissions'
import type { Insertable } from 'kysely'
import { type Db, type Trx, mayBeShared } from './dialect.ts'
import type { ReportRow, Schema } from './schema.ts'

export async function findReport(db: Db, reportId: string): Promise<ReportRow | undefined> {
  return db.selectFrom('report').selectAll().where('id', '=', reportId).executeTakeFirst()
}

export async function countReportsMadeBy(db: Db, userId: string): Promise<number> {
  const row = await db
    .selectFrom('report')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('created_by', '=', userId)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

export async function insertReport(trx: Trx, report: Insertable<Schema['report']>): Promise<void> {
  await trx.insertInto('report').values(report).execute()
}

/**
 * Changes the state if it still is what the caller saw. Until the transaction ends no server adds an edit to the report,
 * and none that was judged under the former rights ever is.
 *
 * @returns whether this caller won
 */
export async function compareAndSetState(
  trx: Trx,
  change: { report: Pick<ReportRow, 'id' | 'state' | 'epoch'>; to: ReportState; at: number },
): Promise<boolean> {
  const { id, state, epoch } = change.report
  await lockReport(trx, id)
  const { numUpdatedRows } = await trx
    .updateTable('report')
    .set({ state: change.to, epoch: epoch + 1, updated_at: change.at })
    .where('id', '=', id)
    .where('state', '=', state)
    .where('epoch', '=', epoch)
    .executeTakeFirst()
  return Number(numUpdatedRows) === 1
}

/** Keeps edits of other servers out until the transaction ends; within one process `hold` does. */
export async function lockReport(trx: Trx, reportId: string): Promise<void> {
  if (mayBeShared(trx)) await trx.selectFrom('report').select('id').where('id', '=', reportId).forUpdate().execute()
}

export async function listReportIds(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('report').select('id').orderBy('id').execute()
  return rows.map((row) => row.id)
}

/** A report as lists show it; score columns are null before the first scoring. */
export interface ListedReport {
  readonly id: string
  readonly project_name: string
  readonly unit: string
  readonly fiscal_year: number
  readonly state: ReportState
  readonly updated_at: number
  /** Last stored edit of any part. */
  readonly edited_at: number
  readonly self_total: number | null
  readonly department_total: number | null
  readonly finance_total: number | null
  readonly grade: string | null
  readonly errors: number | null
  readonly warnings: number | null
  readonly infos: number | null
  readonly budget_amount: number | null
  readonly scored_at: number | null
  readonly round: number
  readonly due_date: string | null
  readonly template_id: string
}

/** Every report a user is a member of, or simply every report when `userId` is undefined (for administrators). */
export async function listReportsOf(db: Db, userId: string | undefined): Promise<ListedReport[]> {
  const all = db
    .selectFrom('report')
    .leftJoin('score', 'score.report_id', 'report.id')
    .leftJoin(
      (eb) =>
        eb
          .selectFrom('part')
          .select((part) => ['report_id as edited_id', part.fn.max('updated_at').as('at')])
          .groupBy('report_id')
          .as('edited'),
      (join) => join.onRef('edited.edited_id', '=', 'report.id'),
    )
    .select([
      'report.id',
      'report.project_name',
      'report.unit',
      'report.fiscal_year',
      'report.state',
      (eb) => eb.fn.coalesce('edited.at', 'report.updated_at').as('edited_at'),
      'report.updated_at',
      'score.self_total',
      'score.department_total',
      'score.finance_total',
      'score.grade',
      'score.errors',
      'score.warnings',
      'score.infos',
      'score.budget_amount',
      'score.scored_at',
      'report.round',
      'report.due_date',
      'report.template_id',
    ])
  if (userId === undefined) return all.execute()
  return all
    .where('report.id', 'in', (eb) => eb.selectFrom('membership').select('report_id').where('user_id', '=', userId))
    .execute()
}

/** Last stored edit of any part, UTC milliseconds; 0 when there is none. */
export async function findLastEditAt(db: Db, reportId: string): Promise<number> {
  const row = await db
    .selectFrom('part')
    .select((eb) => eb.fn.max('updated_at').as('at'))
    .where('report_id', '=', reportId)
    .executeTakeFirst()
  return Number(row?.at ?? 0)
}

/** Every part as stored, in no order. */
export async function listParts(db: Db, reportId: string) {
  return db.selectFrom('part').select(['part', 'state', 'state_seq']).where('report_id', '=', reportId).execute()
}

/** Roles of one user, by report. */
export async function listRolesByReport(db: Db, userId: string): Promise<Map<string, Role[]>> {
  const rows = await db
    .selectFrom('membership')
    .select(['report_id', 'role'])
    .where('user_id', '=', userId)
    .orderBy('role')
    .execute()
  const byReport = new Map<string, Role[]>()
  for (const { report_id, role } of rows) byReport.set(report_id, [...(byReport.get(report_id) ?? []), role])
  return byReport
}

export interface SeededPart extends Pick<Schema['part'], 'part' | 'state' | 'state_sha256'> {}

/** The four documents as the server seeded them: state and row 0 of the log hold the same bytes. */
export async function insertSeededParts(
  trx: Trx,
  seed: { reportId: string; userId: string; at: number; parts: readonly SeededPart[] },
): Promise<void> {
  const { reportId, userId, at, parts } = seed
  await trx
    .insertInto('part')
    .values(parts.map((part) => ({ ...part, report_id: reportId, state_seq: 0, thinned_seq: 0, updated_at: at })))
    .execute()
  await trx
    .insertInto('update_log')
    .values(parts.map(({ part, state }) => ({ report_id: reportId, part, seq: 0, user_id: userId, at, bytes: state })))
    .execute()
}

export async function raiseRound(trx: Trx, reportId: string, round: number): Promise<void> {
  await trx.updateTable('report').set({ round }).where('id', '=', reportId).execute()
}

/** @param dueDate calendar day in China, null for none */
export async function setDueDate(trx: Trx, reportId: string, dueDate: string | null): Promise<void> {
  await trx.updateTable('report').set({ due_date: dueDate }).where('id', '=', reportId).execute()
}

/** Reports somebody still has to act on that are due on this day or before. */
export async function listDueReports(
  db: Db,
  day: string,
): Promise<{ id: string; state: ReportState; due_date: string }[]> {
  const rows = await db
    .selectFrom('report')
    .select(['id', 'state', 'due_date'])
    .where('state', '!=', 'concluded')
    .where('due_date', '<=', day)
    .execute()
  return rows.flatMap(({ due_date, ...row }) => (due_date === null ? [] : [{ ...row, due_date }]))
}
