import type { Db } from './dialect.ts'
import type { Schema } from './schema.ts'

export type ScoreRow = Schema['score']

/** Replaces the stored score of one report. Call it inside the transaction that stores what was scored. */
export async function putScore(db: Db, score: ScoreRow): Promise<void> {
  const { report_id: _, ...rest } = score
  await db
    .insertInto('score')
    .values(score)
    .onConflict((oc) => oc.column('report_id').doUpdateSet(rest))
    .execute()
}

export async function findScore(db: Db, reportId: string): Promise<ScoreRow | undefined> {
  return db.selectFrom('score').selectAll().where('report_id', '=', reportId).executeTakeFirst()
}
