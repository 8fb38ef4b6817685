import type { AuditList, ReturnItem, Suggestion, Thread } from '@gongping/protocol/http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { findBrokenLinks } from '../src/db/audit.ts'
import { type ReviewServer, startReviewServer } from './support/review.ts'

let server: ReviewServer

beforeAll(async () => {
  server = await startReviewServer()
})
afterAll(() => server.close())
beforeEach(() => server.newReport())

const audit = async (query = '') => (await server.call<AuditList>('finance', 'GET', `/audit${query}`)).body
const raise = (text: string) => server.call<Thread>('filler', 'POST', '/threads', { anchor: { kind: 'report' }, text })
const cookieOf = (who: 'finance' | 'admin' | 'filler') => server.signIn(who)
const file = async (who: 'finance' | 'admin' | 'filler', query: string) =>
  server.request(`/api/reports/${server.reportId}/audit/export${query}`, { cookie: await cookieOf(who) })

test('[U1] filters by deed, person and day, in pages that neither overlap nor leave out', async () => {
  for (const text of ['一', '二', '三']) await raise(text)
  await server.call('finance', 'PATCH', '', { dueDate: '2030-01-01' })
  const all = await audit()
  expect(all).toMatchObject({ total: 5, actions: ['due-date-set', 'report-created', 'thread-raised'] })
  expect(all.users.map(({ displayName }) => displayName).toSorted()).toEqual(['填报人', '财政复核人'])
  expect(await audit('?action=thread-raised')).toMatchObject({ total: 3 })
  expect(await audit(`?user=${server.userIds.finance}`)).toMatchObject({ total: 1 })
  expect(await audit(`?user=${server.userIds.finance}&action=thread-raised`)).toMatchObject({ total: 0, entries: [] })
  const today = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10)
  expect(await audit(`?from=${today}&to=${today}`)).toMatchObject({ total: 5 })
  expect(await audit('?to=2020-01-01')).toMatchObject({ total: 0 })
  expect(await audit('?from=2100-01-01')).toMatchObject({ total: 0 })
  const pages = await Promise.all([1, 2, 3].map((page) => audit(`?page=${page}&pageSize=2`)))
  expect(pages.flatMap(({ entries }) => entries)).toEqual(all.entries)
  for (const bad of ['?from=yesterday', '?page=0', '?pageSize=1001', `?action=${'x'.repeat(51)}`]) {
    expect((await server.call('finance', 'GET', `/audit${bad}`)).status).toBe(400)
  }
  expect(await audit("?action=' or 1=1 --")).toMatchObject({ total: 0 })
})

test('[U2] the export is for finance and administrators, is a deed, and holds no formulas', async () => {
  await raise('=HYPERLINK("http://evil.example")')
  await server.database.db.transaction().execute((trx) =>
    trx
      .updateTable('user' as never)
      .set({ name: '=1+1' } as never)
      .where('id' as never, '=', server.userIds.filler as never)
      .execute(),
  )
  expect((await file('filler', '?format=csv')).status).toBe(403)
  expect((await file('finance', '?format=exe')).status).toBe(400)
  const answer = await file('finance', '?format=csv&action=thread-raised')
  expect(answer.headers.get('content-type')).toContain('text/csv')
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="audit-[\w-]+\.csv"$/)
  const bytes = new Uint8Array(await answer.arrayBuffer())
  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf])
  const lines = new TextDecoder().decode(bytes).trim().split('\r\n')
  expect(lines).toHaveLength(2)
  expect(lines[1]).toContain(`"'=1+1"`)
  expect(lines[1]).not.toContain('HYPERLINK')
  const json = (await (await file('admin', '?format=json')).json()) as { entries: AuditList['entries'] }
  expect(json.entries.map(({ action }) => action)).toEqual(['audit-exported', 'thread-raised', 'report-created'])
  expect((await audit('?action=audit-exported')).total).toBe(2)
})

test('[U3] a round is in the trail with every deed once, and the chain holds', async () => {
  await server.write('filler', '资金已足额到位。')
  const anchor = await server.anchor('足额')
  const proposal = { kind: 'text', anchor, oldText: '足额', newText: '全部' }
  const { body: suggestion } = await server.call<Suggestion>('head', 'POST', '/suggestions', { proposal })
  await server.call('filler', 'POST', `/suggestions/${suggestion.id}/accept`)
  await server.call('finance', 'POST', `/suggestions/${suggestion.id}/reject`, {})
  const { body: thread } = await raise('请看')
  await server.call('head', 'PATCH', `/threads/${thread.id}`, { status: 'done' })
  await server.call('filler', 'PATCH', `/threads/${thread.id}`, { status: 'closed' })
  await server.inState('department_review')
  await server.call('head', 'POST', '/transitions', { action: 'return', reason: '请补充' })
  await server.call('head', 'POST', '/transitions', { action: 'return', reason: '再来一次' })
  const [item] = (await server.call<{ items: ReturnItem[] }>('filler', 'GET', '/return-items')).body.items
  await server.call('filler', 'PATCH', `/return-items/${item?.id}`, { answer: '已补充' })
  await server.call('head', 'PATCH', `/return-items/${item?.id}`, { status: 'accepted' })
  expect((await audit()).entries.map(({ action, by }) => `${by} ${action}`).toReversed()).toEqual([
    expect.stringContaining('report-created'),
    '主管部门负责人 suggestion-made',
    expect.stringContaining('suggestion-accepted'),
    expect.stringContaining('thread-raised'),
    expect.stringContaining('thread-marked'),
    '主管部门负责人 report-return',
    expect.stringContaining('item-answered'),
    '主管部门负责人 item-accepted',
  ])
  expect(await findBrokenLinks(server.database.db)).toEqual([])
})
