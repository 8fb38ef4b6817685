import { PARTS, type Part } from '@gongping/permissions'
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

/** Reports with edits in the log that are in no stored document yet, and so in no score. */
export async function listLeftBehind(db: Db): Promise<string[]> {
  const rows = await unfolded(db).distinct().orderBy('part.report_id').execute()
  return rows.map(({ report_id }) => report_id)
}

export async function isLeftBehind(db: Db, reportId: string): Promise<boolean> {
  return (await unfolded(db).where('part.report_id', '=', reportId).limit(1).executeTakeFirst()) !== undefined
}

const unfolded = (db: Db) =>
  db
    .selectFrom('part')
    .select('part.report_id')
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('update_log')
          .select('seq')
          .whereRef('update_log.report_id', '=', 'part.report_id')
          .whereRef('update_log.part', '=', 'part.part')
          .whereRef('update_log.seq', '>', 'part.state_seq'),
      ),
    )

/** Whether an edit that is not in this score was stored before `storedBefore`, UTC milliseconds. */
export async function lacksEdits(db: Db, { score, storedBefore }: { score: ScoreRow; storedBefore: number }) {
  const scored = JSON.parse(score.seqs) as Partial<Record<Part, number>>
  const row = await db
    .selectFrom('update_log')
    .select('seq')
    .where('report_id', '=', score.report_id)
    .where((eb) => eb.or(PARTS.map((part) => eb.and([eb('part', '=', part), eb('seq', '>', scored[part] ?? 0)]))))
    .where('at', '<', storedBefore)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** In any part. Both are JSON {part: seq}. */
function isBeyond(seqs: string, others: string): boolean {
  const other = JSON.parse(others) as Record<string, number>
  return Object.entries(JSON.parse(seqs) as Record<string, number>).some(([part, seq]) => seq > (other[part] ?? -1))
}
