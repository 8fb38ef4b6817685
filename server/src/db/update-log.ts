import type { Part } from '@gongping/permissions'
import type { Db } from './dialect.ts'

export interface LogRow {
  readonly seq: number
  readonly userId: string
  /** UTC milliseconds. */
  readonly at: number
  readonly bytes: Uint8Array
}

/**
 * The rows between two positions of a part's log, in order. A row may hold several merged edits of one user, so the rows
 * at both ends come along: they may reach into the range.
 */
export async function listLogRows(
  db: Db,
  range: { reportId: string; part: Part; after: number; upTo: number },
): Promise<LogRow[]> {
  const { reportId, part, after, upTo } = range
  const rows = () => db.selectFrom('update_log').where('report_id', '=', reportId).where('part', '=', part)
  const first = await rows()
    .select((eb) => eb.fn.max('seq').as('seq'))
    .where('seq', '<=', after)
    .executeTakeFirst()
  const last = await rows()
    .select((eb) => eb.fn.min('seq').as('seq'))
    .where('seq', '>=', upTo)
    .executeTakeFirst()
  const found = await rows()
    .select(['seq', 'user_id', 'at', 'bytes'])
    .where('seq', '>=', Number(first?.seq ?? 0))
    .where('seq', '<=', Number(last?.seq ?? upTo))
    .orderBy('seq')
    .execute()
  return found.map(({ seq, user_id, at, bytes }) => ({
    seq: Number(seq),
    userId: user_id,
    at: Number(at),
    bytes: new Uint8Array(bytes),
  }))
}

/** Whose each client id is, as the server bound them. */
export async function listClientOwners(db: Db, reportId: string, part: Part): Promise<Map<number, string>> {
  const rows = await db
    .selectFrom('client_owner')
    .select(['client_id', 'user_id'])
    .where('report_id', '=', reportId)
    .where('part', '=', part)
    .execute()
  return new Map(rows.map(({ client_id, user_id }) => [Number(client_id), user_id]))
}
