import { PGlite } from '@electric-sql/pglite'
import type { ReportDetail, Thread } from '@gongping/protocol/http'
import { PGliteDialect } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAccount } from '../src/auth/accounts.ts'
import { databaseOn } from '../src/db/dialect.ts'
import { type ReviewServer, startReviewServer } from './support/review.ts'
import { PASSWORD } from './support/test-server.ts'

/** What no text column of PostgreSQL takes, at every place a caller can write. */

const NUL = 'a\0b'
const HALF = 'a\uD800b'

let server: ReviewServer

beforeAll(async () => {
  const database = databaseOn(new PGliteDialect({ pglite: () => PGlite.create({ parsers: { 20: Number } }) }))
  server = await startReviewServer({ database })
  await server.newReport()
})
afterAll(() => server.close())

const thread = { anchor: { kind: 'report' }, text: '请核对' }

test('[H13] ids and filters with NUL or half characters are unknown, never an error of the server', async () => {
  for (const odd of ['a%00b', '%ED%A0%80', '%FF', 'a%2Fb', '..%2f..', 'x'.repeat(3000), '__proto__', '１２３']) {
    for (const path of [
      `/api/reports/${odd}`,
      `/api/reports/${odd}/score`,
      `/versions/${odd}`,
      `/versions/${odd}/compare/current`,
      `/api/versions/verify/${odd}`,
      `/history?indicatorId=${odd}`,
      `/history?section=${odd}`,
      `/audit?action=${odd}`,
      `/audit?user=${odd}`,
      `/audit/export?format=json&user=${odd}`,
      `/api/reports?query=${odd}&unit=${odd}`,
      '/audit?page=9007199254740991&pageSize=1000',
      '/audit?page=1e300',
      '/api/reports?page=9007199254740991&year=9007199254740991',
    ]) {
      const { status } = await server.call('finance', 'GET', path)
      expect({ path, isFine: [200, 400, 404, 414].includes(status) }).toEqual({ path, isFine: true })
    }
    for (const [method, path, body] of [
      ['PATCH', `/threads/${odd}`, { status: 'done' }],
      ['POST', `/threads/${odd}/replies`, { text: 'x' }],
      ['PATCH', `/threads/${odd}/replies/${odd}`, { text: 'x' }],
      ['DELETE', `/threads/${odd}/replies/${odd}`, undefined],
      ['POST', `/suggestions/${odd}/accept`, undefined],
      ['POST', `/suggestions/${odd}/reject`, undefined],
      ['POST', `/suggestions/${odd}/withdraw`, undefined],
      ['PATCH', `/return-items/${odd}`, { answer: 'x' }],
      ['POST', `/versions/${odd}/restore`, {}],
    ] as const) {
      const { status } = await server.call('filler', method, path, body)
      expect({ method, path, isFine: [400, 404].includes(status) }).toEqual({ method, path, isFine: true })
    }
  }
})

test('[H13] the same in bodies', async () => {
  for (const odd of [NUL, HALF, '\0', '\u202Eabc', '＝1+1', '__proto__']) {
    for (const [path, body] of [
      ['/threads', { ...thread, text: `x${odd}` }],
      ['/threads', { ...thread, mentions: [{ kind: 'member', id: odd }] }],
      ['/suggestions/batch', { ids: [odd], decision: 'reject', reason: odd }],
      ['/api/notices/read', { ids: [odd] }],
      ['/versions', { name: `x${odd}` }],
      ['/api/reports', { templateId: odd, projectName: `x${odd}`, fiscalYear: 2021, unit: `x${odd}` }],
      ['/api/reports', { templateId: 'guangdong-2022', projectName: `x${odd}`, fiscalYear: 2021, unit: `x${odd}` }],
      ['/transitions', { action: 'submit', reason: odd, override: odd }],
      ['/transitions', { action: 'return', reason: odd, items: [{ place: odd, problem: `x${odd}` }] }],
    ] as const) {
      const { status } = await server.call('filler', 'POST', path, body)
      expect({ path, body, isFine: status < 500 }).toEqual({ path, body, isFine: true })
    }
    const answer = await server.request('/api/auth/sign-in/username', {
      method: 'POST',
      body: { username: odd, password: odd },
    })
    expect([400, 401]).toContain(answer.status)
  }
})

test('[H13] the reason of a move is kept without what no database keeps', async () => {
  await server.inState('department_review')
  const { status } = await server.call('head', 'POST', '/transitions', { action: 'return', reason: `请\0补充${HALF}` })
  expect(status).toBe(200)
  const { body } = await server.call<{ notices: { text: string }[] }>('filler', 'GET', '/api/notices')
  expect(body.notices[0]?.text).toBe('请 补充a\uFFFDb')
})

test('[H13] deep and polluted JSON changes nothing and takes no time', async () => {
  const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`
  const started = performance.now()
  for (const body of [
    deep,
    `{"anchor":${deep},"text":"x"}`,
    `{"__proto__":{"isAdmin":true},"anchor":{"kind":"report","__proto__":{"kind":"cell"}},"text":"x"}`,
    `{"constructor":{"prototype":{"isAdmin":true}},"anchor":{"kind":"report"},"text":"x","role":"finance","user_id":"x"}`,
  ]) {
    const { status } = await server.call('filler', 'POST', '/threads', body)
    expect([201, 400]).toContain(status)
  }
  expect(performance.now() - started).toBeLessThan(2000)
  expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  const { body } = await server.call<{ threads: { author: { userId: string; role: string } }[] }>(
    'filler',
    'GET',
    '/threads',
  )
  for (const { author } of body.threads) expect(author).toMatchObject({ userId: server.userIds.filler, role: 'filler' })
})

test('[H10] nothing written can turn the direction of the words around it, or end the line of a name', async () => {
  const evil = '甲\u202E\u2066乙\u2069\u001b[31m\u0007\u0085丙\u2028'
  const version = await server.call<{ name: string }>('filler', 'POST', '/versions', { name: evil })
  expect(version.body.name).toBe('甲乙 [31m 丙')
  const { body } = await server.call<Thread>('filler', 'POST', '/threads', {
    anchor: { kind: 'report' },
    text: `一行\t制表\n二行${evil}`,
  })
  expect(body.replies[0]?.text).toBe('一行\t制表\n二行甲乙 [31m  丙')
  const { status } = await server.call('filler', 'POST', '/versions', { name: '\u202E\u2066' })
  expect(status).toBe(400)
  const made = await server.call<{ id: string }>('filler', 'POST', '/api/reports', {
    templateId: 'guangdong-2022',
    projectName: evil,
    fiscalYear: 2021,
  })
  const report = await server.call<ReportDetail>('filler', 'GET', `/api/reports/${made.body.id}`)
  expect(report.body.projectName).toBe('甲乙 [31m 丙')
  await createAccount(server.auth, server.database.db, {
    username: 'turned',
    password: PASSWORD,
    displayName: evil,
    unit: evil,
    role: 'filler',
  })
  const me = await (await server.request('/api/me', { cookie: await server.signIn('turned') })).json()
  expect(me).toMatchObject({ displayName: '甲乙 [31m 丙', unit: '甲乙 [31m 丙' })
})
