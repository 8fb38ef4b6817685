import { sql } from 'kysely'
import type { Db } from './dialect.ts'

export interface SessionRow {
  readonly sessionId: string
  readonly userId: string
  readonly username: string | null
  readonly displayUsername: string | null
  readonly displayName: string
  readonly banned: unknown
  /** Date on PostgreSQL, ISO text on SQLite. */
  readonly expiresAt: string | Date
  /** When its user did something last, give or take a minute; as `expiresAt`. */
  readonly activeAt: string | Date
  readonly unit: string
  readonly role: string
}

/** better-auth's session with its user and our profile; undefined without any of the three. */
export async function findSessionRow(db: Db, token: string): Promise<SessionRow | undefined> {
  const { rows } = await sql<SessionRow>`
    select s.id as "sessionId", s."userId", s."expiresAt", s."updatedAt" as "activeAt", u.username, u."displayUsername", u.name as "displayName",
      u.banned, p.unit, p.role
    from session s join "user" u on u.id = s."userId" join profile p on p.user_id = s."userId"
    where s.token = ${token}`.execute(db)
  return rows[0]
}

/** Ended sessions are of no use to anybody; without this their table would only grow. */
export async function deleteSessionsEndedBefore(db: Db, time: Date): Promise<void> {
  // As text, which both databases compare with what better-auth stored.
  await sql`delete from session where "expiresAt" < ${time.toISOString()}`.execute(db)
}

export async function noteActivity(db: Db, sessionId: string, at: Date): Promise<void> {
  const time = at.toISOString()
  await sql`update session set "updatedAt" = ${time} where id = ${sessionId} and "updatedAt" < ${time}`.execute(db)
}

/**
 * Of a user's sessions only so many stay, the newest ones.
 *
 * @param idleSince sessions without activity since then have ended anyway
 * @returns how many others were ended
 */
export async function keepNewestSessions(
  db: Db,
  { userId, keep, at, idleSince }: { userId: string; keep: number; at: Date; idleSince: Date },
): Promise<number> {
  await sql`delete from session where "userId" = ${userId}
    and ("expiresAt" < ${at.toISOString()} or "updatedAt" < ${idleSince.toISOString()})`.execute(db)
  const { rows } = await sql<{ id: string }>`
    select id from session where "userId" = ${userId} order by "createdAt" desc, id`.execute(db)
  const ended = rows.slice(keep).map(({ id }) => id)
  if (ended.length > 0) await sql`delete from session where id in (${sql.join(ended)})`.execute(db)
  return ended.length
}

/** Every session of a user. @returns how many there were */
export async function endSessions(db: Db, userId: string): Promise<number> {
  const { numAffectedRows } = await sql`delete from session where "userId" = ${userId}`.execute(db)
  return Number(numAffectedRows ?? 0)
}
