import { createHmac, timingSafeEqual } from 'node:crypto'
import { isRole, type Role } from '@gongping/permissions'
import type { Db } from '../db/dialect.ts'
import { findSessionRow } from '../db/sessions.ts'

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

const sessionCookieName = (baseUrl: string) =>
  baseUrl.startsWith('https:') ? '__Secure-better-auth.session_token' : 'better-auth.session_token'

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
