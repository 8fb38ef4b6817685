import { createHmac, timingSafeEqual } from 'node:crypto'
import { isRole, type Role } from '@gongping/permissions'
import type { Db } from '../db/dialect.ts'
import { findSessionRow, noteActivity } from '../db/sessions.ts'

/** Somebody signed in, as requests and sockets see them. */
export interface Session {
  readonly userId: string
  readonly username: string
  readonly displayName: string
  readonly role: Role | 'admin'
  readonly unit: string
  readonly sessionId: string
  /** UTC milliseconds. */
  readonly expiresAt: number
}

/** A session without activity ends after so long; typing is activity, an open page alone is not. */
export const IDLE_MS = 30 * 60_000

/** @param cookieHeader the whole Cookie header; undefined, forged, ended or disabled gives undefined */
export type ReadSession = (cookieHeader: string | undefined) => Promise<Session | undefined>

/**
 * Reads better-auth's session from a Cookie header: signature first, then one query. For requests and socket upgrades
 * alike; about 25 times cheaper than asking better-auth.
 */
export function createSessionReader(options: {
  db: Db
  secret: string
  baseUrl: string
  now?: () => number
}): ReadSession {
  const { db, secret, now = Date.now } = options
  const cookieName = sessionCookieName(options.baseUrl)
  return async (cookieHeader) => {
    const token = readSignedToken(findCookie(cookieHeader, cookieName), secret)
    if (!token) return undefined
    const row = await findSessionRow(db, token)
    if (!row) return undefined
    const expiresAt = new Date(row.expiresAt).getTime()
    if (row.banned || !(expiresAt > now())) return undefined
    if (!(new Date(row.activeAt).getTime() + IDLE_MS > now())) return undefined
    if (row.role !== 'admin' && !isRole(row.role)) return undefined
    return {
      userId: row.userId,
      username: row.displayUsername ?? row.username ?? '',
      displayName: row.displayName,
      role: row.role,
      unit: row.unit,
      sessionId: row.sessionId,
      expiresAt,
    }
  }
}

/**
 * Before the names of all cookies. Browsers take `__Host-` from the very host over https only, so that no neighbour under
 * the same domain can plant one.
 */
export const cookiePrefix = (baseUrl: string) => (baseUrl.startsWith('https:') ? '__Host-gongping' : 'better-auth')

const sessionCookieName = (baseUrl: string) => `${cookiePrefix(baseUrl)}.session_token`

/** Between two notes that somebody is active; so much longer a session may seem idle. */
const NOTE_EVERY_MS = 60_000
const MAX_NOTED = 10_000

/** Notes that whoever is signed in has just done something; at most once a minute, and nothing waits for it. */
export type NoteActivity = (sessionId: string) => void

export function createNoteActivity(options: {
  db: Db
  now: () => number
  onError: (error: unknown) => void
}): NoteActivity {
  const { db, now, onError } = options
  const noted = new Map<string, number>()
  return (sessionId) => {
    const at = now()
    const before = noted.get(sessionId)
    if (before !== undefined && Math.abs(at - before) < NOTE_EVERY_MS) return
    noted.delete(sessionId)
    noted.set(sessionId, at)
    const [oldest] = noted.keys()
    if (noted.size > MAX_NOTED && oldest !== undefined) noted.delete(oldest)
    noteActivity(db, sessionId, new Date(at)).catch((error: unknown) => {
      noted.delete(sessionId)
      onError(error)
    })
  }
}

function findCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const at = pair.indexOf('=')
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim()
  }
  return undefined
}

function readSignedToken(cookie: string | undefined, secret: string): string | undefined {
  const value = cookie && decode(cookie)
  if (!value) return undefined
  const dot = value.lastIndexOf('.')
  if (dot < 1) return undefined
  const token = value.slice(0, dot)
  const given = Buffer.from(value.slice(dot + 1), 'base64')
  const wanted = createHmac('sha256', secret).update(token).digest()
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? token : undefined
}

function decode(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}
