import { ROLES, type Role } from '@gongping/permissions'
import { sql } from 'kysely'
import type { Db, Trx } from './dialect.ts'

export interface NewMember {
  readonly userId: string
  readonly role: Role
}

/** Adds members; who holds the role already keeps it. */
export async function putMembers(trx: Trx, reportId: string, members: readonly NewMember[]): Promise<void> {
  if (members.length === 0) return
  await trx
    .insertInto('membership')
    .values(members.map(({ userId, role }) => ({ report_id: reportId, user_id: userId, role })))
    .onConflict((oc) => oc.doNothing())
    .execute()
}

/** @returns false when there is no such report, or they are one already */
export async function addMember(trx: Trx, reportId: string, member: NewMember): Promise<boolean> {
  if ((await listRoles(trx, reportId, member.userId)).includes(member.role)) return false
  if (!(await raiseEpoch(trx, reportId))) return false
  await putMembers(trx, reportId, [member])
  return true
}

/** @returns false when they were none */
export async function removeMember(trx: Trx, reportId: string, { userId, role }: NewMember): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('membership')
    .where('report_id', '=', reportId)
    .where('user_id', '=', userId)
    .where('role', '=', role)
    .executeTakeFirst()
  return Number(numDeletedRows) > 0 && (await raiseEpoch(trx, reportId))
}

/** Nothing that was judged under the former rights is stored afterwards. @returns false without such a report */
async function raiseEpoch(trx: Trx, reportId: string): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('report')
    .set((eb) => ({ epoch: eb('epoch', '+', 1) }))
    .where('id', '=', reportId)
    .executeTakeFirst()
  return Number(numUpdatedRows) === 1
}

/** In the order of ROLES; empty for a stranger. */
export async function listRoles(db: Db, reportId: string, userId: string): Promise<Role[]> {
  const rows = await db
    .selectFrom('membership')
    .select('role')
    .where('report_id', '=', reportId)
    .where('user_id', '=', userId)
    .execute()
  return ROLES.filter((role) => rows.some((row) => row.role === role))
}

export interface Member extends NewMember {
  readonly displayName: string
  readonly unit: string
}

export async function listMembers(db: Db, reportId: string): Promise<Member[]> {
  const { rows } = await sql<Member>`
    select m.user_id as "userId", m.role, u.name as "displayName", p.unit
    from membership m join "user" u on u.id = m.user_id join profile p on p.user_id = m.user_id
    where m.report_id = ${reportId}`.execute(db)
  return ROLES.flatMap((role) => rows.filter((row) => row.role === role))
}

export async function listMemberIds(db: Db, reportId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('membership')
    .select('user_id')
    .distinct()
    .where('report_id', '=', reportId)
    .execute()
  return rows.map((row) => row.user_id)
}
