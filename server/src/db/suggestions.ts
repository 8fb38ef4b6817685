import type { Db, Trx } from './dialect.ts'
import type { Schema } from './schema.ts'

export type SuggestionRow = Schema['suggestion']

/** Oldest first. */
export async function listSuggestionRows(db: Db, reportId: string): Promise<SuggestionRow[]> {
  return db.selectFrom('suggestion').selectAll().where('report_id', '=', reportId).orderBy('at').orderBy('id').execute()
}

export async function findSuggestionRow(db: Db, id: string): Promise<SuggestionRow | undefined> {
  return db.selectFrom('suggestion').selectAll().where('id', '=', id).executeTakeFirst()
}

/** Those whose edit may not be stored yet, of every report. */
export async function listAcceptingRows(db: Db, until: number, reportId?: string): Promise<SuggestionRow[]> {
  return db
    .selectFrom('suggestion')
    .selectAll()
    .where('status', '=', 'accepting')
    .where('decided_at', '<=', until)
    .$if(reportId !== undefined, (query) => query.where('report_id', '=', reportId!))
    .execute()
}

export async function countSuggestions(db: Db, reportId: string): Promise<number> {
  const row = await db
    .selectFrom('suggestion')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('report_id', '=', reportId)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

export async function insertSuggestion(
  trx: Trx,
  suggestion: Omit<
    SuggestionRow,
    'stale' | 'decided_by' | 'decided_as' | 'decided_at' | 'decision_reason' | 'edit' | 'status'
  >,
): Promise<void> {
  await trx
    .insertInto('suggestion')
    .values({
      ...suggestion,
      status: 'open',
      stale: 0,
      decided_by: null,
      decided_as: null,
      decided_at: null,
      decision_reason: '',
      edit: null,
    })
    .execute()
}

/** @returns whether it still had the status the caller saw; of several at once one wins */
export async function compareAndSetSuggestion(
  db: Db,
  change: { id: string; from: SuggestionRow['status'] } & Pick<SuggestionRow, 'status'> &
    Partial<Pick<SuggestionRow, 'decided_by' | 'decided_as' | 'decided_at' | 'decision_reason' | 'edit' | 'stale'>>,
): Promise<boolean> {
  const { id, from, ...set } = change
  const { numUpdatedRows } = await db
    .updateTable('suggestion')
    .set(set)
    .where('id', '=', id)
    .where('status', '=', from)
    .executeTakeFirst()
  return Number(numUpdatedRows) === 1
}
