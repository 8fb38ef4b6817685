import type { Db, Trx } from './dialect.ts'

/** Somebody looked at the report; the first time counts. */
export async function noteOpening(db: Db, opening: { reportId: string; userId: string; at: number }): Promise<void> {
  await db
    .insertInto('report_opening')
    .values({ report_id: opening.reportId, user_id: opening.userId, opened_at: opening.at })
    .onConflict((oc) => oc.doNothing())
    .execute()
}

/** Who looked at it since it was last handed on. */
export async function listOpenings(db: Db, reportId: string): Promise<{ userId: string; at: number }[]> {
  const rows = await db
    .selectFrom('report_opening')
    .select(['user_id', 'opened_at'])
    .where('report_id', '=', reportId)
    .orderBy('opened_at')
    .execute()
  return rows.map((row) => ({ userId: row.user_id, at: row.opened_at }))
}

/** It was handed on: nobody has looked at it yet. */
export async function forgetOpenings(trx: Trx, reportId: string): Promise<void> {
  await trx.deleteFrom('report_opening').where('report_id', '=', reportId).execute()
}
