import { randomUUID } from 'node:crypto'
import type { ExpressionBuilder } from 'kysely'
import type { Db, Trx } from './dialect.ts'
import { queueMail } from './mail.ts'
import type { Schema } from './schema.ts'

export type NewNotice = Omit<Schema['notice'], 'id' | 'read_at' | 'thread_id'> &
  Partial<Pick<Schema['notice'], 'thread_id'>>

/**
 * Tells each of them once about one subject: what is there already is renewed and unread again.
 *
 * @param repeats false: whoever was told is not told again
 * @returns who was told in the list; kinds somebody switched off are left out. Mail has switches of its own.
 */
export async function putNotices(
  trx: Trx,
  notices: readonly NewNotice[],
  { repeats }: { repeats: boolean } = { repeats: true },
): Promise<string[]> {
  const told: string[] = []
  for (const notice of notices) {
    await queueMail(trx, notice)
    const off = await trx
      .selectFrom('notice_switch')
      .select('user_id')
      .where('user_id', '=', notice.user_id)
      .where('kind', '=', notice.kind)
      .where('enabled', '=', 0)
      .executeTakeFirst()
    if (off) continue
    const { at, by_user, text, thread_id = null } = notice
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto('notice')
      .values({ ...notice, thread_id, id: randomUUID(), read_at: null })
      .onConflict((oc) => {
        const once = oc.columns(['user_id', 'report_id', 'kind', 'subject'])
        return repeats ? once.doUpdateSet({ at, by_user, text, thread_id, read_at: null }) : once.doNothing()
      })
      .executeTakeFirstOrThrow()
    if (Number(numInsertedOrUpdatedRows) > 0) told.push(notice.user_id)
  }
  return told
}

/** Newest first, only of reports the user may still see. */
export async function listNoticesOf(db: Db, user: { userId: string; isAdmin: boolean }, limit: number) {
  const all = db
    .selectFrom('notice')
    .innerJoin('report', 'report.id', 'notice.report_id')
    .select([
      'notice.id',
      'notice.kind',
      'notice.report_id',
      'report.project_name',
      'notice.by_user',
      'notice.text',
      'notice.thread_id',
      'notice.at',
      'notice.read_at',
    ])
    .where('notice.user_id', '=', user.userId)
    .orderBy('notice.at', 'desc')
    .orderBy('notice.id')
    .limit(limit)
  if (user.isAdmin) return all.execute()
  return all
    .where('notice.report_id', 'in', (eb) =>
      eb.selectFrom('membership').select('report_id').where('user_id', '=', user.userId),
    )
    .execute()
}

/** @param ids those to mark; all of the user's when undefined */
export async function markNoticesRead(
  db: Db,
  { userId, ids, at }: { userId: string; ids: readonly string[] | undefined; at: number },
): Promise<void> {
  if (ids?.length === 0) return
  const unread = db
    .updateTable('notice')
    .set({ read_at: at })
    .where('user_id', '=', userId)
    .where('read_at', 'is', null)
  await (ids === undefined ? unread : unread.where('id', 'in', ids)).execute()
}

/** Kinds the user decided about. */
export async function listNoticeSwitches(db: Db, userId: string): Promise<Map<string, boolean>> {
  const rows = await db.selectFrom('notice_switch').select(['kind', 'enabled']).where('user_id', '=', userId).execute()
  return new Map(rows.map(({ kind, enabled }) => [kind, enabled === 1]))
}

export async function putNoticeSwitch(
  trx: Trx,
  { userId, kind, isEnabled }: { userId: string; kind: string; isEnabled: boolean },
): Promise<void> {
  const enabled = isEnabled ? 1 : 0
  await trx
    .insertInto('notice_switch')
    .values({ user_id: userId, kind, enabled })
    .onConflict((oc) => oc.columns(['user_id', 'kind']).doUpdateSet({ enabled }))
    .execute()
}

/** What nobody has read and is no longer so. */
export async function deleteUnreadNotices(
  trx: Trx,
  { reportId, subject, kinds }: { reportId: string; subject: string; kinds: readonly string[] },
): Promise<void> {
  await trx
    .deleteFrom('notice')
    .where('report_id', '=', reportId)
    .where('subject', '=', subject)
    .where('kind', 'in', kinds)
    .where('read_at', 'is', null)
    .execute()
}

/** Of these people's notices that show these very words. @param to null takes the notices away */
export async function changeNoticeText(
  trx: Trx,
  change: {
    reportId: string
    by: string
    userIds: readonly string[]
    kind: string
    from: string
    to: string | null
  },
): Promise<void> {
  const { reportId, by, userIds, kind, from, to } = change
  if (userIds.length === 0) return
  const same = (eb: ExpressionBuilder<Schema, 'notice'>) =>
    eb.and([eb.and({ report_id: reportId, by_user: by, kind, text: from }), eb('user_id', 'in', userIds)])
  if (to === null) await trx.deleteFrom('notice').where(same).execute()
  else await trx.updateTable('notice').set({ text: to }).where(same).execute()
}
