import { createHash, timingSafeEqual } from 'node:crypto'
import { getConnInfo } from '@hono/node-server/conninfo'
import { type Context, Hono } from 'hono'
import { sql } from 'kysely'
import { isLoopback } from '../../config.ts'
import type { Deps } from '../../deps.ts'
import type { AppEnv } from '../app-env.ts'
import { answerNotFound } from '../errors.ts'

/**
 * For machines that watch the server; no session needed, nothing about reports in the answers. Metrics tell how much is
 * going on, so they are for this machine, or for whoever has the token.
 */
export function healthRoutes(deps: Pick<Deps, 'db' | 'registry' | 'metricsToken' | 'isCutOff'>) {
  const { db, registry, metricsToken, isCutOff } = deps
  const routes = new Hono<AppEnv>()
  routes.get('/healthz', (c) => c.json({ status: 'ok' }))
  routes.get('/readyz', async (c) => {
    if (isCutOff?.()) return c.json({ status: 'database not reachable' }, 503)
    try {
      await sql`select 1`.execute(db)
      return c.json({ status: 'ready' })
    } catch (error) {
      c.get('log').error({ err: error }, 'database not reachable')
      return c.json({ status: 'database not reachable' }, 503)
    }
  })
  routes.get('/metrics', async (c) => {
    if (!mayReadMetrics(c, metricsToken)) return answerNotFound(c)
    c.header('Content-Type', registry.contentType)
    return c.body(await registry.metrics())
  })
  return routes
}

function mayReadMetrics(c: Context, token: string | undefined): boolean {
  if (token !== undefined) {
    const hash = (text: string) => createHash('sha256').update(text).digest()
    return timingSafeEqual(hash(c.req.header('authorization') ?? ''), hash(`Bearer ${token}`))
  }
  // A proxy on this machine says for whom it asks.
  if (c.req.header('x-forwarded-for') !== undefined || c.req.header('forwarded') !== undefined) return false
  // Requests made in the process itself (tests) have no socket.
  if (!c.env || !('incoming' in c.env)) return true
  return isLoopback((getConnInfo(c).remote.address ?? '').replace(/^::ffff:/, ''))
}
