import type { MiddlewareHandler } from 'hono'
import type { ReadSession } from '../auth/session.ts'
import { MAX_COMPUTING, type Rate, type RateKind, type Rates } from '../quotas.ts'
import type { AppEnv } from './app-env.ts'
import { answerTooOften } from './errors.ts'

/**
 * Refuses whoever asks for too much in a time, with the seconds to wait. A person pays for every try; a report only for
 * what was done on it, or strangers could use its share up.
 */
export function limitRates(options: {
  readSession: ReadSession
  rates: Rates
  now: () => number
}): MiddlewareHandler<AppEnv> {
  const { readSession, rates, now } = options
  const shares = new Shares(now)
  const computing = new Map<string, number>()

  return async (c, next) => {
    const kind = kindOf(c.req.method, c.req.path)
    if (kind === undefined) return next()
    const session = await readSession(c.req.header('cookie'))
    // Answered by the route itself.
    if (!session) return next()
    c.set('session', session)
    const { userId } = session
    const rate = rates[kind]
    const ofUser = `${kind} ${userId}`
    const ofReport = `${kind} ${REPORT.exec(c.req.path)?.[1] ?? ''}`

    const wait = Math.max(
      shares.waitSeconds(ofUser, rate.user),
      rate.report === undefined ? 0 : shares.waitSeconds(ofReport, rate.report),
    )
    if (wait > 0) return answerTooOften(c, wait)
    shares.spend(ofUser, rate.user)
    if (kind !== 'compute') {
      await next()
      if (rate.report !== undefined && c.res.ok) shares.spend(ofReport, rate.report)
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

/** Shares kept at most; the one that was not touched the longest gives way. */
const MAX_SHARES = 20_000

/** What is left of each share; it fills up again evenly. */
class Shares {
  readonly #now: () => number
  readonly #left = new Map<string, { left: number; at: number }>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Until there is something of it; 0: now. */
  waitSeconds(key: string, rate: Rate): number {
    const missing = 1 - this.#leftOf(key, rate)
    return missing <= 0 ? 0 : Math.max(1, Math.ceil((missing * rate.perMs) / rate.most / 1000))
  }

  spend(key: string, rate: Rate): void {
    const left = this.#leftOf(key, rate) - 1
    this.#left.delete(key)
    this.#left.set(key, { left, at: this.#now() })
    const [oldest] = this.#left.keys()
    if (this.#left.size > MAX_SHARES && oldest !== undefined) this.#left.delete(oldest)
  }

  #leftOf(key: string, { most, perMs }: Rate): number {
    const share = this.#left.get(key)
    if (!share) return most
    // A clock that was set back gives nothing and takes nothing.
    const passed = Math.max(0, this.#now() - share.at)
    return Math.min(most, share.left + (passed * most) / perMs)
  }
}
