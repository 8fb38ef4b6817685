import { type SqlBool, sql } from 'kysely'
import { IDLE_MS } from '../auth/session.ts'
import type { Position, SharedLog } from '../sync/shared-log.ts'
import type { Part } from '@gongping/permissions'
import type { LogEntry, PartKey } from '../sync/types.ts'
import type { Db } from './dialect.ts'

const IDS_PER_QUERY = 1000

/** What a server asks of a log that others write, too. */
export function createSharedLog(db: Db, now: () => number = Date.now): SharedLog {
  return {
    async readAfter(key, seq) {
      const rows = await readRows(db, { ...key, after: seq })
      if (rows.length === 0 && (await findStateSeq(db, key)) > seq) return undefined
      const isWhole = rows.every((row, index) => row.entry.seq === seq + 1 + index && row.numbers === 1)
      return isWhole ? rows.map(({ entry }) => entry) : undefined
    },
    async positions(reportIds) {
      if (reportIds.length === 0) await sql`select 1`.execute(db)
      const all: Position[] = []
      for (let at = 0; at < reportIds.length; at += IDS_PER_QUERY) {
        all.push(...(await readPositions(db, reportIds.slice(at, at + IDS_PER_QUERY))))
      }
      return all
    },
    async standingSessions(sessionIds) {
      const standing = new Set<string>()
      for (let at = 0; at < sessionIds.length; at += IDS_PER_QUERY) {
        const ids = sessionIds.slice(at, at + IDS_PER_QUERY)
        const { rows } = await sql<{
          id: string
          expiresAt: string | Date
          activeAt: string | Date
          banned: SqlBool | null
        }>`
          select s.id, s."expiresAt", s."updatedAt" as "activeAt", u.banned from session s join "user" u on u.id = s."userId"
          where s.id in (${sql.join(ids)})`.execute(db)
        for (const { id, expiresAt, activeAt, banned } of rows) {
          const endsAt = Math.min(new Date(expiresAt).getTime(), new Date(activeAt).getTime() + IDLE_MS)
          if (!banned && endsAt > now()) standing.add(id)
        }
      }
      return standing
    },
  }
}

/** In one question: the database may be far. A row comes once for each client id it was the first to bring. */
async function readRows(db: Db, { reportId, part, after }: PartKey & { after: number }) {
  const found = await db
    .selectFrom('update_log as log')
    .leftJoin('client_owner as owner', (join) =>
      join
        .onRef('owner.report_id', '=', 'log.report_id')
        .onRef('owner.part', '=', 'log.part')
        .onRef('owner.seq', '=', 'log.seq'),
    )
    .select([
      'log.seq',
      'log.user_id',
      'log.at',
      'log.bytes',
      'log.numbers',
      'owner.client_id',
      'owner.user_id as owner',
    ])
    .where('log.report_id', '=', reportId)
    .where('log.part', '=', part)
    .where('log.seq', '>', after)
    .orderBy('log.seq')
    .execute()
  const rows: { entry: LogEntry & { seenClients: [number, string][] }; numbers: number }[] = []
  for (const row of found) {
    const seq = Number(row.seq)
    if (rows.at(-1)?.entry.seq !== seq) {
      const { user_id: userId, at, bytes, numbers } = row
      const entry = { reportId, part, seq, userId, at: Number(at), bytes: new Uint8Array(bytes), newClientIds: [] }
      rows.push({ entry: { ...entry, seenClients: [] }, numbers })
    }
    if (row.client_id !== null && row.owner !== null) {
      rows.at(-1)?.entry.seenClients.push([Number(row.client_id), row.owner])
    }
  }
  return rows
}

async function findStateSeq(db: Db, { reportId, part }: PartKey): Promise<number> {
  const row = await db
    .selectFrom('part')
    .select('state_seq')
    .where('report_id', '=', reportId)
    .where('part', '=', part)
    .executeTakeFirst()
  return Number(row?.state_seq ?? 0)
}

async function readPositions(db: Db, reportIds: readonly string[]): Promise<Position[]> {
  const rows = await db
    .selectFrom('report')
    .innerJoin('part', 'part.report_id', 'report.id')
    .leftJoin('score', 'score.report_id', 'report.id')
    .select((eb) => [
      'report.id',
      'report.epoch',
      'part.part',
      'part.state_seq',
      'score.scored_at',
      eb
        .selectFrom('update_log')
        .select((log) => log.fn.max('update_log.seq').as('last'))
        .whereRef('update_log.report_id', '=', 'part.report_id')
        .whereRef('update_log.part', '=', 'part.part')
        .as('last'),
    ])
    .where('report.id', 'in', reportIds)
    .execute()
  return rows.map((row) => ({
    reportId: row.id,
    part: row.part as Part,
    seq: Math.max(Number(row.last ?? 0), Number(row.state_seq)),
    stateSeq: Number(row.state_seq),
    epoch: Number(row.epoch),
    scoredAt: row.scored_at === null ? undefined : Number(row.scored_at),
  }))
}
