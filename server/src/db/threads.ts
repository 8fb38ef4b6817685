import type { Visibility } from '@gongping/permissions'
import type { Db, Trx } from './dialect.ts'
import type { Schema } from './schema.ts'

export type ThreadRow = Schema['thread']
export type ReplyRow = Schema['thread_reply']

/** Oldest first, only of these visibilities. */
export async function listThreadRows(db: Db, reportId: string, visible: readonly Visibility[]): Promise<ThreadRow[]> {
  return db
    .selectFrom('thread')
    .selectAll()
    .where('report_id', '=', reportId)
    .where('visibility', 'in', visible)
    .orderBy('at')
    .orderBy('id')
    .execute()
}

export async function findThreadRow(db: Db, threadId: string): Promise<ThreadRow | undefined> {
  return db.selectFrom('thread').selectAll().where('id', '=', threadId).executeTakeFirst()
}

/** Whether something else of a report has, or ever had, the id a comment was sent under. */
export async function isIdUsed(db: Db, { reportId, id }: { reportId: string; id: string }): Promise<boolean> {
  const [item, suggestion, deed] = await Promise.all([
    db.selectFrom('return_item').select('id').where('id', '=', id).executeTakeFirst(),
    db.selectFrom('suggestion').select('id').where('id', '=', id).executeTakeFirst(),
    // Of one that was deleted the trail still tells.
    db
      .selectFrom('audit')
      .select('id')
      .where('report_id', '=', reportId)
      .where('action', '=', 'thread-raised')
      .where('detail', 'like', `%"threadId":"${id}"%`)
      .executeTakeFirst(),
  ])
  return [item, suggestion, deed].some((row) => row !== undefined)
}

/** Of one thread, or of every thread of a report; in order. */
export async function listReplyRows(
  db: Db,
  of: { readonly threadId: string } | { readonly reportId: string },
): Promise<ReplyRow[]> {
  const rows = db.selectFrom('thread_reply').selectAll('thread_reply').orderBy('thread_id').orderBy('ordinal')
  if ('threadId' in of) return rows.where('thread_id', '=', of.threadId).execute()
  return rows
    .innerJoin('thread', 'thread.id', 'thread_reply.thread_id')
    .where('thread.report_id', '=', of.reportId)
    .execute()
}

export async function countThreads(db: Db, reportId: string): Promise<number> {
  const row = await db
    .selectFrom('thread')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('report_id', '=', reportId)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** Of all threads of a report. */
export async function countReplies(db: Db, reportId: string): Promise<number> {
  const row = await db
    .selectFrom('thread_reply')
    .innerJoin('thread', 'thread.id', 'thread_reply.thread_id')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('thread.report_id', '=', reportId)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** @returns false when there is one with its id */
export async function insertThread(trx: Trx, thread: ThreadRow): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('thread')
    .values(thread)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  return Number(numInsertedOrUpdatedRows) === 1
}

export async function insertReply(
  trx: Trx,
  reply: Omit<ReplyRow, 'ordinal' | 'edited_at' | 'deleted'>,
): Promise<'stored' | 'no-thread' | 'id-taken'> {
  if (!(await lockThread(trx, reply.thread_id))) return 'no-thread'
  const last = await trx
    .selectFrom('thread_reply')
    .select((eb) => eb.fn.max('ordinal').as('ordinal'))
    .where('thread_id', '=', reply.thread_id)
    .executeTakeFirst()
  const ordinal = last?.ordinal === null || last?.ordinal === undefined ? 0 : Number(last.ordinal) + 1
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('thread_reply')
    .values({ ...reply, ordinal, edited_at: null, deleted: 0 })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  return Number(numInsertedOrUpdatedRows) === 1 ? 'stored' : 'id-taken'
}

/** @returns whether it still was as the caller saw it */
export async function compareAndSetThreadStatus(
  trx: Trx,
  change: { id: string; from: ThreadRow['status']; to: ThreadRow['status'] },
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('thread')
    .set({ status: change.to })
    .where('id', '=', change.id)
    .where('status', '=', change.from)
    .executeTakeFirst()
  return Number(numUpdatedRows) === 1
}

/** The quote stays that of the place it is attached to. */
export async function setThreadAnchor(
  trx: Trx,
  change: Pick<ThreadRow, 'id' | 'kind' | 'anchor' | 'quote'>,
): Promise<boolean> {
  const { id, ...place } = change
  const { numUpdatedRows } = await trx.updateTable('thread').set(place).where('id', '=', id).executeTakeFirst()
  return Number(numUpdatedRows) === 1
}

/** @returns false when it is deleted already */
export async function setReplyText(
  trx: Trx,
  change: { id: string; text: string; mentions: string; at: number },
): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('thread_reply')
    .set({ text: change.text, mentions: change.mentions, edited_at: change.at })
    .where('id', '=', change.id)
    .where('deleted', '=', 0)
    .executeTakeFirst()
  return Number(numUpdatedRows) === 1
}

/**
 * Takes the text of a reply away; its place stays while others have written in the thread.
 *
 * @returns what is left: the thread, or nothing; undefined when it is deleted already
 */
export async function deleteReply(trx: Trx, reply: ReplyRow): Promise<'thread' | 'nothing' | undefined> {
  if (!(await lockThread(trx, reply.thread_id))) return undefined
  const { numUpdatedRows } = await trx
    .updateTable('thread_reply')
    .set({ text: '', mentions: '[]', deleted: 1 })
    .where('id', '=', reply.id)
    .where('deleted', '=', 0)
    .executeTakeFirst()
  if (Number(numUpdatedRows) !== 1) return undefined
  const left = await trx
    .selectFrom('thread_reply')
    .select('id')
    .where('thread_id', '=', reply.thread_id)
    .where('deleted', '=', 0)
    .executeTakeFirst()
  if (left) return 'thread'
  await trx.deleteFrom('thread').where('id', '=', reply.thread_id).execute()
  return 'nothing'
}

/** Two people who write in one thread at once take turns. */
async function lockThread(trx: Trx, threadId: string): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('thread')
    .set((eb) => ({ status: eb.ref('status') }))
    .where('id', '=', threadId)
    .executeTakeFirst()
  return Number(numUpdatedRows) === 1
}
