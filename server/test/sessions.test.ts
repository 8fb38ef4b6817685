import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CLOSE } from '@gongping/protocol'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { createAuth } from '../src/auth/accounts.ts'
import { cookiePrefix, createSessionReader } from '../src/auth/session.ts'
import { listMemberIds } from '../src/db/memberships.ts'
import { createSharedLog } from '../src/db/shared-log.ts'
import { createEventFeed } from '../src/reports/event-feed.ts'
import { createFindAccess } from '../src/reports/find-access.ts'
import { realSystem } from '../src/sync/system.ts'
import { attachSync } from '../src/sync/upgrade.ts'
import { syncFrame } from './simulation/frames.ts'
import { type ReviewServer, startReviewServer, textsIn } from './support/review.ts'
import { PASSWORD, cookieOf } from './support/test-server.ts'

const MINUTE_MS = 60_000

let server: ReviewServer
let detach: () => void
const http = createServer()
// Streams are not looked after by beats here.
const feed = createEventFeed({
  listMemberIds: (reportId) => listMemberIds(server.database.db, reportId),
  onError: (error) => {
    throw error
  },
  beatMs: 3_600_000,
})

beforeAll(async () => {
  server = await startReviewServer({ feed, maxSessions: 3 })
  await server.newReport()
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  detach = attachSync({
    server: http,
    hub: server.hub,
    system: realSystem,
    log: pino({ level: 'silent' }),
    readSession: server.readSession,
    noteActivity: server.noteActivity,
    findAccess: createFindAccess(server.database.db),
    allowedOrigins: () => [],
  })
})
afterAll(async () => {
  detach()
  feed.close()
  await server.close()
  http.closeAllConnections()
  await new Promise((resolve) => http.close(resolve))
})
beforeEach(() => {
  server.clock.ahead = 0
})

const get = async (cookie: string, path = '/api/me') => (await server.request(path, { cookie })).status
const sessionOf = async (cookie: string) => (await server.readSession(cookie))?.sessionId ?? ''
/** Lets time pass, and what was noted be written. */
const pass = async (minutes: number) => {
  await new Promise((resolve) => setTimeout(resolve, 20))
  server.clock.ahead += minutes * MINUTE_MS
}
const open = async (cookie: string) => {
  const { port } = http.address() as AddressInfo
  const socket = new WebSocket(`ws://127.0.0.1:${port}/sync/${server.reportId}/narrative`, { headers: { cookie } })
  const closed = new Promise<number>((resolve) => socket.on('close', resolve))
  await new Promise((resolve, reject) => {
    socket.once('message', resolve)
    socket.once('error', reject)
  })
  return { socket, closed }
}
const stream = async (cookie: string) => {
  const answer = await server.app.request('/api/events', { headers: { cookie } })
  expect(answer.status).toBe(200)
  return new Response(answer.body).text()
}

test('[A5] half an hour without doing anything ends a session; reading what others did is nothing', async () => {
  const cookie = await server.signIn('finance')
  await pass(20)
  expect(await get(cookie)).toBe(200)
  await pass(20)
  expect((await server.request('/api/notices/read', { method: 'POST', cookie, body: {} })).status).toBe(200)
  await pass(20)
  for (const path of ['/api/reports', `/api/reports/${server.reportId}/score`, '/api/notices']) {
    expect(await get(cookie, path)).toBe(200)
  }
  await pass(15)
  expect(await get(cookie)).toBe(401)
})

test('[A5] who types is never thrown out for it; who leaves the page open is', async () => {
  const [typing, idle] = [await server.signIn('filler'), await server.signIn('head')]
  const [typist, reader] = [await open(typing), await open(idle)]
  const doc = await server.read('narrative')
  for (let round = 0; round < 3; round += 1) {
    await pass(20)
    const before = Y.encodeStateVector(doc)
    textsIn(doc.get('body', Y.XmlElement) as Y.XmlElement)[0]?.insert(0, '字')
    typist.socket.send(syncFrame('update', Y.encodeStateAsUpdate(doc, before)))
    // Its own presence, over and over: pages do so by themselves.
    reader.socket.send(new Uint8Array([3]))
    await expect.poll(() => server.text(), { timeout: 10_000 }).toContain('字'.repeat(round + 1))
  }
  await pass(0)
  const sessions = [await sessionOf(typing), await sessionOf(idle)]
  const shared = createSharedLog(server.database.db, () => Date.now() + server.clock.ahead)
  expect([...(await shared.standingSessions([sessions[0] ?? '', 'none']))]).toEqual([sessions[0]])
  expect(sessions[1]).toBe('')
  await server.hub.anythingChanged()
  expect(await reader.closed).toBe(CLOSE.signedOut)
  expect(typist.socket.readyState).toBe(WebSocket.OPEN)
  typist.socket.terminate()
})

test('[A5] twelve hours end a session whatever somebody does', async () => {
  const cookie = await server.signIn('finance')
  for (let round = 0; round < 28; round += 1) {
    server.clock.ahead += 25 * MINUTE_MS
    expect(await get(cookie)).toBe(200)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  server.clock.ahead += 25 * MINUTE_MS
  expect(await get(cookie)).toBe(401)
})

test('[A9] the fourth sign-in ends the first session, its socket too, and nobody else’s', async () => {
  const other = await server.signIn('head')
  const first = await server.signIn('finance')
  const line = await open(first)
  const later: string[] = []
  for (let count = 0; count < 3; count += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    later.push(await server.signIn('finance'))
  }
  expect(await line.closed).toBe(CLOSE.signedOut)
  expect(await Promise.all([first, ...later, other].map((cookie) => get(cookie)))).toEqual([401, 200, 200, 200, 200])
})

test('[A10] signing out everywhere ends every session, socket and stream of the account at once', async () => {
  const [one, two, other] = [
    await server.signIn('outsider'),
    await server.signIn('outsider'),
    await server.signIn('finance'),
  ]
  const ended = stream(two)
  const staying = stream(other)
  const answer = await server.request('/api/auth/sign-out-everywhere', { method: 'POST', cookie: one })
  expect(answer.status).toBe(200)
  expect(answer.headers.getSetCookie().join()).toContain('Max-Age=0')
  expect(await ended).toContain(': connected')
  expect(await Promise.all([one, two, other].map((cookie) => get(cookie)))).toEqual([401, 401, 200])
  for (const cookie of [one, '']) {
    expect((await server.request('/api/auth/sign-out-everywhere', { method: 'POST', cookie })).status).toBe(401)
  }
  expect(await Promise.race([staying, Promise.resolve('open')])).toBe('open')
})

test('[E2] a stream ends at once when somebody signs out, or is somebody else by their role', async () => {
  const [leaving, moved] = [await server.signIn('head'), await server.signIn('outsider')]
  const streams = [stream(leaving), stream(moved)]
  await server.request('/api/auth/sign-out', { method: 'POST', cookie: leaving })
  expect(await streams[0]).toContain(': connected')
  const { db } = server.database
  await db.updateTable('profile').set({ role: 'finance' }).where('user_id', '=', server.userIds.outsider).execute()
  await server.hub.userChanged(server.userIds.outsider)
  expect(await streams[1]).toContain(': connected')
  await db.updateTable('profile').set({ role: 'filler' }).where('user_id', '=', server.userIds.outsider).execute()
})

test('[A1] over https no neighbour host can plant the cookie, and it is still Lax', async () => {
  const { database } = server
  const secret = 's'.repeat(32)
  const baseUrl = 'https://gongping.example'
  const auth = createAuth({ database, secret, baseUrl, oidc: undefined })
  const answer = await auth.api.signInUsername({ body: { username: 'head', password: PASSWORD }, asResponse: true })
  const [cookie] = answer.headers.getSetCookie()
  expect(cookie).toMatch(
    /^__Host-gongping\.session_token=[^;]+; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  )
  expect(cookie).not.toContain('Domain')
  const read = createSessionReader({ db: database.db, secret, baseUrl })
  expect(await read(cookieOf(answer))).toMatchObject({ username: 'head' })
  expect(await read(cookieOf(answer).replace('__Host-', ''))).toBeUndefined()
  expect(cookiePrefix('http://127.0.0.1')).toBe('better-auth')
})
