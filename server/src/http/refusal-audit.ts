import type { MiddlewareHandler } from 'hono'
import type { RefusalCounts } from '../reports/refusal-counts.ts'
import type { AppEnv } from './app-env.ts'
import { createClientAddress } from './client-address.ts'

/** Counts what was refused: for want of rights, for its origin, for its rate, and moves of a report that came too late. */
export function refusalAudit(
  refusals: RefusalCounts,
  trustProxy: readonly string[] | undefined,
): MiddlewareHandler<AppEnv> {
  const clientAddress = createClientAddress(trustProxy)
  return async (c, next) => {
    await next()
    const code = c.get('refusedWith')
    if (code === undefined || !isCounted(c.res.status, c.req.path)) return
    // Before it is known who asks, the path is only what somebody made up.
    const userId = c.get('session')?.userId ?? ''
    const reportId = userId === '' ? undefined : REPORT.exec(c.req.path)?.[1]
    refusals.count({ code, userId, reportId, address: clientAddress(c) })
  }
}

const REPORT = /^\/api\/reports\/([\w-]{1,64})(?:\/|$)/

const isCounted = (status: number, path: string) =>
  status === 403 || status === 429 || (status === 409 && path.endsWith('/transitions'))
