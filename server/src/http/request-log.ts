import { randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { Logger } from 'pino'
import type { AppEnv } from './app-env.ts'
import type { HttpMetrics } from './metrics.ts'

/** Gives every request a number and logs one line about it; never a body, a cookie or a query. */
export function requestLog(log: Logger, metrics: HttpMetrics): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const started = performance.now()
    const requestId = randomUUID()
    const child = log.child({ requestId })
    c.set('requestId', requestId)
    c.set('log', child)
    await next()
    c.res.headers.set('X-Request-Id', requestId)
    const ms = performance.now() - started
    metrics.observe(c.req.method, c.res.status, ms)
    if (QUIET.has(c.req.path)) return
    const line = {
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      ms: Math.round(ms),
      userId: c.get('session')?.userId,
    }
    if (c.res.status >= 500) child.error(line, 'request')
    else if (c.res.status >= 400) child.warn(line, 'request')
    else child.info(line, 'request')
  }
}

/** Asked every few seconds by machines. */
const QUIET = new Set(['/healthz', '/readyz', '/metrics'])
