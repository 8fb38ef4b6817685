import type { Db, Trx } from './dialect.ts'
import type { Schema } from './schema.ts'

export type ReturnItemRow = Schema['return_item']

/** By round, then in the order they were written. */
export async function listReturnItemRows(db: Db, reportId: string): Promise<ReturnItemRow[]> {
  return db
    .selectFrom('return_item')
    .selectAll()
    .where('report_id', '=', reportId)
    .orderBy('round')
    .orderBy('at')
    .orderBy('ordinal')
    .execute()
}

export async function findReturnItemRow(db: Db, id: string): Promise<ReturnItemRow | undefined> {
  return db.selectFrom('return_item').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function insertReturnItems(trx: Trx, items: readonly ReturnItemRow[]): Promise<void> {
  if (items.length > 0) await trx.insertInto('return_item').values(items).execute()
}

/** @returns whether it still had the status the caller saw */
export async function compareAndSetReturnItem(
  trx: Trx,
  change: { id: string; from: ReturnItemRow['status'] } & Pick<ReturnItemRow, 'status'> &
    Partial<Pick<ReturnItemRow, 'answer'>>,
): Promise<boolean> {
  const { id, from, ...set } = change
  const { numUpdatedRows } = await trx
    .updateTable('return_item')
    .set(set)
    .where('id', '=', id)
    .where('status', '=', from)
    .executeTakeFirst()
  return Number(numUpdatedRows) === 1
}
