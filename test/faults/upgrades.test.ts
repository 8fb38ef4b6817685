import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openRawLine } from '../support/raw-line.ts'
import { type TestServer, startServer } from '../support/server.ts'

const GOOD = '/sync/demo/narrative'
let server: TestServer
let cookie: string
/** Good cookies made bad. */
const bad = { expired: '', signedOut: '', disabled: '' }

beforeAll(async () => {
  server = await startServer()
  cookie = await server.signIn('filler')
  bad.signedOut = await server.signIn('filler')
  await fetch(`${server.url}/api/auth/sign-out`, {
    method: 'POST',
    headers: { cookie: bad.signedOut, origin: server.url, 'content-type': 'application/json' },
    body: '{}',
  })
  bad.expired = await server.signIn('finance')
  bad.disabled = await server.signIn('admin')
  const database = new DatabaseSync(join(server.dataDir, 'gongping.db'))
  const userId = database.prepare('select id from user where username = ?')
  const idOf = (name: string) => String(userId.get(name)?.id)
  database.prepare('update session set expiresAt = ? where userId = ?').run('2020-01-01T00:00:00.000Z', idOf('finance'))
  database.prepare('update user set banned = 1 where id = ?').run(idOf('admin'))
  database.close()
})
afterAll(() => server.remove())

interface Attempt {
  readonly path?: string
  readonly headers?: (server: TestServer) => Record<string, string>
  readonly method?: string
  readonly version?: string
}

const withCookie =
  (more: (server: TestServer) => Record<string, string> = () => ({})) =>
  (one: TestServer) => ({
    cookie,
    ...more(one),
  })
const token = () => cookie.slice(cookie.indexOf('=') + 1)
const nameOfCookie = () => cookie.slice(0, cookie.indexOf('='))

const FORBIDDEN: Record<string, Attempt> = {
  'no cookie': { headers: () => ({}) },
  'an empty cookie': { headers: () => ({ cookie: '' }) },
  'a cookie without a value': { headers: () => ({ cookie: `${nameOfCookie()}=` }) },
  'a forged token': { headers: () => ({ cookie: `${nameOfCookie()}=${'A'.repeat(32)}.${'B'.repeat(43)}=` }) },
  'a token whose signature lacks a letter': { headers: () => ({ cookie: cookie.slice(0, -4) }) },
  'a token without a signature': { headers: () => ({ cookie: `${nameOfCookie()}=${token().split('.')[0]}` }) },
  'the signature of another token': {
    headers: () => ({ cookie: `${nameOfCookie()}=x${token()}` }),
  },
  'a cookie of another name': { headers: () => ({ cookie: `session=${token()}` }) },
  'the token as a header': { headers: () => ({ authorization: `Bearer ${token()}` }) },
  'the token in the address': { path: `${GOOD}?token=x`, headers: () => ({}) },
  'an expired session': { headers: () => ({ cookie: bad.expired }) },
  'a session that was signed out': { headers: () => ({ cookie: bad.signedOut }) },
  'the session of a disabled account': { headers: () => ({ cookie: bad.disabled }) },
  'a foreign Origin': { headers: withCookie(() => ({ origin: 'http://evil.example' })) },
  'Origin null': { headers: withCookie(() => ({ origin: 'null' })) },
  'an empty Origin': { headers: withCookie(() => ({ origin: '' })) },
  'our Origin as the beginning of another': { headers: withCookie(({ url }) => ({ origin: `${url}.evil.example` })) },
  'our Origin as a sub-domain': { headers: withCookie(({ url }) => ({ origin: url.replace('//', '//evil.') })) },
  'our Origin with https': { headers: withCookie(({ url }) => ({ origin: url.replace('http:', 'https:') })) },
  'our Origin with another port': { headers: withCookie(() => ({ origin: 'http://127.0.0.1:1' })) },
  'our Origin under another name': {
    headers: withCookie(({ url }) => ({ origin: url.replace('127.0.0.1', 'localhost') })),
  },
  'our Origin with a slash': { headers: withCookie(({ url }) => ({ origin: `${url}/` })) },
  'a report that does not exist': { path: '/sync/nothing/narrative', headers: withCookie() },
  'a part that does not exist': { path: '/sync/demo/body', headers: withCookie() },
  'a part in capitals': { path: '/sync/demo/Narrative', headers: withCookie() },
  'a slash at the end': { path: `${GOOD}/`, headers: withCookie() },
  'two slashes': { path: '/sync//demo/narrative', headers: withCookie() },
  'an encoded letter': { path: '/sync/demo/%6earrative', headers: withCookie() },
  'an encoded slash': { path: '/sync/demo%2fnarrative', headers: withCookie() },
  'a way up': { path: '/sync/demo/x/../narrative', headers: withCookie() },
  'a report name with a quote': { path: "/sync/demo'--/narrative", headers: withCookie() },
  'no report': { path: '/sync/narrative', headers: withCookie() },
  'another path': { path: '/', headers: withCookie() },
  'a POST': { method: 'POST', headers: withCookie() },
  'an old protocol': { headers: withCookie(() => ({ 'Sec-WebSocket-Version': '7' })) },
  'no key': { headers: withCookie(() => ({ 'Sec-WebSocket-Key': '' })) },
}

describe('[Y40] upgrades that must not become a socket', () => {
  test.each(Object.entries(FORBIDDEN))('%s', async (_, attempt) => {
    const { path = GOOD, headers, method, version } = attempt
    const line = await openRawLine(server, {
      path,
      ...(headers ? { headers: headers(server) } : {}),
      ...(method === undefined ? {} : { method }),
      ...(version === undefined ? {} : { version }),
    })
    await line.ended
    expect(line.status).toBeGreaterThanOrEqual(400)
    expect(line.status).toBeLessThan(500)
    // An answer in JSON or plain words; no frame begins like that.
    expect(line.received.toString('latin1')).toMatch(/^[\x20-\x7e\s\x80-\xff]*$/)
    expect(line.received[0] === 0x82 || line.received[0] === 0x81).toBe(false)
  })

  test.each(['narrative', 'self', 'department', 'finance'])(
    'another unit’s member in the %s, in whatever state the report is',
    async (part) => {
      const outsider = await server.signIn('outsider')
      const database = new DatabaseSync(join(server.dataDir, 'gongping.db'))
      const reports = database
        .prepare(
          "select id, state from report where unit <> (select unit from profile where user_id = (select id from user where username = 'outsider'))",
        )
        .all()
      database.close()
      expect(new Set(reports.map(({ state }) => state)).size).toBeGreaterThan(2)
      for (const { id } of reports) {
        const line = await openRawLine(server, { path: `/sync/${String(id)}/${part}`, headers: { cookie: outsider } })
        line.end()
        expect({ id, status: line.status }).toEqual({ id, status: 404 })
      }
    },
  )
})

test('[Y40] the good ways: a cookie and our Origin, a cookie and no Origin', async () => {
  for (const headers of [{ cookie, origin: server.url }, { cookie }]) {
    const line = await openRawLine(server, { path: GOOD, headers })
    expect(line.status).toBe(101)
    line.end()
  }
})

test('[Y33] a line that does not answer the closing does not hold a stop up', async () => {
  const mute = await openRawLine(server, { path: GOOD, headers: { cookie, origin: server.url } })
  const since = performance.now()
  expect(await server.stop()).toBe(0)
  expect(performance.now() - since).toBeLessThan(8000)
  await mute.ended
})
