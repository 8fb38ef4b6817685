import { AcceptedWarningsList, ReturnItem, ReturnItemChange, ReturnItemList } from '@gongping/protocol/http'
import { createRoute } from '@hono/zod-openapi'
import type { Deps } from '../../deps.ts'
import { getVisibleReport } from '../../reports/visible-report.ts'
import { describeAcceptedWarnings } from '../../review/accepted-warnings.ts'
import { changeReturnItem, listReturnItems } from '../../review/return-items.ts'
import { requireSession } from '../guards.ts'
import {
  CONFLICT,
  createRoutes,
  FORBIDDEN,
  INVALID,
  jsonAnswer,
  jsonBody,
  NOT_FOUND,
  ReportIdParam,
  SIGNED_OUT,
} from '../openapi.ts'

const ItemParam = ReportIdParam.extend({ item: ReportIdParam.shape.id.meta({ description: 'Return item id' }) })

/**
 * What a round leaves behind: 退回意见, the points of a return, each with its answer; and what was said about warnings with
 * a submission. Both are made by transitions.
 */
export function returnItemRoutes(deps: Pick<Deps, 'db' | 'documents' | 'feed' | 'readSession' | 'now'>) {
  const { db, readSession } = deps
  const routes = createRoutes()
  routes.use('/:id/return-items/*', requireSession(readSession))
  routes.use('/:id/accepted-warnings', requireSession(readSession))

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/{id}/accepted-warnings',
      request: { params: ReportIdParam },
      responses: {
        200: jsonAnswer('By round', AcceptedWarningsList.meta({ id: 'AcceptedWarningsList' })),
        ...SIGNED_OUT,
        ...NOT_FOUND,
      },
    }),
    async (c) => {
      const { report } = await getVisibleReport(db, c.get('session'), c.req.valid('param').id)
      return c.json({ rounds: await describeAcceptedWarnings(db, report.id) }, 200)
    },
  )

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/{id}/return-items',
      request: { params: ReportIdParam },
      responses: {
        200: jsonAnswer('By round', ReturnItemList.meta({ id: 'ReturnItemList' })),
        ...SIGNED_OUT,
        ...NOT_FOUND,
      },
    }),
    async (c) => {
      const { report } = await getVisibleReport(db, c.get('session'), c.req.valid('param').id)
      return c.json({ items: await listReturnItems(db, report.id) }, 200)
    },
  )

  routes.openapi(
    createRoute({
      method: 'patch',
      path: '/{id}/return-items/{item}',
      request: { params: ItemParam, ...jsonBody(ReturnItemChange.meta({ id: 'ReturnItemChange' })) },
      responses: {
        200: jsonAnswer('As it is now', ReturnItem.meta({ id: 'ReturnItem' })),
        ...INVALID,
        ...SIGNED_OUT,
        ...FORBIDDEN,
        ...NOT_FOUND,
        ...CONFLICT,
      },
    }),
    async (c) => {
      const { id, item } = c.req.valid('param')
      const path = { reportId: id, itemId: item }
      return c.json(await changeReturnItem(deps, c.get('session'), { ...path, change: c.req.valid('json') }), 200)
    },
  )
  return routes
}
