import type { Db, Trx } from './dialect.ts'
import type { Schema } from './schema.ts'

export type AcceptedWarningsRow = Schema['accepted_warning']

/** By round. */
export async function listAcceptedWarnings(db: Db, reportId: string): Promise<AcceptedWarningsRow[]> {
  return db.selectFrom('accepted_warning').selectAll().where('report_id', '=', reportId).orderBy('round').execute()
}

export async function insertAcceptedWarnings(trx: Trx, row: AcceptedWarningsRow): Promise<void> {
  await trx.insertInto('accepted_warning').values(row).execute()
}
