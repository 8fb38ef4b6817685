import type { Thread } from '@gongping/protocol/http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startReviewServer, type ReviewServer } from './support/review.ts'

let server: ReviewServer
beforeAll(async () => {
  server = await startReviewServer()
  await server.newReport()
})
afterAll(() => server.close())

const raised = async () =>
  (await server.call<Thread>('filler', 'POST', '/threads', { anchor: { kind: 'report' }, text: '请核对' })).body

test('[H19] a POST stands for the method it names', async () => {
  const thread = await raised()
  const cookie = await server.signIn('filler')
  const send = (override: string, body?: unknown, headers: Record<string, string> = {}) =>
    server.request(`/api/reports/${server.reportId}/threads/${thread.id}`, {
      method: 'POST',
      cookie,
      headers: { 'x-http-method-override': override, ...headers },
      ...(body === undefined ? {} : { body }),
    })
  const answer = await send('PATCH', { status: 'closed' })
  expect([answer.status, ((await answer.json()) as Thread).status]).toEqual([200, 'closed'])
  for (const method of ['GET', 'POST', 'TRACE', 'patch', 'constructor'])
    expect((await send(method, { status: 'open' })).status).toBe(404)
  const foreign = await send('PATCH', { status: 'open' }, { origin: 'https://elsewhere.example' })
  expect(foreign.status).toBe(403)
  const plain = await send('PATCH', 'status=open', { 'content-type': 'text/plain' })
  expect(plain.status).toBe(415)
  const [reply] = thread.replies
  const deleted = await server.request(`/api/reports/${server.reportId}/threads/${thread.id}/replies/${reply?.id}`, {
    method: 'POST',
    cookie,
    headers: { 'x-http-method-override': 'DELETE' },
  })
  expect([deleted.status, await deleted.json()]).toEqual([200, { thread: null }])
})
