import { TemplateList } from '@gongping/protocol/http'
import { listTemplates } from '@gongping/scoring'
import { createRoute } from '@hono/zod-openapi'
import type { Deps } from '../../deps.ts'
import { requireSession } from '../guards.ts'
import { createRoutes, jsonAnswer, SIGNED_OUT } from '../openapi.ts'

export function templateRoutes({ readSession }: Pick<Deps, 'readSession'>) {
  const routes = createRoutes()
  routes.use('/templates', requireSession(readSession))
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/templates',
      responses: {
        200: jsonAnswer('Templates a report can be made from', TemplateList.meta({ id: 'TemplateList' })),
        ...SIGNED_OUT,
      },
    }),
    (c) => c.json({ templates: listTemplates().map(({ id, name, version }) => ({ id, name, version })) }, 200),
  )
  return routes
}
