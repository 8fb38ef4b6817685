import { MailSettings, MailSettingsChange, NoticeList, NoticeSettings, NoticesRead } from '@gongping/protocol/http'
import { createRoute } from '@hono/zod-openapi'
import { markNoticesRead } from '../../db/notices.ts'
import type { Deps } from '../../deps.ts'
import { isPlainId } from '../../reports/plain-id.ts'
import { changeMailSettings, readMailSettings } from '../../notices/mail-settings.ts'
import { listNotices, putNoticeSettings, readNoticeSettings } from '../../notices/read-notices.ts'
import { requireSession } from '../guards.ts'
import { createRoutes, INVALID, jsonAnswer, jsonBody, SIGNED_OUT } from '../openapi.ts'

const list = jsonAnswer('Newest first', NoticeList.meta({ id: 'NoticeList' }))
const mail = jsonAnswer('Where and of what the caller is written to', MailSettings.meta({ id: 'MailSettings' }))
const settings = jsonAnswer('Which kinds the caller is told of', NoticeSettings.meta({ id: 'NoticeSettings' }))

/** What the caller was told, and what they want to be told. Everybody has their own and nobody sees another's. */
export function noticeRoutes(deps: Pick<Deps, 'db' | 'feed' | 'readSession' | 'now' | 'hasMail'>) {
  const { db, feed, readSession, now, hasMail: isAvailable = false } = deps
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

  routes.openapi(
    createRoute({ method: 'get', path: '/notices/mail', responses: { 200: mail, ...SIGNED_OUT } }),
    async (c) => c.json(await readMailSettings(db, { userId: c.get('session').userId, isAvailable }), 200),
  )

  routes.openapi(
    createRoute({
      method: 'patch',
      path: '/notices/mail',
      request: jsonBody(MailSettingsChange.meta({ id: 'MailSettingsChange' })),
      responses: { 200: mail, ...INVALID, ...SIGNED_OUT },
    }),
    async (c) => {
      const { userId } = c.get('session')
      await changeMailSettings(db, { userId, change: c.req.valid('json'), at: now(), by: 'self' })
      return c.json(await readMailSettings(db, { userId, isAvailable }), 200)
    },
  )
  return routes
}
