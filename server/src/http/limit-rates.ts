import type { MiddlewareHandler } from 'hono'
import type { ReadSession } from '../auth/session.ts'
import { type Db, mayBeShared } from '../db/dialect.ts'
import { takeOfShare, waitForShare } from '../db/rate-shares.ts'
import { MAX_COMPUTING, type Rate, type RateKind, type Rates } from '../quotas.ts'
import type { AppEnv } from './app-env.ts'
import { answerTooOften } from './errors.ts'

/**
 * Refuses whoever asks for too much in a time, with the seconds to wait. A person pays for every try; a report only for
 * what was done on it, or strangers could use its share up. What is stored is counted for all servers together, what keeps
 * one busy at that one.
 */
export function limitRates(options: {
  db: Db
  readSession: ReadSession
  rates: Rates
  now: () => number
}): MiddlewareHandler<AppEnv> {
  const { db, readSession, rates, now } = options
  const own = ownShares(now)
  const common = mayBeShared(db) ? commonShares(db, now) : own
  const computing = new Map<string, number>()

  return async (c, next) => {
    const kind = kindOf(c.req.method, c.req.path)
    if (kind === undefined) return next()
    const session = c.get('session') ?? (await readSession(c.req.header('cookie')))
    // Answered by the route itself.
    if (!session) return next()
    c.set('session', session)
    const { userId } = session
    const rate = rates[kind]
    const shares = kind === 'compute' ? own : common
    const ofReport = `${kind} on ${REPORT.exec(c.req.path)?.[1] ?? ''}`

    const waitMs =
      (rate.report && (await shares.wait(ofReport, rate.report))) ||
      (await shares.take(`${kind} by ${userId}`, rate.user))
    if (waitMs > 0) return answerTooOften(c, Math.ceil(waitMs / 1000))
    if (kind !== 'compute') {
      await next()
      if (rate.report !== undefined && c.res.ok) await shares.take(ofReport, rate.report)
      return undefined
    }

    const running = computing.get(userId) ?? 0
    if (running >= MAX_COMPUTING) return answerTooOften(c, 1)
    computing.set(userId, running + 1)
    try {
      await next()
    } finally {
      const left = (computing.get(userId) ?? 1) - 1
      if (left > 0) computing.set(userId, left)
      else computing.delete(userId)
    }
    return undefined
  }
}

const REPORT = /^\/api\/reports\/([^/]+)/
const COMPUTED = /^\/api\/reports\/[^/]+\/(?:history|export|audit\/export|versions\/[^/]+(?:\/compare\/[^/]+)?)$/

function kindOf(method: string, path: string): RateKind | undefined {
  // A HEAD is answered by doing what a GET does.
  if (method === 'GET' || method === 'HEAD') return COMPUTED.test(path) ? 'compute' : undefined
  // Signing in has limits of its own.
  if (method === 'OPTIONS' || path.startsWith('/api/auth/')) return undefined
  if (path === '/api/reports' || path === '/api/reports/import') return 'create'
  if (path.endsWith('/transitions')) return 'move'
  if (path.endsWith('/versions') || path.endsWith('/restore')) return 'version'
  return 'write'
}

interface Shares {
  /** Milliseconds until there is something of it; 0: now. */
  wait(key: string, rate: Rate): MaybePromise<number>
  /** Takes one where there is one. @returns milliseconds until there is; 0: it was taken */
  take(key: string, rate: Rate): MaybePromise<number>
}

type MaybePromise<T> = T | Promise<T>

const commonShares = (db: Db, now: () => number): Shares => ({
  wait: (key, rate) => waitForShare(db, { key, ...rate, at: now() }),
  take: (key, rate) => takeOfShare(db, { key, ...rate, at: now() }),
})

/** Shares kept at most; the one that was not touched the longest gives way. */
const MAX_SHARES = 20_000

/** In memory: what is left of each share; it fills up again evenly. */
function ownShares(now: () => number): Shares {
  const shares = new Map<string, { left: number; at: number }>()

  function leftOf(key: string, { most, perMs }: Rate): number {
    const share = shares.get(key)
    if (!share) return most
    // A clock that was set back gives nothing and takes nothing.
    const passed = Math.max(0, now() - share.at)
    return Math.min(most, share.left + (passed * most) / perMs)
  }

  function wait(key: string, rate: Rate): number {
    const missing = 1 - leftOf(key, rate)
    return missing <= 0 ? 0 : Math.max(1, (missing * rate.perMs) / rate.most)
  }

  return {
    wait,
    take(key, rate) {
      const waitMs = wait(key, rate)
      if (waitMs > 0) return waitMs
      const left = leftOf(key, rate) - 1
      shares.delete(key)
      shares.set(key, { left, at: now() })
      const [oldest] = shares.keys()
      if (shares.size > MAX_SHARES && oldest !== undefined) shares.delete(oldest)
      return 0
    },
  }
}
