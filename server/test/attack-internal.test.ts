import type { NoticeList, Thread } from '@gongping/protocol/http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ReviewServer, startReviewServer } from './support/review.ts'

/** Ways for the words of an internal comment to reach somebody else. */

const SECRET = '内部：倾向不予通过'

let server: ReviewServer

beforeAll(async () => {
  server = await startReviewServer()
})
afterAll(() => server.close())

test('[R6] an internal comment that began with the words of a public one is not read in its notice', async () => {
  await server.newReport()
  const mention = (kind: 'role', id: string) => [{ kind, id }]
  const words = '请核对'
  const notices = async () =>
    (await server.call<NoticeList>('filler', 'GET', '/api/notices')).body.notices.map(({ text }) => text)
  await server.call('finance', 'POST', '/threads', {
    anchor: { kind: 'report' },
    text: words,
    mentions: mention('role', 'filler'),
  })
  const internal = await server.call<Thread>('finance', 'POST', '/threads', {
    anchor: { kind: 'report' },
    visibility: 'finance',
    text: words,
  })
  const { id, replies } = internal.body
  const path = `/threads/${id}/replies/${replies[0]?.id}`
  expect(await notices()).toEqual([words])
  expect((await server.call('finance', 'PATCH', path, { text: SECRET })).status).toBe(200)
  expect(await notices()).toEqual([words])
  // Nor does taking the internal one back take the notice of the public one away.
  await server.call('finance', 'PATCH', path, { text: words })
  expect((await server.call('finance', 'DELETE', path)).status).toBe(200)
  expect(await notices()).toEqual([words])
})

test('[R6] an internal thread and one that does not exist are answered with the same bytes', async () => {
  await server.newReport()
  const { body } = await server.call<Thread>('finance', 'POST', '/threads', {
    anchor: { kind: 'report' },
    visibility: 'finance',
    text: SECRET,
  })
  const reply = body.replies[0]?.id
  for (const who of ['filler', 'head', 'admin'] as const) {
    for (const [method, rest, change] of [
      ['PATCH', '', { status: 'done' }],
      ['PATCH', '', { status: 'open', anchor: { kind: 'report' } }],
      ['POST', '/replies', { text: 'x', mentions: [{ kind: 'role', id: 'finance' }] }],
      ['PATCH', `/replies/${reply}`, { text: 'x' }],
      ['DELETE', `/replies/${reply}`, undefined],
    ] as const) {
      const real = await server.call(who, method, `/threads/${body.id}${rest}`, change)
      const unknown = await server.call(who, method, `/threads/${crypto.randomUUID()}${rest}`, change)
      expect(real.status).toBe(404)
      expect(real).toEqual(unknown)
    }
    const seen = await Promise.all(
      ['/threads', '/audit', '/history?indicatorId=1', '/versions', ''].map((path) => server.call(who, 'GET', path)),
    )
    expect(JSON.stringify(seen)).not.toContain(SECRET)
    expect(JSON.stringify(seen)).not.toContain(body.id)
  }
})
