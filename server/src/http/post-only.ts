import type { Hono, MiddlewareHandler } from 'hono'
import type { AppEnv } from './app-env.ts'

const HEADER = 'x-http-method-override'
const METHODS = new Set(['PATCH', 'PUT', 'DELETE'])

/**
 * For networks that let only GET and POST through: such a POST begins again as the request it stands for, with every
 * check there is. (Hono's own middleware makes the request from one that Node's adapter only imitates.)
 */
export function acceptPostOnly(app: Hono<AppEnv>): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const method = c.req.header(HEADER) ?? ''
    if (c.req.method !== 'POST' || !METHODS.has(method)) return next()
    const { headers, body } = c.req.raw
    const own = new Headers(headers)
    own.delete(HEADER)
    const init: RequestInit & { duplex: 'half' } = { method, headers: own, body, duplex: 'half' }
    return app.fetch(new Request(c.req.url, init), c.env)
  }
}
