import { NoticeList, NoticeSettings, NoticesRead } from '@gongping/protocol/http'
import { createRoute } from '@hono/zod-openapi'
import { markNoticesRead } from '../../db/notices.ts'
import type { Deps } from '../../deps.ts'
import { isPlainId } from '../../reports/plain-id.ts'
import { listNotices, putNoticeSettings, readNoticeSettings } from '../../notices/read-notices.ts'
import { requireSession } from '../guards.ts'
import { createRoutes, INVALID, jsonAnswer, jsonBody, SIGNED_OUT } from '../openapi.ts'

const list = jsonAnswer('Newest first', NoticeList.meta({ id: 'NoticeList' }))
const settings = jsonAnswer('Which kinds the caller is told of', NoticeSettings.meta({ id: 'NoticeSettings' }))

/** What the caller was told, and what they want to be told. Everybody has their own and nobody sees another's. */
export function noticeRoutes({ db, feed, readSession, now }: Pick<Deps, 'db' | 'feed' | 'readSession' | 'now'>) {
  const routes = createRoutes()
  routes.use('/notices/*', requireSession(readSession))

  routes.openapi(createRoute({ method: 'get', path: '/notices', responses: { 200: list, ...SIGNED_OUT } }), async (c) =>
    c.json(await listNotices(db, c.get('session')), 200),
  )

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/notices/read',
      request: jsonBody(NoticesRead.meta({ id: 'NoticesRead' })),
      responses: { 200: list, ...INVALID, ...SIGNED_OUT },
    }),
    async (c) => {
      const session = c.get('session')
      await markNoticesRead(db, { userId: session.userId, ids: c.req.valid('json').ids?.filter(isPlainId), at: now() })
      const answer = await listNotices(db, session)
      // Other windows of the same person show the new count.
      const [newest] = answer.notices
      if (newest) feed.publish({ type: 'notice', id: newest.reportId }, [session.userId])
      return c.json(answer, 200)
    },
  )

  routes.openapi(
    createRoute({ method: 'get', path: '/notices/settings', responses: { 200: settings, ...SIGNED_OUT } }),
    async (c) => c.json(await readNoticeSettings(db, c.get('session').userId), 200),
  )

  routes.openapi(
    createRoute({
      method: 'patch',
      path: '/notices/settings',
      request: jsonBody(NoticeSettings.partial().meta({ id: 'NoticeSettingsChange' })),
      responses: { 200: settings, ...INVALID, ...SIGNED_OUT },
    }),
    async (c) => c.json(await putNoticeSettings(db, c.get('session').userId, c.req.valid('json')), 200),
  )
  return routes
}
