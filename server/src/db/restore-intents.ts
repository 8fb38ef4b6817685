import type { Db, Trx } from './dialect.ts'
import type { Schema } from './schema.ts'

export type RestoreIntentRow = Schema['restore_intent']

/** Oldest first. */
export async function listRestoreIntents(db: Db, until: number, reportId?: string): Promise<RestoreIntentRow[]> {
  return db
    .selectFrom('restore_intent')
    .selectAll()
    .where('at', '<=', until)
    .$if(reportId !== undefined, (query) => query.where('report_id', '=', reportId!))
    .orderBy('at')
    .execute()
}

export async function insertRestoreIntent(db: Db, intent: RestoreIntentRow): Promise<void> {
  await db.insertInto('restore_intent').values(intent).execute()
}

/** @returns whether it was still there */
export async function deleteRestoreIntent(trx: Trx, id: string): Promise<boolean> {
  const { numDeletedRows } = await trx.deleteFrom('restore_intent').where('id', '=', id).executeTakeFirst()
  return Number(numDeletedRows) === 1
}
