import { Demo } from '@gongping/protocol/http'
import { createRoute } from '@hono/zod-openapi'
import { DEMO_ACCOUNTS } from '../../demo/accounts.ts'
import { createRoutes, jsonAnswer } from '../openapi.ts'

/** The demo accounts with their password, for the sign-in screen. Mounted in demo mode only, which runs on loopback only. */
export function demoRoutes(password: string) {
  const routes = createRoutes()
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/demo',
      responses: { 200: jsonAnswer('The demo accounts', Demo.meta({ id: 'Demo' })) },
    }),
    (c) => {
      const accounts = DEMO_ACCOUNTS.map(({ username, displayName, role }) => ({ username, displayName, role }))
      return c.json({ accounts, password }, 200)
    },
  )
  return routes
}
