import { NewReply, NewThread, ReplyChange, Thread, ThreadChange, ThreadLeft, ThreadList } from '@gongping/protocol/http'
import { createRoute } from '@hono/zod-openapi'
import type { Deps } from '../../deps.ts'
import { getVisibleReport } from '../../reports/visible-report.ts'
import { changeReply, removeReply } from '../../review/change-reply.ts'
import { changeThread } from '../../review/change-thread.ts'
import { listThreads } from '../../review/list-threads.ts'
import { raiseThread } from '../../review/raise-thread.ts'
import { replyToThread } from '../../review/reply-to-thread.ts'
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

const ThreadParam = ReportIdParam.extend({ thread: ReportIdParam.shape.id.meta({ description: 'Thread id' }) })
const ReplyParam = ThreadParam.extend({ reply: ReportIdParam.shape.id.meta({ description: 'Reply id' }) })
const REFUSALS = { ...INVALID, ...SIGNED_OUT, ...FORBIDDEN, ...NOT_FOUND, ...CONFLICT } as const
const thread = (description: string) => jsonAnswer(description, Thread.meta({ id: 'Thread' }))

/** 批注: comments on places of a report. */
export function threadRoutes(deps: Pick<Deps, 'db' | 'feed' | 'readSession' | 'now'>) {
  const { db, readSession } = deps
  const routes = createRoutes()
  routes.use('/:id/threads/*', requireSession(readSession))

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/{id}/threads',
      request: { params: ReportIdParam },
      responses: {
        200: jsonAnswer('What the caller may see, oldest first', ThreadList.meta({ id: 'ThreadList' })),
        ...SIGNED_OUT,
        ...NOT_FOUND,
      },
    }),
    async (c) => {
      const visible = await getVisibleReport(db, c.get('session'), c.req.valid('param').id)
      return c.json({ threads: await listThreads(db, visible) }, 200)
    },
  )

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/{id}/threads',
      request: { params: ReportIdParam, ...jsonBody(NewThread.meta({ id: 'NewThread' })) },
      responses: { 201: thread('Raised'), ...REFUSALS },
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      return c.json(await raiseThread(deps, c.get('session'), { reportId: id, ...c.req.valid('json') }), 201)
    },
  )

  routes.openapi(
    createRoute({
      method: 'patch',
      path: '/{id}/threads/{thread}',
      request: { params: ThreadParam, ...jsonBody(ThreadChange.meta({ id: 'ThreadChange' })) },
      responses: { 200: thread('As it is now'), ...REFUSALS },
    }),
    async (c) => c.json(await changeThread(deps, c.get('session'), { ...pathOf(c), ...c.req.valid('json') }), 200),
  )

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/{id}/threads/{thread}/replies',
      request: { params: ThreadParam, ...jsonBody(NewReply.meta({ id: 'NewReply' })) },
      responses: { 201: thread('With the reply'), ...REFUSALS },
    }),
    async (c) => c.json(await replyToThread(deps, c.get('session'), { ...pathOf(c), ...c.req.valid('json') }), 201),
  )

  routes.openapi(
    createRoute({
      method: 'patch',
      path: '/{id}/threads/{thread}/replies/{reply}',
      request: { params: ReplyParam, ...jsonBody(ReplyChange.meta({ id: 'ReplyChange' })) },
      responses: { 200: thread('With the new text'), ...REFUSALS },
    }),
    async (c) => {
      const path = { ...pathOf(c), replyId: c.req.valid('param').reply }
      return c.json(await changeReply(deps, c.get('session'), { ...path, ...c.req.valid('json') }), 200)
    },
  )

  routes.openapi(
    createRoute({
      method: 'delete',
      path: '/{id}/threads/{thread}/replies/{reply}',
      request: { params: ReplyParam },
      responses: { 200: jsonAnswer('What is left', ThreadLeft.meta({ id: 'ThreadLeft' })), ...REFUSALS },
    }),
    async (c) => {
      const path = { ...pathOf(c), replyId: c.req.valid('param').reply }
      return c.json({ thread: await removeReply(deps, c.get('session'), path) }, 200)
    },
  )
  return routes
}

const pathOf = (c: { req: { valid(of: 'param'): { id: string; thread: string } } }) => {
  const { id, thread: threadId } = c.req.valid('param')
  return { reportId: id, threadId }
}
