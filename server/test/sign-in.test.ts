import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAccount, setPassword } from '../src/auth/accounts.ts'
import { findBrokenLinks, listAuditOf } from '../src/db/audit.ts'
import { PASSWORD, type TestServer, cookieOf, startTestServer } from './support/test-server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const trySignIn = (username: string, password: string) =>
  server.request('/api/auth/sign-in/username', { method: 'POST', body: { username, password } })
const me = async (cookie: string) => (await server.request('/api/me', { cookie })).status

test('[A1] the session cookie can not be read by scripts and stays on this site', async () => {
  const answer = await trySignIn('filler', PASSWORD)
  expect(answer.headers.getSetCookie()).toEqual([expect.stringMatching(/; HttpOnly; SameSite=Lax$/)])
  expect(await answer.text()).not.toContain('token')
})

test('[A1] capitals, full-width letters and spaces around are the same name', async () => {
  for (const name of ['FILLER', 'ｆｉｌｌｅｒ', ' filler ']) expect((await trySignIn(name, PASSWORD)).status).toBe(200)
})

test('[A1] names may be Chinese', async () => {
  await createAccount(server.auth, server.database.db, {
    username: '填报员一',
    password: PASSWORD,
    displayName: '填报员一',
    unit: '丙局',
    role: 'filler',
  })
  const cookie = await server.signIn('填报员一')
  const body = await (await server.request('/api/me', { cookie })).json()
  expect(body).toMatchObject({ username: '填报员一', unit: '丙局', role: 'filler' })
})

test('[A2] a wrong password and an unknown name get the same words', async () => {
  const wrong = await trySignIn('head', 'not-the-password')
  const unknown = await trySignIn('no-such-person', 'not-the-password')
  expect(wrong.status).toBe(401)
  expect(await wrong.text()).toBe(await unknown.text())
  expect(await (await trySignIn('head', 'not-the-password')).json()).toMatchObject({
    error: { message: { zh: '用户名或密码不正确。', en: 'The user name or the password is wrong.' } },
  })
})

test('[A2] a name no database would take is just wrong', async () => {
  for (const name of ["a' or 1=1 --", 'a\u0000b', '\ud800', '🙂🙂'])
    expect((await trySignIn(name, 'x')).status).toBe(401)
})

test('[A3] after five failures a name waits a quarter of an hour, also with the right password', async () => {
  for (let count = 0; count < 5; count += 1) expect((await trySignIn('outsider', 'guess')).status).toBe(401)
  const refused = await trySignIn('outsider', PASSWORD)
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(800)
  expect(await refused.json()).toMatchObject({ error: { message: { zh: '登录失败次数过多，请 15 分钟后再试。' } } })
  expect((await trySignIn('finance', PASSWORD)).status).toBe(200)
  server.clock.ahead += 16 * 60_000
  expect((await trySignIn('outsider', PASSWORD)).status).toBe(200)
})

test('[A3] tries sent at once do not slip through', async () => {
  const answers = await Promise.all(Array.from({ length: 12 }, () => trySignIn('guessed', 'guess')))
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(5)
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(7)
})

test('[A4] forged, cut and foreign cookies are nobody', async () => {
  const cookie = await server.signIn('filler')
  expect(await me(cookie)).toBe(200)
  const name = cookie.slice(0, cookie.indexOf('=') + 1)
  const value = cookie.slice(name.length)
  const forged = [
    name,
    `${name}%`,
    `${name}%ff`,
    `${name}x${value}`,
    `${name}${value.slice(0, -6)}`,
    `${name}${decodeURIComponent(value).split('.')[0]}`,
    `__Secure-${cookie}`,
    `x${cookie}`,
  ]
  for (const one of forged) expect(await me(one)).toBe(401)
  expect(await me(`other=1; ${cookie}; last=2`)).toBe(200)
})

test('[A5] signing out ends the session for good', async () => {
  const cookie = await server.signIn('filler')
  const answer = await server.request('/api/auth/sign-out', { method: 'POST', cookie })
  expect(answer.status).toBe(200)
  expect(answer.headers.getSetCookie().join()).toContain('Max-Age=0')
  expect(await me(cookie)).toBe(401)
  expect((await server.request('/api/auth/sign-out', { method: 'POST' })).status).toBe(200)
})

test('[A5] a session ends after twelve hours', async () => {
  const cookie = await server.signIn('filler')
  server.clock.ahead += 13 * 3_600_000
  expect(await me(cookie)).toBe(401)
  server.clock.ahead = 0
})

test('[A6] a new password ends every other session', async () => {
  const other = await server.signIn('head')
  const mine = await server.signIn('head')
  const change = (currentPassword: string, newPassword: string) =>
    server.request('/api/auth/change-password', {
      method: 'POST',
      cookie: mine,
      body: { currentPassword, newPassword },
    })
  expect((await change('wrong-password', 'another-password')).status).toBe(400)
  expect((await change(PASSWORD, 'short')).status).toBe(400)
  expect(await me(other)).toBe(200)
  const changed = await change(PASSWORD, 'another-password')
  expect(changed.status).toBe(200)
  expect(await me(other)).toBe(401)
  expect(await me(cookieOf(changed))).toBe(200)
  expect((await trySignIn('head', PASSWORD)).status).toBe(401)
})

test('[A6] a password set by the operator ends all sessions', async () => {
  const cookie = await server.signIn('finance')
  await setPassword(server.auth, 'finance', 'set-by-operator')
  expect(await me(cookie)).toBe(401)
  expect((await trySignIn('finance', 'set-by-operator')).status).toBe(200)
})

test('[A12] a request that says whose page it comes from does nothing in another name', async () => {
  const cookie = await server.signIn('filler')
  const of = (userId: string, path: string) => server.request(path, { cookie, headers: { 'gongping-user': userId } })
  const { id } = (await (await server.request('/api/me', { cookie })).json()) as { id: string }
  expect((await of(id, '/api/me')).status).toBe(200)
  for (const path of ['/api/me', '/api/reports', '/api/notices']) {
    const answer = await of('somebody-else', path)
    expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([
      401,
      'other_user',
    ])
  }
})

test('[A7] sign-ins, refusals and sign-outs are in the audit trail, without passwords', async () => {
  const { db } = server.database
  const rows = await db.selectFrom('audit').selectAll().execute()
  const actions = new Set(rows.map(({ action }) => action))
  expect(actions).toEqual(new Set(['sign-in', 'sign-in-refused', 'sign-out', 'password-changed']))
  expect(JSON.stringify(rows)).not.toContain('not-the-password')
  expect(await findBrokenLinks(db)).toEqual([])
  expect(await listAuditOf(db, { reportId: 'none', visible: ['public'] }, { limit: 10, offset: 0 })).toEqual([])
})
