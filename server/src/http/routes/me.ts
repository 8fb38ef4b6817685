import { Me } from '@gongping/protocol/http'
import { createRoute } from '@hono/zod-openapi'
import type { Deps } from '../../deps.ts'
import { requireSession } from '../guards.ts'
import { createRoutes, jsonAnswer, SIGNED_OUT } from '../openapi.ts'

export function meRoutes({ readSession }: Pick<Deps, 'readSession'>) {
  const routes = createRoutes()
  routes.use('/me', requireSession(readSession))
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/me',
      responses: { 200: jsonAnswer('Who is signed in', Me.meta({ id: 'Me' })), ...SIGNED_OUT },
    }),
    (c) => {
      const { userId, username, displayName, role, unit } = c.get('session')
      return c.json({ id: userId, username, displayName, role, unit }, 200)
    },
  )
  return routes
}
