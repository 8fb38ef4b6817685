import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditList, MailSettings, NoticeList, Thread } from '@gongping/protocol/http'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { findBrokenLinks } from '../src/db/audit.ts'
import { type Mailer, createMailer } from '../src/mail/mailer.ts'
import { type Post, openSmtpPost } from '../src/mail/smtp-post.ts'
import { startServer } from '../src/start-server.ts'
import { type MailServer, startMailServer } from './support/mail-server.ts'
import { type ReviewServer, startReviewServer } from './support/review.ts'
import { PEOPLE, type Who, cookieOf } from './support/test-server.ts'

let server: ReviewServer
let mail: MailServer
let post: Post
let mailer: Mailer

const aMailer = (now = () => Date.now() + server.clock.ahead) =>
  createMailer({
    db: server.database.db,
    post,
    baseUrl: 'https://gongping.example',
    now,
    registry: new Registry(),
    log: pino({ level: 'silent' }),
  })

beforeAll(async () => {
  server = await startReviewServer({ hasMail: true })
  mail = await startMailServer()
  post = openSmtpPost({ url: mail.url, from: { name: '共评', address: 'gongping@office.example' } })
  mailer = aMailer()
})
afterAll(async () => {
  await mailer.close()
  await mail.close()
  await server.close()
})
beforeEach(async () => {
  server.clock.ahead = 0
  await server.newReport()
  mail.refuse = undefined
  mail.letters.length = 0
  const { db } = server.database
  for (const table of ['mail', 'notice', 'notice_switch'] as const) await db.deleteFrom(table).execute()
  for (const who of Object.keys(PEOPLE) as Who[]) {
    await settings(who, { address: `${who}@office.example`, language: 'zh' })
  }
})

const settings = (who: Who, change: object) => server.call<MailSettings>(who, 'PATCH', '/api/notices/mail', change)
const mention = (text: string, role = 'head') =>
  server.call<Thread>('filler', 'POST', '/threads', {
    anchor: { kind: 'report' },
    text,
    mentions: [{ kind: 'role', id: role }],
  })
const rows = () => server.database.db.selectFrom('mail').selectAll().execute()
const statuses = async () => (await rows()).map(({ status }) => status)

test('[M1] an address is checked, everybody’s own, and never in the trail', async () => {
  const wrong = [
    'office.example',
    'a@b',
    'a@office.example\r\nBcc: b@office.example',
    'a@office.example,b@office.example',
    '"a\nb"@office.example',
    '<a@office.example>',
    '局长@office.example',
    `${'a'.repeat(250)}@office.example`,
    7,
    {},
  ]
  for (const address of wrong) expect((await settings('head', { address })).status).toBe(400)
  expect((await settings('head', { address: ' own@office.example ' })).body).toMatchObject({
    isAvailable: true,
    address: 'own@office.example',
    language: 'zh',
    kinds: { mentioned: true, due: true },
  })
  expect((await server.call<MailSettings>('filler', 'GET', '/api/notices/mail')).body.address).toBe(
    'filler@office.example',
  )
  expect((await settings('head', { address: null })).body.address).toBeNull()
  const { db } = server.database
  const deeds = await db.selectFrom('audit').selectAll().where('action', '=', 'mail-address-changed').execute()
  expect(deeds.at(-1)).toMatchObject({ user_id: server.userIds.head, detail: '{"by":"self","to":"none"}' })
  expect(JSON.stringify(deeds)).not.toContain('office.example')
  expect(await findBrokenLinks(db)).toEqual([])
})

test('[M2] a mail says who did what to which report and where it is, and no word of what was written', async () => {
  const { body } = await mention('机密的话')
  expect(body.replies).toHaveLength(1)
  expect(await mailer.deliver()).toBe(1)
  const [letter] = mail.letters
  expect(letter).toMatchObject({
    from: 'gongping@office.example',
    to: ['head@office.example'],
    subject: '【共评】填报人在批注中提及您：测试项目',
  })
  expect(letter?.text).toContain(`https://gongping.example/reports/${server.reportId}`)
  expect(letter?.text).toContain('主管部门负责人，您好')
  expect(letter?.headers.get('auto-submitted')).toBe('auto-generated')
  expect(letter?.raw).not.toContain('机密')
  expect(letter?.text).not.toContain('机密')
})

test('[M2] in English for who reads English', async () => {
  await settings('head', { language: 'en' })
  await mention('one')
  await mailer.deliver()
  expect(mail.letters[0]?.subject).toBe('[Gongping] 填报人 mentioned you in a comment: 测试项目')
  expect(mail.letters[0]?.text).toContain('Open it: https://gongping.example/reports/')
})

test('[M3] one mail a round however often somebody is named, before and after it was sent', async () => {
  await mention('一')
  await mention('二')
  expect(await mailer.deliver()).toBe(1)
  await mention('三')
  expect(await mailer.deliver()).toBe(0)
  await server.database.db.updateTable('report').set({ round: 1 }).where('id', '=', server.reportId).execute()
  await mention('四')
  expect(await mailer.deliver()).toBe(1)
})

test('[M3] list and mail have switches of their own; without an address nobody is written to', async () => {
  await settings('head', { kinds: { mentioned: false } })
  await settings('finance', { address: null })
  await mention('一')
  await mention('一', 'finance')
  expect(await rows()).toEqual([])
  expect((await server.call<NoticeList>('head', 'GET', '/api/notices')).body.unread).toBe(1)

  await settings('head', { kinds: { mentioned: true } })
  await server.call('head', 'PATCH', '/api/notices/settings', { mentioned: false })
  expect((await settings('head', {})).body.kinds.mentioned).toBe(true)
  await server.newReport()
  await mention('二')
  expect(await mailer.deliver()).toBe(1)
  const { notices } = (await server.call<NoticeList>('head', 'GET', '/api/notices')).body
  expect(notices.filter(({ reportId }) => reportId === server.reportId)).toEqual([])
})

test('[M4] a mail server that is away holds nobody up; tries go on further and further apart', async () => {
  mail.refuse = { at: 'data', code: 451 }
  expect((await mention('一')).status).toBe(201)
  let now = Date.now()
  const patient = aMailer(() => now)
  const waits: number[] = []
  for (let tries = 1; tries <= 4; tries += 1) {
    expect(await patient.deliver()).toBe(0)
    // Not again before its time.
    now += 1000
    expect(await patient.deliver()).toBe(0)
    const [row] = await rows()
    expect(row).toMatchObject({ status: 'waiting', tries })
    waits.push((Number(row?.next_at) - now) / 1000 + 1)
    now = Number(row?.next_at)
  }
  expect(waits).toEqual([30, 60, 120, 240])
  mail.refuse = undefined
  expect(await patient.deliver()).toBe(1)
  expect(mail.letters).toHaveLength(1)
})

test('[M4] two servers and a restart send it once', async () => {
  await mention('一')
  const others = [aMailer(), aMailer()]
  const sent = await Promise.all([mailer, ...others].map((one) => one.deliver()))
  expect(sent.toSorted()).toEqual([0, 0, 1])
  expect(await aMailer().deliver()).toBe(0)
  expect(mail.letters).toHaveLength(1)
})

test('[M4] what a server had in hand when it died is sent by the next, under the same id', async () => {
  await mention('一')
  const [row] = await rows()
  const dying = createMailer({
    db: server.database.db,
    post: { send: () => new Promise(() => undefined), close: () => undefined },
    baseUrl: '',
    now: Date.now,
    registry: new Registry(),
    log: pino({ level: 'silent' }),
  })
  void dying.deliver()
  await expect.poll(async () => (await rows())[0]?.tries, { timeout: 10_000 }).toBe(1)
  expect(await mailer.deliver()).toBe(0)
  server.clock.ahead = 6 * 60_000
  expect(await mailer.deliver()).toBe(1)
  expect(mail.letters[0]?.headers.get('message-id')).toBe(`<${row?.id}@office.example>`)
})

test('[M5] an address that is refused for good is not tried again', async () => {
  mail.refuse = { at: 'recipient', code: 550 }
  await mention('一')
  expect(await mailer.deliver()).toBe(0)
  expect(await statuses()).toEqual(['dropped'])
})

test('[M5] who has left the report, lost the address or was shut out is not written to', async () => {
  const { db } = server.database
  await mention('一')
  await db.deleteFrom('membership').where('report_id', '=', server.reportId).where('role', '=', 'head').execute()
  await mention('一', 'finance')
  await settings('finance', { address: null })
  expect(await mailer.deliver()).toBe(0)
  expect(await statuses()).toEqual(['dropped', 'dropped'])
})

test('[M5] news that has waited for days is not sent any more', async () => {
  await mention('一')
  server.clock.ahead = 4 * 86_400_000
  expect(await mailer.deliver()).toBe(0)
  expect(await statuses()).toEqual(['dropped'])
})

test('[M6] names cannot add headers or recipients', async () => {
  const { db } = server.database
  const evil = '项目\r\nBcc: victim@office.example\r\n\r\n<b>\u202Etxt'
  await db.updateTable('report').set({ project_name: evil, unit: evil }).where('id', '=', server.reportId).execute()
  await mention('一')
  await mailer.deliver()
  const [letter] = mail.letters
  expect(letter?.to).toEqual(['head@office.example'])
  expect(letter?.headers.has('bcc')).toBe(false)
  expect(letter?.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(letter?.subject).toBe('【共评】填报人在批注中提及您：项目 Bcc: victim@office.example <b>txt')
  expect(letter?.text.split('\n').filter((line) => line.startsWith('Bcc'))).toEqual([])
})

test('[M7] the running server sends what its routes cause', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'gongping-mail-'))
  const password = 'correct-horse'
  const config = readConfig({
    PORT: '0',
    DATA_DIR: dataDir,
    DEMO: '1',
    DEMO_PASSWORD: password,
    SMTP_URL: mail.url,
    MAIL_FROM: '财政局共评 <no-reply@office.example>',
  })
  const running = await startServer(config, pino({ level: 'silent' }))
  try {
    const call = async (path: string, options: { method?: string; cookie?: string; body?: unknown } = {}) => {
      const { method = 'POST', cookie = '', body } = options
      const headers = { 'content-type': 'application/json', cookie }
      return fetch(running.url + path, { method, headers, body: JSON.stringify(body) })
    }
    const signIn = async (username: string) =>
      cookieOf(await call('/api/auth/sign-in/username', { body: { username, password } }))
    const [filler, finance] = [await signIn('filler'), await signIn('finance')]
    const set = { method: 'PATCH', cookie: filler, body: { address: 'f@office.example' } }
    expect((await (await call('/api/notices/mail', set)).json()) as MailSettings).toMatchObject({ isAvailable: true })
    const body = { anchor: { kind: 'report' }, text: '请看', mentions: [{ kind: 'role', id: 'filler' }] }
    expect((await call('/api/reports/demo/threads', { cookie: finance, body })).status).toBe(201)
    await expect.poll(() => mail.letters.length, { timeout: 10_000 }).toBe(1)
    expect(mail.letters[0]).toMatchObject({ from: 'no-reply@office.example', to: ['f@office.example'] })
    const metrics = await (await fetch(`${running.url}/metrics`)).text()
    expect(metrics).toMatch(/^gongping_mail_sent_total 1$/m)
    const audit = await fetch(`${running.url}/api/reports/demo/audit`, { headers: { cookie: finance } })
    expect(((await audit.json()) as AuditList).entries.map(({ action }) => action)).toContain('thread-raised')
  } finally {
    await running.stop()
    rmSync(dataDir, { recursive: true })
  }
})
