import { sql } from 'kysely'
import type { Db } from './dialect.ts'

/**
 * Counts one more try of `key`. With a `max` the time begins anew with each until there are so many; without one it runs
 * from the first.
 *
 * @returns how many it is, and when they are forgotten
 */
export async function countTry(
  db: Db,
  { key, max = 0, at, until }: { key: string; max?: number; at: number; until: number },
): Promise<{ count: number; until: number }> {
  const { rows } = await sql<{ count: number; until: number }>`
    insert into sign_in_try as t (key, count, until) values (${key}, 1, ${until})
    on conflict (key) do update set
      count = case when t.until <= ${at} then 1 else t.count + 1 end,
      until = case when t.until <= ${at} or t.count < ${max} then excluded.until else t.until end
    returning count, until`.execute(db)
  const [row] = rows
  if (!row) throw new Error('a counted try came back as no row')
  return { count: Number(row.count), until: Number(row.until) }
}

export async function findTries(db: Db, key: string): Promise<{ count: number; until: number } | undefined> {
  const row = await db.selectFrom('sign_in_try').select(['count', 'until']).where('key', '=', key).executeTakeFirst()
  return row && { count: Number(row.count), until: Number(row.until) }
}

export async function forgetTries(db: Db, key: string): Promise<void> {
  await db.deleteFrom('sign_in_try').where('key', '=', key).execute()
}

/** One of them was none after all. */
export async function takeTryBack(db: Db, key: string): Promise<void> {
  await db
    .updateTable('sign_in_try')
    .set((eb) => ({ count: eb('count', '-', 1) }))
    .where('key', '=', key)
    .where('count', '>', 0)
    .execute()
}

export async function deleteTriesBefore(db: Db, at: number): Promise<void> {
  await db.deleteFrom('sign_in_try').where('until', '<', at).execute()
}
