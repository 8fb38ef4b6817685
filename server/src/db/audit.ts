import { createHash } from 'node:crypto'
import { VISIBILITIES, type Visibility } from '@gongping/permissions'
import type { Selectable } from 'kysely'
import { type Db, type Trx, waitForTurn } from './dialect.ts'
import type { Schema } from './schema.ts'

export interface Deed {
  readonly at: number
  /** Empty when nobody is signed in. */
  readonly userId: string
  readonly action: AuditAction
  readonly reportId?: string
  /** Never passwords, tokens or document text. */
  readonly detail?: Readonly<Record<string, unknown>>
}

type AuditAction =
  | 'sign-in'
  | 'sign-in-refused'
  | 'sign-out'
  | 'password-changed'
  | 'account-created'
  | 'mail-address-changed'
  | 'member-added'
  | 'member-removed'
  | 'report-created'
  | 'version-named'
  | 'version-restored'
  | `thread-${'raised' | 'replied' | 'marked' | 'attached' | 'deleted'}`
  | `reply-${'changed' | 'deleted'}`
  | `suggestion-${'made' | 'accepted' | 'rejected' | 'withdrawn'}`
  | `item-${'answered' | 'accepted' | 'reopened'}`
  | 'due-date-set'
  | 'audit-exported'
  /** Attempts of one kind within a minute. */
  | 'refused'
  | `report-${'submit' | 'return' | 'approve' | 'conclude' | 'reopen' | 'withdraw'}`

/** Adds a deed to the trail, in the transaction of the deed itself: one does not happen without the other. */
export async function insertAudit(trx: Trx, deed: Deed): Promise<void> {
  await waitForTurn(trx, 'audit')
  const last = await trx.selectFrom('audit').select('sha256').orderBy('id', 'desc').limit(1).executeTakeFirst()
  const row = {
    at: deed.at,
    user_id: deed.userId,
    action: deed.action,
    report_id: deed.reportId ?? null,
    detail: JSON.stringify(deed.detail ?? {}),
    previous_sha256: last?.sha256 ?? '',
  }
  await trx
    .insertInto('audit')
    .values({ ...row, sha256: hashRow(row) })
    .execute()
}

export interface AuditFilter {
  readonly reportId: string
  /** Comments of other visibilities are left out. */
  readonly visible: readonly Visibility[]
  readonly action?: string | undefined
  readonly userId?: string | undefined
  /** UTC milliseconds, included. */
  readonly from?: number | undefined
  /** UTC milliseconds, not included. */
  readonly before?: number | undefined
}

/** Newest first. */
export async function listAuditOf(db: Db, filter: AuditFilter, page: { limit: number; offset: number }) {
  return auditOf(db, filter)
    .select(['id', 'at', 'user_id', 'action', 'detail'])
    .orderBy('id', 'desc')
    .limit(page.limit)
    .offset(page.offset)
    .execute()
}

/** Of some kinds, oldest first, whatever their visibility: leave out what the reader may not see. */
export async function listDeedsOf(
  db: Db,
  reportId: string,
  actions: readonly string[],
): Promise<Pick<AuditRow, 'id' | 'at' | 'user_id' | 'action' | 'detail'>[]> {
  const rows = await db
    .selectFrom('audit')
    .select(['id', 'at', 'user_id', 'action', 'detail'])
    .where('report_id', '=', reportId)
    .where('action', 'in', actions)
    .orderBy('id')
    .execute()
  return rows.map((row) => ({ ...row, id: Number(row.id), at: Number(row.at) }))
}

type AuditRow = Selectable<Schema['audit']>

export async function countAuditOf(db: Db, filter: AuditFilter): Promise<number> {
  const row = await auditOf(db, filter)
    .select((eb) => eb.fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** What there is to filter by. */
export async function listAuditFacets(db: Db, filter: AuditFilter): Promise<{ actions: string[]; userIds: string[] }> {
  const rows = await auditOf(db, filter).select(['action', 'user_id']).distinct().execute()
  return {
    actions: [...new Set(rows.map(({ action }) => action))].toSorted(),
    userIds: [...new Set(rows.map(({ user_id }) => user_id))].toSorted(),
  }
}

function auditOf(db: Db, { reportId, visible, action, userId, from, before }: AuditFilter) {
  let rows = db.selectFrom('audit').where('report_id', '=', reportId)
  for (const visibility of VISIBILITIES) {
    // As `insertAudit` writes it; text of people never stands in a detail.
    if (!visible.includes(visibility)) rows = rows.where('detail', 'not like', `%"visibility":"${visibility}"%`)
  }
  if (action !== undefined) rows = rows.where('action', '=', action)
  if (userId !== undefined) rows = rows.where('user_id', '=', userId)
  if (from !== undefined) rows = rows.where('at', '>=', from)
  if (before !== undefined) rows = rows.where('at', '<', before)
  return rows
}

export async function countAudit(db: Db): Promise<number> {
  const row = await db
    .selectFrom('audit')
    .select((eb) => eb.fn.countAll().as('count'))
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** Ids of the rows at which the chain does not hold: changed, or not following the row before. */
export async function findBrokenLinks(db: Db): Promise<number[]> {
  const broken: number[] = []
  let previous = ''
  let after = 0
  for (;;) {
    const rows = await db.selectFrom('audit').selectAll().where('id', '>', after).orderBy('id').limit(1000).execute()
    for (const row of rows) {
      if (row.previous_sha256 !== previous || row.sha256 !== hashRow(row)) broken.push(row.id)
      previous = row.sha256
      after = row.id
    }
    if (rows.length < 1000) return broken
  }
}

type HashedColumns = Omit<Schema['audit'], 'id' | 'sha256'>

function hashRow({ at, user_id, action, report_id, detail, previous_sha256 }: HashedColumns): string {
  return createHash('sha256')
    .update(JSON.stringify([previous_sha256, at, user_id, action, report_id, detail]))
    .digest('hex')
}
