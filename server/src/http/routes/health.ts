import { Hono } from 'hono'
import { sql } from 'kysely'
import type { Deps } from '../../deps.ts'
import type { AppEnv } from '../app-env.ts'

/** For machines that watch the server; no session needed, nothing about reports in the answers. */
export function healthRoutes({ db, registry }: Pick<Deps, 'db' | 'registry'>) {
  const routes = new Hono<AppEnv>()
  routes.get('/healthz', (c) => c.json({ status: 'ok' }))
  routes.get('/readyz', async (c) => {
    try {
      await sql`select 1`.execute(db)
      return c.json({ status: 'ready' })
    } catch (error) {
      c.get('log').error({ err: error }, 'database not reachable')
      return c.json({ status: 'database not reachable' }, 503)
    }
  })
  routes.get('/metrics', async (c) => {
    c.header('Content-Type', registry.contentType)
    return c.body(await registry.metrics())
  })
  return routes
}
