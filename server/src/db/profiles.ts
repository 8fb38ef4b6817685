import type { Role } from '@gongping/permissions'
import { sql } from 'kysely'
import type { Db } from './dialect.ts'
import type { Schema } from './schema.ts'

export async function putProfile(db: Db, profile: Pick<Schema['profile'], 'user_id' | 'unit' | 'role'>): Promise<void> {
  const { user_id: _, ...rest } = profile
  await db
    .insertInto('profile')
    .values(profile)
    .onConflict((oc) => oc.column('user_id').doUpdateSet(rest))
    .execute()
}

export interface Person {
  readonly userId: string
  readonly displayName: string
  readonly unit: string
  readonly role: Role | 'admin'
}

/** Ids of the fillers of a unit. */
export async function listFillers(db: Db, unit: string): Promise<string[]> {
  const rows = await db
    .selectFrom('profile')
    .select('user_id')
    .where('role', '=', 'filler')
    .where('unit', '=', unit)
    .orderBy('user_id')
    .execute()
  return rows.map((row) => row.user_id)
}

/** Who reviews a new report of a unit: its department heads and everybody of the finance bureau. */
export async function listReviewers(db: Db, unit: string): Promise<{ userId: string; role: 'head' | 'finance' }[]> {
  const rows = await db
    .selectFrom('profile')
    .select(['user_id', 'role'])
    .where((eb) => eb.or([eb('role', '=', 'finance'), eb.and([eb('role', '=', 'head'), eb('unit', '=', unit)])]))
    .orderBy('user_id')
    .execute()
  return rows.flatMap(({ user_id, role }) => (role === 'head' || role === 'finance' ? [{ userId: user_id, role }] : []))
}

export async function findPerson(db: Db, userId: string): Promise<Person | undefined> {
  const { rows } = await sql<Person>`
    select p.user_id as "userId", u.name as "displayName", p.unit, p.role
    from profile p join "user" u on u.id = p.user_id where p.user_id = ${userId}`.execute(db)
  return rows[0]
}

/** Those of the users that exist. */
export async function listPeople(db: Db, userIds: readonly string[]): Promise<Person[]> {
  if (userIds.length === 0) return []
  const { rows } = await sql<Person>`
    select p.user_id as "userId", u.name as "displayName", p.unit, p.role
    from profile p join "user" u on u.id = p.user_id
    where p.user_id in (${sql.join([...new Set(userIds)])})`.execute(db)
  return rows
}

/** Display names by user id, for lists of what people did. */
export async function listNames(db: Db, userIds: readonly string[]): Promise<Map<string, string>> {
  if (userIds.length === 0) return new Map()
  const { rows } = await sql<{ id: string; name: string }>`
    select id, name from "user" where id in (${sql.join([...new Set(userIds)])})`.execute(db)
  return new Map(rows.map((row) => [row.id, row.name]))
}
