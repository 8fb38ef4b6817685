import { type SqlBool, sql } from 'kysely'
import { IDLE_MS } from '../auth/session.ts'
import type { Position, SharedLog } from '../sync/shared-log.ts'
import type { Part } from '@gongping/permissions'
import type { PartKey } from '../sync/types.ts'
import type { Db } from './dialect.ts'

const IDS_PER_QUERY = 1000

/** What a server asks of a log that others write, too. */
export function createSharedLog(db: Db, now: () => number = Date.now): SharedLog {
  return {
    async readAfter({ reportId, part }, seq) {
      const rows = await db
        .selectFrom('update_log')
        .select(['seq', 'user_id', 'at', 'bytes', 'numbers'])
        .where('report_id', '=', reportId)
        .where('part', '=', part)
        .where('seq', '>', seq)
        .orderBy('seq')
        .execute()
      if (rows.length === 0 && (await findStateSeq(db, { reportId, part })) > seq) return undefined
      if (rows.some((row, index) => Number(row.seq) !== seq + 1 + index || row.numbers !== 1)) return undefined
      const bound = rows.length > 0 ? await readBound(db, { reportId, part, after: seq }) : []
      return rows.map((row, index) => ({
        reportId,
        part,
        seq: Number(row.seq),
        userId: row.user_id,
        at: Number(row.at),
        bytes: new Uint8Array(row.bytes),
        newClientIds: [],
        seenClients: index === 0 ? bound : undefined,
      }))
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

/** Client ids that rows after a number were the first to bring, as writers or as seen, and whose they are. */
async function readBound(db: Db, { reportId, part, after }: PartKey & { after: number }): Promise<[number, string][]> {
  const rows = await db
    .selectFrom('client_owner')
    .select(['client_id', 'user_id'])
    .where('report_id', '=', reportId)
    .where('part', '=', part)
    .where('seq', '>', after)
    .execute()
  return rows.map(({ client_id, user_id }) => [Number(client_id), user_id])
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
