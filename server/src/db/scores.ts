import { type Db, type Trx, mayBeShared } from './dialect.ts'
import type { Schema } from './schema.ts'

export type ScoreRow = Schema['score']

/**
 * Stores the score of one report unless there is one of later edits. The report's row must be this transaction's: see
 * `takeTurn`.
 *
 * @returns whether it was stored
 */
export async function putNewerScore(trx: Trx, score: ScoreRow): Promise<boolean> {
  if (mayBeShared(trx)) {
    const stored = await findScore(trx, score.report_id)
    if (stored && isBeyond(stored.seqs, score.seqs)) return false
  }
  await putScore(trx, score)
  return true
}

/** Makes scorings of one report by several servers follow each other; edits go on. */
export async function takeTurn(trx: Trx, reportId: string): Promise<void> {
  if (mayBeShared(trx))
    await trx.selectFrom('report').select('id').where('id', '=', reportId).forNoKeyUpdate().execute()
}

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

/** In any part. Both are JSON {part: seq}. */
function isBeyond(seqs: string, others: string): boolean {
  const other = JSON.parse(others) as Record<string, number>
  return Object.entries(JSON.parse(seqs) as Record<string, number>).some(([part, seq]) => seq > (other[part] ?? -1))
}
