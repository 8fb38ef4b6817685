import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { setScore } from '@gongping/report-doc'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import * as Y from 'yjs'

// `npm test` names what it has built for production; without it the source is run.
const built = process.env['SERVER_BUILD']
const program = (name: string) =>
  built ? join(built, `${name}.js`) : fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url))
const main = program('main')
const admin = program('admin')

let dir: string
const running = new Set<ChildProcess>()
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'gongping-start-'))
})
afterEach(async () => {
  for (const child of running) await stop(child, 'SIGKILL')
  rmSync(dir, { recursive: true, force: true })
})

/** What is read of the answers here. */
interface Answers {
  readonly self: unknown
  readonly total: number
  readonly reports: readonly { readonly id: string }[]
  readonly accounts: readonly unknown[]
}

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

function run(script: string, args: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [script, ...args], {
    env: {
      PATH: process.env['PATH'] ?? '',
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      DATA_DIR: dir,
      PORT: '0',
      LOG_LEVEL: 'info',
      ...env,
    },
  })
  running.add(child)
  let out = ''
  let err = ''
  child.stdout.on('data', (data) => (out += String(data)))
  child.stderr.on('data', (data) => (err += String(data)))
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code) => {
      running.delete(child)
      resolve({ code, out, err })
    }),
  )
  return { child, ended, out: () => out, err: () => err }
}

async function stop(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const closed = new Promise((resolve) => child.once('close', resolve))
  child.kill(signal)
  await closed
}

/** @returns the Cookie header */
async function signIn(url: string, username: string, password: string): Promise<string> {
  const answer = await fetch(`${url}/api/auth/sign-in/username`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  })
  expect(answer.status).toBe(200)
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

async function startServer(env: Record<string, string> = {}) {
  const server = run(main, [], env)
  const started = Date.now()
  for (;;) {
    const url = /"url":"([^"]+)"/.exec(server.out())?.[1]
    if (url) return { ...server, url }
    if (server.child.exitCode !== null || Date.now() - started > 40_000) throw new Error(`no start: ${server.err()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** @returns what is printed when the start is refused; a plain sentence in both languages and nothing of the program's insides */
async function refusal(env: Record<string, string>): Promise<string> {
  const { code, out, err } = await run(main, [], env).ended
  expect(code).toBe(1)
  expect(err).toMatch(/^无法启动：.*\nCannot start: .*\n$/)
  expect(out).toBe('')
  return err
}

const database = () => join(dir, 'gongping.db')

/** Stores an edit like a server that was killed before it scored it, so long ago. */
function leaveUnscored(reportId: string, agoMs: number): void {
  const connection = new DatabaseSync(database())
  const key = "report_id = ? and part = 'self'"
  const { state, seq } = connection
    .prepare(`select state, state_seq as seq from part where ${key}`)
    .get(reportId) as unknown as { state: Uint8Array; seq: number }
  const doc = new Y.Doc()
  Y.applyUpdate(doc, state)
  const before = Y.encodeStateVector(doc)
  setScore({ doc, origin: null, part: 'self', indicatorId: 'gd.decision.setup.justification', score: 0 })
  connection
    .prepare("insert into update_log (report_id, part, seq, user_id, at, bytes) values (?, 'self', ?, 'filler', ?, ?)")
    .run(reportId, seq + 1, Date.now() - agoMs, Y.encodeStateAsUpdate(doc, before))
  connection.close()
}

describe('start', () => {
  test('[S1] starts on an empty folder, is ready, and stops with exit code 0', async () => {
    const server = await startServer()
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    expect(statSync(join(dir, 'secret')).mode & 0o777).toBe(0o600)
    const secret = readFileSync(join(dir, 'secret'), 'utf8')
    server.child.kill('SIGTERM')
    expect((await server.ended).code).toBe(0)
    const again = await startServer()
    expect(readFileSync(join(dir, 'secret'), 'utf8')).toBe(secret)
    await stop(again.child, 'SIGINT')
    expect((await again.ended).code).toBe(0)
  })

  test('[S2] a taken port stops the start before any data is touched', async () => {
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const { port } = holder.address() as { port: number }
    expect(await refusal({ PORT: String(port) })).toMatch(new RegExp(`端口 ${port}`))
    expect(existsSync(database())).toBe(false)
    await new Promise((resolve) => holder.close(resolve))
  })

  test('[S3] a data folder that can not be written to', async () => {
    const file = join(dir, 'file')
    writeFileSync(file, '')
    expect(await refusal({ DATA_DIR: join(file, 'data') })).toMatch(/无法写入数据目录/)
    // Root may write anywhere, so the mode alone proves nothing there.
    if (process.getuid?.() === 0) return
    const locked = join(dir, 'locked')
    mkdirSync(locked)
    chmodSync(locked, 0o500)
    expect(await refusal({ DATA_DIR: locked })).toMatch(/无法写入数据目录/)
  })

  test('[S4] a second server on the same folder', async () => {
    const first = await startServer()
    expect(await refusal({})).toMatch(/另一个共评服务正在使用/)
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200)
    await stop(first.child, 'SIGKILL')
    // Killed, it leaves nothing that would keep the next one out.
    const next = await startServer()
    await stop(next.child, 'SIGTERM')
  })

  test('[S5] a damaged database is named and left as it is', async () => {
    const bytes = randomBytes(20_000)
    writeFileSync(database(), bytes)
    expect(await refusal({})).toMatch(/已损坏/)
    expect(readFileSync(database()).equals(bytes)).toBe(true)
  })

  test('[S6] a database of a newer program is named and left as it is', async () => {
    const server = await startServer()
    await stop(server.child, 'SIGTERM')
    const connection = new DatabaseSync(database())
    connection.exec("insert into kysely_migration (name, timestamp) values ('9999_future', 'x')")
    connection.close()
    expect(await refusal({})).toMatch(/9999_future/)
  })

  test('[S7] a PostgreSQL that does not answer', async () => {
    const probe = createServer()
    await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
    const { port } = probe.address() as { port: number }
    await new Promise((resolve) => probe.close(resolve))
    expect(await refusal({ DATABASE_URL: `postgres://somebody:secret@127.0.0.1:${port}/x` })).toMatch(
      /连接不上数据库 127\.0\.0\.1/,
    )
  })

  test('[S8] a wrong environment', async () => {
    expect(await refusal({ PORT: 'eighty' })).toMatch(/PORT/)
    expect(await refusal({ DEMO: '1', HOST: '0.0.0.0' })).toMatch(/DEMO/)
  })

  test('[S9] [S10] demo mode prints address, accounts and password, and a restart keeps both data and sessions', async () => {
    const server = await startServer({ DEMO: '1' })
    await vi.waitFor(() => expect(server.out()).toContain('Ctrl+C'))
    const password = /all with the password {2}(\S+)/.exec(server.out())?.[1] ?? ''
    for (const name of ['filler', 'head', 'finance', 'admin', 'outsider']) expect(server.out()).toContain(`    ${name}`)
    const cookie = await signIn(server.url, 'filler', password)
    const score = (await (
      await fetch(`${server.url}/api/reports/demo/score`, { headers: { cookie } })
    ).json()) as Answers
    expect(score.self).toMatchObject({ total: 90.8, grade: '优', complete: true })
    await stop(server.child, 'SIGKILL')
    leaveUnscored('demo', 60_000)

    const again = await startServer({ DEMO: '1' })
    const scoreNow = await fetch(`${again.url}/api/reports/demo/score`, { headers: { cookie } })
    expect(((await scoreNow.json()) as Answers).self).toMatchObject({ total: 87.8 })
    await vi.waitFor(() => expect(again.out()).toContain('scored what the last run left behind'))
    const messages = again.out()
    expect(messages.indexOf('"ready"')).toBeLessThan(messages.indexOf('scored what the last run left behind'))
    await vi.waitFor(() => expect(again.out()).toContain(password))
    const list = (await (await fetch(`${again.url}/api/reports`, { headers: { cookie } })).json()) as Answers
    expect(list.reports.map(({ id }) => id)).toContain('demo')
    expect(list.total).toBe(3)
    const { accounts } = (await (await fetch(`${again.url}/api/demo`)).json()) as Answers
    expect(accounts).toHaveLength(5)
    await stop(again.child, 'SIGTERM')
  })
})

describe('operator commands', () => {
  const command = (...args: string[]) => run(admin, args, {}).ended

  test('[O1] accounts are made, named twice they are refused, and get new passwords', async () => {
    const made = await command(
      'create-user',
      '李工',
      '--role',
      'filler',
      '--unit',
      '甲局',
      '--password',
      'first-password',
    )
    expect(made).toMatchObject({ code: 0, out: expect.stringContaining('已创建账号 李工') })
    expect(await command('create-user', '李工', '--role', 'filler', '--unit', '甲局')).toMatchObject({
      code: 1,
      err: expect.stringContaining('该用户名已存在'),
    })
    expect((await command('create-user', 'x', '--role', 'boss')).code).toBe(1)
    expect((await command('set-password', '李工', '--password', 'second-password')).code).toBe(0)
    expect((await command('set-password', '无此人')).code).toBe(1)
    expect((await command()).code).toBe(2)
  })

  test('[O1] an operator says where somebody is mailed to and who works on a report, beside the running server', async () => {
    const server = await startServer({ DEMO: '1', DEMO_PASSWORD: 'demo-password' })
    const cookie = await signIn(server.url, 'outsider', 'demo-password')
    const open = async () => (await fetch(`${server.url}/api/reports/demo`, { headers: { cookie } })).status
    expect(await open()).toBe(404)
    expect((await command('add-member', 'demo', 'outsider', '--role', 'filler')).code).toBe(0)
    expect(await open()).toBe(200)
    expect((await command('remove-member', 'demo', 'outsider', '--role', 'filler')).code).toBe(0)
    expect(await open()).toBe(404)
    expect((await command('set-mail', 'outsider', 'o@office.example')).code).toBe(0)
    const mail = await (await fetch(`${server.url}/api/notices/mail`, { headers: { cookie } })).json()
    expect(mail).toMatchObject({ isAvailable: false, address: 'o@office.example' })
    expect((await command('end-sessions', 'outsider')).code).toBe(0)
    expect((await fetch(`${server.url}/api/me`, { headers: { cookie } })).status).toBe(401)
  })

  test('[O2] a backup taken while the server runs can be restored, and restoring never loses what is there', async () => {
    const server = await startServer({ DEMO: '1' })
    const file = join(dir, 'backup.db')
    expect((await command('backup', file)).code).toBe(0)
    expect((await command('backup', file)).code).toBe(1)
    expect(await command('restore', file, '--force')).toMatchObject({
      code: 1,
      err: expect.stringContaining('另一个共评服务'),
    })
    await stop(server.child, 'SIGTERM')
    expect((await command('restore', file)).code).toBe(1)
    const junk = join(dir, 'junk')
    writeFileSync(junk, randomBytes(9000))
    expect(await command('restore', junk, '--force')).toMatchObject({ code: 1, err: expect.stringContaining('已损坏') })
    expect(await command('restore', file, '--force')).toMatchObject({
      code: 0,
      out: expect.stringContaining('before-'),
    })
    expect(await command('verify')).toMatchObject({ code: 0, out: expect.stringContaining('发现 0 处问题') })
    expect(await command('rescore')).toMatchObject({ code: 0, out: expect.stringContaining('已重新计分 6 份') })
  })

  test('[O3] verify finds one changed bit, a missing log row and a changed audit row', async () => {
    const server = await startServer({ DEMO: '1' })
    await stop(server.child, 'SIGTERM')
    const connection = new DatabaseSync(database())
    const { state } = connection.prepare("select state from part where report_id = 'demo' and part = 'self'").get() as {
      state: Uint8Array
    }
    state[state.length >> 1]! ^= 1
    connection.prepare("update part set state = ? where report_id = 'demo' and part = 'self'").run(state)
    connection.exec("delete from update_log where report_id = 'demo' and part = 'finance' and seq = 0")
    connection.exec('drop trigger audit_no_update')
    connection.exec("update audit set user_id = 'somebody-else' where id = 2")
    connection.close()
    const { code, out } = await command('verify')
    expect(code).toBe(1)
    expect(out).toContain('demo/self 与其校验和')
    expect(out).toContain('demo/finance 的日志缺第 0 条')
    expect(out).toContain('审计记录第 2 条')
    expect(out).toContain('发现 3 处问题')
  })
})
