import { sql } from 'kysely'
import type { Db } from './dialect.ts'

/** A share and how it fills up: so many at once, and as many again spread over the time. */
export interface ShareQuestion {
  readonly key: string
  readonly most: number
  readonly perMs: number
  /** UTC milliseconds. */
  readonly at: number
}

/**
 * Takes one of a share, in one question, so that servers that ask at the same time never take the same one.
 *
 * @returns milliseconds until there is one; 0: it was taken
 */
export async function takeOfShare(db: Db, question: ShareQuestion): Promise<number> {
  const { key, most, perMs, at } = question
  const step = Math.ceil(perMs / most)
  // Nothing is ever taken so far ahead: the clock was set back, and the share begins anew.
  const isOfAnotherClock = sql`s.full_at > ${at + 2 * perMs}`
  const { rows } = await sql`
    insert into rate_share as s (key, full_at) values (${key}, ${at + step})
    on conflict (key) do update set
      full_at = case when s.full_at <= ${at} or ${isOfAnotherClock} then excluded.full_at else s.full_at + ${step} end
      where s.full_at + ${step} <= ${at + perMs} or ${isOfAnotherClock}
    returning key`.execute(db)
  return rows.length > 0 ? 0 : Math.max(1, await waitForShare(db, question))
}

/** Milliseconds until there is one; 0: now. */
export async function waitForShare(db: Db, { key, most, perMs, at }: ShareQuestion): Promise<number> {
  const row = await db.selectFrom('rate_share').select('full_at').where('key', '=', key).executeTakeFirst()
  const fullAt = Number(row?.full_at ?? at)
  return fullAt > at + 2 * perMs ? 0 : Math.max(0, fullAt + Math.ceil(perMs / most) - perMs - at)
}

export async function deleteFullShares(db: Db, at: number): Promise<void> {
  await db.deleteFrom('rate_share').where('full_at', '<', at).execute()
}
