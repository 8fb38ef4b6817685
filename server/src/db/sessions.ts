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
  readonly unit: string
  readonly role: string
}

/** better-auth's session with its user and our profile; undefined without any of the three. */
export async function findSessionRow(db: Db, token: string): Promise<SessionRow | undefined> {
  const { rows } = await sql<SessionRow>`
    select s.id as "sessionId", s."userId", s."expiresAt", u.username, u."displayUsername", u.name as "displayName",
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
