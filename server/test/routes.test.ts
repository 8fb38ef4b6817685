import type { ErrorBody, VersionList } from '@gongping/protocol/http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type RequestOptions,
  type TestServer,
  type Who,
  NEW_REPORT,
  PEOPLE,
  aReport,
  startTestServer,
} from './support/test-server.ts'

type Caller = 'nobody' | 'ended' | Who
const CALLERS: readonly Caller[] = ['nobody', 'ended', 'filler', 'head', 'finance', 'admin', 'outsider']

let server: TestServer
const cookies = {} as Record<Exclude<Caller, 'nobody'>, string>
let reportId: string
let versionId: string

beforeAll(async () => {
  server = await startTestServer()
  for (const who of Object.keys(PEOPLE) as Who[]) cookies[who] = await server.signIn(who)
  cookies.ended = await server.signIn('filler')
  await server.request('/api/auth/sign-out', { method: 'POST', cookie: cookies.ended })
  reportId = await aReport(server, cookies.filler)
  const answer = await server.request(`/api/reports/${reportId}/versions`, { cookie: cookies.filler })
  versionId = ((await answer.json()) as VersionList).versions[0]?.id ?? ''
})
afterAll(() => server.close())

const as = (who: Caller, options: RequestOptions = {}): RequestOptions =>
  who === 'nobody' ? options : { ...options, cookie: cookies[who] }

/** Status by caller, in the order of CALLERS. Every route of the app has a row; [H1] fails for one that has none. */
interface Row {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  readonly query?: string
  readonly statuses: readonly number[]
}

const signedIn = (status: number): number[] => [401, 401, status, status, status, status, status]
const everybody = (status: number): number[] => CALLERS.map(() => status)
const members = [401, 401, 200, 200, 200, 200, 404]

const ROWS: readonly Row[] = [
  { method: 'GET', path: '/api/me', statuses: signedIn(200) },
  { method: 'GET', path: '/api/templates', statuses: signedIn(200) },
  { method: 'GET', path: '/api/reports', statuses: signedIn(200) },
  { method: 'POST', path: '/api/reports', body: NEW_REPORT, statuses: [401, 401, 201, 403, 403, 201, 201] },
  { method: 'GET', path: '/api/reports/:id', statuses: members },
  { method: 'GET', path: '/api/reports/:id/score', statuses: members },
  { method: 'GET', path: '/api/reports/:id/versions', statuses: members },
  {
    method: 'POST',
    path: '/api/reports/:id/versions',
    body: { name: '送审前' },
    statuses: [401, 401, 201, 201, 201, 403, 404],
  },
  { method: 'GET', path: '/api/reports/:id/versions/:v', statuses: members },
  { method: 'GET', path: '/api/reports/:id/versions/:a/compare/:b', statuses: members },
  {
    method: 'POST',
    path: '/api/reports/:id/versions/:v/restore',
    body: {},
    statuses: [401, 401, 200, 200, 200, 403, 404],
  },
  // Without saying of what.
  { method: 'GET', path: '/api/reports/:id/history', statuses: [401, 401, 400, 400, 400, 400, 404] },
  { method: 'GET', path: '/api/versions/verify/:sha256', statuses: signedIn(404) },
  { method: 'GET', path: '/api/reports/:id/audit', statuses: [401, 401, 403, 403, 200, 200, 404] },
  {
    method: 'GET',
    path: '/api/reports/:id/audit/export',
    query: '?format=csv',
    statuses: [401, 401, 403, 403, 200, 200, 404],
  },
  {
    method: 'PATCH',
    path: '/api/reports/:id',
    body: { dueDate: '2030-01-01' },
    statuses: [401, 401, 403, 403, 200, 200, 404],
  },
  { method: 'GET', path: '/api/reports/:id/threads', statuses: members },
  {
    method: 'POST',
    path: '/api/reports/:id/threads',
    body: { anchor: { kind: 'report' }, text: '请补充' },
    statuses: [401, 401, 201, 201, 201, 403, 404],
  },
  // Ids that do not exist; who may do what with one that does is proved in threads.test.ts and suggestions.test.ts.
  { method: 'PATCH', path: '/api/reports/:id/threads/:thread', body: { status: 'done' }, statuses: signedIn(404) },
  { method: 'POST', path: '/api/reports/:id/threads/:thread/replies', body: { text: '一' }, statuses: signedIn(404) },
  {
    method: 'PATCH',
    path: '/api/reports/:id/threads/:thread/replies/:reply',
    body: { text: '一' },
    statuses: signedIn(404),
  },
  { method: 'DELETE', path: '/api/reports/:id/threads/:thread/replies/:reply', statuses: signedIn(404) },
  { method: 'GET', path: '/api/reports/:id/suggestions', statuses: members },
  // The reason is missing; administrators and strangers are told earlier.
  {
    method: 'POST',
    path: '/api/reports/:id/suggestions',
    body: { proposal: { kind: 'score', indicatorId: 'x', oldScore: null, newScore: 1 } },
    statuses: [401, 401, 400, 400, 400, 403, 404],
  },
  {
    method: 'POST',
    path: '/api/reports/:id/suggestions/batch',
    body: { ids: ['x'], decision: 'accept' },
    statuses: members,
  },
  { method: 'POST', path: '/api/reports/:id/suggestions/:suggestion/accept', statuses: signedIn(404) },
  { method: 'POST', path: '/api/reports/:id/suggestions/:suggestion/reject', body: {}, statuses: signedIn(404) },
  { method: 'POST', path: '/api/reports/:id/suggestions/:suggestion/withdraw', statuses: signedIn(404) },
  { method: 'GET', path: '/api/reports/:id/return-items', statuses: members },
  { method: 'GET', path: '/api/reports/:id/accepted-warnings', statuses: members },
  { method: 'PATCH', path: '/api/reports/:id/return-items/:item', body: { answer: '一' }, statuses: signedIn(404) },
  { method: 'GET', path: '/api/notices', statuses: signedIn(200) },
  { method: 'POST', path: '/api/notices/read', body: {}, statuses: signedIn(200) },
  { method: 'GET', path: '/api/notices/settings', statuses: signedIn(200) },
  { method: 'PATCH', path: '/api/notices/settings', body: { due: true }, statuses: signedIn(200) },
  { method: 'GET', path: '/api/notices/mail', statuses: signedIn(200) },
  { method: 'PATCH', path: '/api/notices/mail', body: { language: 'en' }, statuses: signedIn(200) },
  // In a draft nobody can approve; whoever never could is told so first.
  {
    method: 'POST',
    path: '/api/reports/:id/transitions',
    body: { action: 'approve' },
    statuses: [401, 401, 403, 409, 403, 403, 404],
  },
  {
    method: 'POST',
    path: '/api/auth/change-password',
    body: { currentPassword: 'wrong-one', newPassword: 'another-one' },
    statuses: signedIn(400),
  },
  {
    method: 'POST',
    path: '/api/auth/sign-in/username',
    body: { username: 'nobody', password: 'x' },
    statuses: everybody(401),
  },
  { method: 'GET', path: '/api/auth/ways', statuses: everybody(200) },
  { method: 'GET', path: '/api/openapi.json', statuses: everybody(200) },
  { method: 'GET', path: '/healthz', statuses: everybody(200) },
  { method: 'GET', path: '/readyz', statuses: everybody(200) },
  { method: 'GET', path: '/metrics', statuses: everybody(200) },
]

/** Proved in tests of their own: a stream, and routes that would end the sessions used here. */
const ELSEWHERE = ['GET /api/events', 'POST /api/auth/sign-out', 'POST /api/auth/sign-out-everywhere']

describe('who may', () => {
  test('[H1] every route has a row', () => {
    const routes = server.app.routes
      .filter(
        ({ method, path }) =>
          method !== 'ALL' && !path.endsWith('*') && !path.includes(':file') && path !== '/index.html',
      )
      .map(({ method, path }) => `${method} ${path}`)
    const rows = [...ROWS.map(({ method, path }) => `${method} ${path}`), ...ELSEWHERE]
    expect(new Set(routes)).toEqual(new Set(rows))
  })

  for (const { method, path, body, query = '', statuses } of ROWS) {
    CALLERS.forEach((who, index) => {
      test(`[H2] ${method} ${path} as ${who}: ${statuses[index]}`, async () => {
        // A name of their own for each, so that the failures of one do not lock out the next.
        const own = path.endsWith('sign-in/username') ? { username: `nobody-${who}`, password: 'x' } : body
        const target =
          path
            .replace(':id', reportId)
            .replace(/:[vab]\b/g, versionId)
            .replace(':sha256', '0'.repeat(64)) + query
        const answer = await server.request(target, as(who, { method, ...(own === undefined ? {} : { body: own }) }))
        expect(answer.status).toBe(statuses[index])
      })
    })
  }

  test('[H2] every refusal has a code and words in both languages', async () => {
    const refusals = [
      await server.request('/api/me'),
      await server.request('/api/unknown'),
      await server.request('/api/reports/none', as('filler')),
      await server.request(`/api/reports/${reportId}/audit`, as('filler')),
      await server.request('/api/reports?page=0', as('filler')),
      await server.request('/api/reports', as('filler', { method: 'POST', body: '{' })),
      await server.request('/api/reports', as('filler', { method: 'POST', body: {}, headers: { origin: 'null' } })),
    ]
    for (const answer of refusals) {
      const { error } = (await answer.json()) as ErrorBody
      expect(error.code).toMatch(/^[a-z_]+$/)
      expect(error.message.zh).toMatch(/\p{Script=Han}/u)
      expect(error.message.en).toMatch(/[a-z]/)
    }
  })

  test('[H3] a report of others and one that does not exist give the same answer', async () => {
    for (const suffix of ['', '/score', '/versions', '/audit']) {
      const foreign = await server.request(`/api/reports/${reportId}${suffix}`, as('outsider'))
      const missing = await server.request(`/api/reports/no-such-report${suffix}`, as('outsider'))
      expect(foreign.status).toBe(404)
      expect(await foreign.text()).toBe(await missing.text())
    }
  })

  test('[H3] ids that tease the database are just unknown', async () => {
    for (const id of ['%00', 'a%27--', '..%2fdemo', 'x'.repeat(500), '%F0%A0%AE%B7', '%ff']) {
      expect((await server.request(`/api/reports/${id}`, as('filler'))).status).toBe(404)
    }
  })

  test('[H4] another spelling of a path is another path', async () => {
    for (const path of [
      `/api/Reports/${reportId}`,
      `/api/reports/${reportId}/`,
      `/api//reports/${reportId}`,
      '/api/me/',
      '/api/ME',
    ]) {
      const status = (await server.request(path, as('filler'))).status
      expect([401, 404]).toContain(status)
    }
    expect((await server.request(`/api/reports/${reportId.toUpperCase()}X`, as('filler'))).status).toBe(404)
    expect((await server.request('/api/unknown', as('admin'))).status).toBe(404)
  })

  test('[H4] methods a route does not have are not found', async () => {
    for (const method of ['PUT', 'DELETE', 'POST']) {
      const answer = await server.request(`/api/reports/${reportId}`, as('admin', { method, body: {} }))
      expect(answer.status).toBe(404)
    }
  })

  test('[H5] of better-auth only what the contract names can be reached', async () => {
    for (const path of [
      'sign-up/email',
      'sign-in/email',
      'admin/create-user',
      'admin/set-user-password',
      'get-session',
      'update-user',
      'delete-user',
    ]) {
      for (const method of ['GET', 'POST']) {
        const answer = await server.request(
          `/api/auth/${path}`,
          as('admin', { method, ...(method === 'POST' ? { body: {} } : {}) }),
        )
        expect(answer.status).toBe(404)
      }
    }
  })
})

describe('what is accepted', () => {
  const write = (headers: Record<string, string>, body: unknown = { name: '一版' }) =>
    server.request(`/api/reports/${reportId}/versions`, as('filler', { method: 'POST', body, headers }))

  test('[H6] writes come from our own origin, or from a script without one', async () => {
    expect((await write({ origin: 'http://127.0.0.1:3000' })).status).toBe(201)
    expect((await write({})).status).toBe(201)
    for (const origin of [
      'null',
      'http://evil.example',
      'http://127.0.0.1:30000',
      'https://127.0.0.1:3000',
      'http://127.0.0.1:3000.evil.example',
      '',
    ]) {
      const answer = await write({ origin })
      expect(answer.status).toBe(403)
    }
    expect((await write({ 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await write({ 'sec-fetch-site': 'same-site' })).status).toBe(403)
    expect((await write({ 'sec-fetch-site': 'same-origin' })).status).toBe(201)
  })

  test('[H7] writes are JSON', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', '']) {
      expect((await write({ 'content-type': type })).status).toBe(415)
    }
    expect((await write({ 'content-type': 'Application/JSON; charset=utf-8' })).status).toBe(201)
  })

  test('[H8] a body above 64 KB is refused, with or without a declared length', async () => {
    const body = { name: 'x'.repeat(70_000) }
    expect((await write({}, body)).status).toBe(413)
    expect((await write({ 'content-length': '70011' }, body)).status).toBe(413)
  })

  test('[H9] broken or unfitting JSON names what is wrong', async () => {
    expect((await write({}, '{"name":')).status).toBe(400)
    expect((await write({}, '[]')).status).toBe(400)
    expect((await write({}, { name: 5 })).status).toBe(400)
    const answer = await write({}, { name: '  ' })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { code: 'invalid', details: { fields: [{ path: 'name' }] } } })
    expect(Object.prototype).not.toHaveProperty('polluted')
    await write({}, '{"name":"a","__proto__":{"polluted":1}}')
    expect({}).not.toHaveProperty('polluted')
  })

  test('[H10] control characters and broken surrogates in a name do not reach the database', async () => {
    const body = { ...NEW_REPORT, projectName: ' 校舍\u0000维修\ud800\n专项 ' }
    const answer = await server.request('/api/reports', as('filler', { method: 'POST', body }))
    const { id } = (await answer.json()) as { id: string }
    const report = (await (await server.request(`/api/reports/${id}`, as('filler'))).json()) as { projectName: string }
    expect(report.projectName).toBe('校舍 维修\ufffd 专项')
  })

  test('[H11] an unknown template is refused', async () => {
    const body = { ...NEW_REPORT, templateId: 'constructor' }
    const answer = await server.request('/api/reports', as('filler', { method: 'POST', body }))
    expect(answer.status).toBe(400)
  })
})

describe('headers', () => {
  test('[H12] every answer carries them', async () => {
    for (const path of ['/healthz', '/api/me', '/api/unknown', '/', '/assets/missing.js']) {
      const { headers } = await server.request(path)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(headers.get('content-security-policy')).toContain("connect-src 'self' ws://127.0.0.1:3000")
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.has('access-control-allow-origin')).toBe(false)
      expect(headers.has('strict-transport-security')).toBe(false)
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    }
  })

  test('[H13] a missing script is not answered with the page', async () => {
    expect((await server.request('/assets/missing.js')).status).toBe(404)
    expect((await server.request('/favicon.png')).status).toBe(404)
  })

  test('[H14] the interface describes itself with named schemas', async () => {
    const document = (await (await server.request('/api/openapi.json')).json()) as {
      paths: object
      components: { schemas: object }
    }
    expect(Object.keys(document.paths)).toContain('/api/reports/{id}/transitions')
    expect(Object.keys(document.components.schemas)).toEqual(
      expect.arrayContaining(['Error', 'Score', 'Report', 'ReportList']),
    )
  })
})
