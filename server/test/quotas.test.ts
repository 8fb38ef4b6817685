import type { ErrorBody, Thread } from '@gongping/protocol/http'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { MAX_COMPUTING, MOST_KEPT, RATES, type Rates } from '../src/quotas.ts'
import { type ReviewServer, startReviewServer } from './support/review.ts'
import { NEW_REPORT, type Who } from './support/test-server.ts'

const few = { most: 3, perMs: 60_000 }
const rates: Rates = {
  ...RATES,
  write: { user: few, report: { most: 5, perMs: 60_000 } },
  version: { user: few, report: undefined },
  move: { user: few, report: undefined },
  compute: { user: { most: 12, perMs: 60_000 }, report: undefined },
}

let server: ReviewServer
let ahead = 0
beforeAll(async () => {
  // Shares fill up with time, and the machine may be slow: only the clock of the test goes on.
  const started = Date.now()
  server = await startReviewServer({ rates, now: () => started + ahead })
})
afterAll(() => server.close())
beforeEach(async () => {
  // Every share is full again.
  ahead += 120_000
  await server.newReport()
})

const comment = (who: Who, text = '一条') =>
  server.call<Thread>(who, 'POST', '/threads', { anchor: { kind: 'report' }, text })
const statusesOf = async (count: number, call: () => Promise<{ status: number }>) => {
  const statuses: number[] = []
  for (let n = 0; n < count; n += 1) statuses.push((await call()).status)
  return statuses
}

test('[H15] whoever writes too much waits, in words, and goes on afterwards; others are not held up', async () => {
  expect(await statusesOf(3, () => comment('filler'))).toEqual([201, 201, 201])
  const cookie = await server.signIn('filler')
  const refused = await server.request(`/api/reports/${server.reportId}/threads`, {
    method: 'POST',
    cookie,
    body: { anchor: { kind: 'report' }, text: '太多' },
  })
  expect(refused.status).toBe(429)
  expect(refused.headers.get('retry-after')).toBe('20')
  const { error } = (await refused.json()) as ErrorBody
  expect(error).toMatchObject({ code: 'too_often', details: { retryAfterSeconds: 20 } })
  expect(error.message.zh).toContain('请 20 秒后再试')
  expect(error.message.en).toContain('Try again in 20 seconds')
  expect((await comment('head')).status).toBe(201)
  ahead += 20_000
  expect(await statusesOf(2, () => comment('filler'))).toEqual([201, 429])
})

test('[H15] each kind of work has its own share: replies, settings and suggestions are writing, moves and versions are not', async () => {
  const { body } = await comment('filler')
  const path = `/threads/${body.id}/replies`
  expect((await server.call('filler', 'POST', path, { text: '一' })).status).toBe(201)
  expect((await server.call('filler', 'PATCH', '/api/notices/settings', { due: true })).status).toBe(200)
  const proposal = { kind: 'score', indicatorId: 'x', oldScore: null, newScore: 1 }
  expect((await server.call('filler', 'POST', '/suggestions', { proposal })).status).toBe(429)
  expect(await statusesOf(4, () => server.call('filler', 'POST', '/versions', { name: '一' }))).toEqual([
    201, 201, 201, 429,
  ])
  const submit = () => server.call('filler', 'POST', '/transitions', { action: 'approve' })
  expect(await statusesOf(4, submit)).toEqual([403, 403, 403, 429])
  expect((await server.call('filler', 'POST', '/api/reports', NEW_REPORT)).status).toBe(201)
  expect((await server.call('filler', 'GET', '/threads')).status).toBe(200)
})

test('[H15] all on one report share a limit, and strangers cannot use it up', async () => {
  expect(await statusesOf(3, () => comment('outsider'))).toEqual([404, 404, 404])
  expect(await statusesOf(3, () => comment('filler'))).toEqual([201, 201, 201])
  expect(await statusesOf(3, () => comment('head'))).toEqual([201, 201, 429])
  expect((await comment('finance')).status).toBe(429)
  await server.newReport()
  expect((await comment('finance')).status).toBe(201)
})

test('[H15] comparisons and histories are work: so many in a time, and so many at once', async () => {
  const compare = () => server.call('filler', 'GET', '/versions/current/compare/current')
  const atOnce = await Promise.all(Array.from({ length: MAX_COMPUTING + 3 }, compare))
  expect(atOnce.filter(({ status }) => status === 429)).toHaveLength(3)
  expect(await statusesOf(4, compare)).toEqual([200, 200, 200, 429])
  for (const path of ['/history?indicatorId=x', '/versions/x', '/audit/export?format=csv', '/export?format=json'])
    expect((await server.call('filler', 'GET', path)).status).toBe(429)
  // The same work by other words.
  const cookie = await server.signIn('filler')
  for (const [method, path] of [
    ['HEAD', '/history?indicatorId=x'],
    ['GET', '/histor%79?indicatorId=x'],
    ['GET', '/versions/current/%63ompare/current'],
  ] as const) {
    const answer = await server.request(`/api/reports/${server.reportId}${path}`, { method, cookie })
    expect({ path, status: answer.status }).toEqual({ path, status: 429 })
  }
  expect((await server.call('filler', 'GET', '/versions')).status).toBe(200)
  expect((await server.call('head', 'GET', '/versions/current/compare/current')).status).toBe(200)
})

test('[H15] nobody’s share is touched by people who are not signed in', async () => {
  const path = `/api/reports/${server.reportId}/threads`
  for (let n = 0; n < 6; n += 1) expect((await server.request(path, { method: 'POST', body: {} })).status).toBe(401)
})

test('[H16] what is kept of a kind ends somewhere, in words', async () => {
  const { db } = server.database
  const { reportId, userIds } = server
  const { body: thread } = await comment('filler')
  const times = (most: number) =>
    sql.raw(`with recursive n(i) as (select 1 union all select i + 1 from n where i < ${most})`)
  const who = userIds.filler
  await sql`insert into thread_reply (id, thread_id, ordinal, user_id, role, text, mentions, at, deleted)
    ${times(MOST_KEPT.repliesPerReport - 1)} select 'r' || i, ${thread.id}, i, ${who}, 'filler', '', '[]', 0, 0 from n`.execute(
    db,
  )
  await sql`insert into thread (id, report_id, kind, visibility, anchor, quote, status, round, user_id, role, at)
    ${times(MOST_KEPT.threadsPerReport - 1)}
    select 't' || i, ${reportId}, 'report', 'public', '{}', '', 'open', 1, ${who}, 'filler', 0 from n`.execute(db)
  await sql`insert into suggestion (id, report_id, part, proposal, reason, status, stale, round, user_id, role, at, decision_reason)
    ${times(MOST_KEPT.suggestionsPerReport)}
    select 's' || i, ${reportId}, 'self', '{}', '', 'open', 0, 1, ${who}, 'filler', 0, '' from n`.execute(db)
  await sql`insert into version (id, report_id, kind, name, at, user_id, seqs, states, score, sha256, layout)
    ${times(MOST_KEPT.namedVersionsPerReport)}
    select 'v' || i, ${reportId}, 'named', '', 0, ${who}, '{}', '{}', '{}', '', 1 from n`.execute(db)
  await sql`insert into report (id, template_id, template_version, project_name, unit, fiscal_year, state, epoch, created_by, created_at, updated_at)
    ${times(MOST_KEPT.reportsPerMaker)}
    select 'p' || i, '', 1, '', '', 2021, 'draft', 1, ${userIds.outsider}, 0, 0 from n`.execute(db)

  const leaf = 'gd.decision.setup.justification'
  const proposal = { kind: 'score', indicatorId: leaf, oldScore: null, newScore: 1 }
  const answers = [
    await comment('head'),
    await server.call('head', 'POST', `/threads/${thread.id}/replies`, { text: '一' }),
    await server.call('head', 'POST', '/suggestions', { proposal, reason: '应为 1 分' }),
    await server.call('head', 'POST', '/versions', { name: '一' }),
    await server.call('outsider', 'POST', '/api/reports', NEW_REPORT),
  ]
  for (const { status, body } of answers) {
    expect([status, body.error.code]).toEqual([409, 'full'])
    expect(body.error.message.zh).toMatch(/最多.*\d+/)
    expect(body.error.message.en).toMatch(/at most \d+/)
  }
})
