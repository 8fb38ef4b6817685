import { streamSSE } from 'hono/streaming'
import { Hono } from 'hono'
import type { Deps } from '../../deps.ts'
import type { AppEnv } from '../app-env.ts'
import { requireSession } from '../guards.ts'

/** Server-sent events: what changed, by id. Ends with the session. */
export function eventRoutes({ feed, readSession, now }: Pick<Deps, 'feed' | 'readSession' | 'now'>) {
  const routes = new Hono<AppEnv>()
  routes.get('/events', requireSession(readSession), (c) => {
    const { userId, sessionId, role } = c.get('session')
    const cookie = c.req.header('cookie')
    // Compression and buffering in proxies would keep events back.
    c.header('X-Accel-Buffering', 'no')
    return streamSSE(c, async (out) => {
      const stream = feed.open({ userId, sessionId, isAdmin: role === 'admin' })
      out.onAbort(() => stream.close())
      // A beat is an event of its own: a page without any looks for news by itself.
      await out.write(`retry: 3000\n: connected ${now()}\n\nevent: beat\ndata: {}\n\n`)
      for await (const event of stream.events()) {
        if (event === 'beat') {
          // With the session or the role the stream ends; the browser comes back as who they are now.
          const session = await readSession(cookie)
          if (session?.userId !== userId || session.role !== role) break
          await out.write('event: beat\ndata: {}\n\n')
        } else await out.writeSSE({ data: JSON.stringify(event) })
      }
      stream.close()
    })
  })
  return routes
}
