import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import type { ReportDetail, ReportList, ReportSummary, ScoreBody, ServerEvent } from '@gongping/protocol/http'
import { DEMO_ACCOUNTS } from '../src/demo/accounts.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seedDemo } from '../src/demo/seed-demo.ts'
import { createEventFeed } from '../src/reports/event-feed.ts'
import {
  PASSWORD,
  type TestServer,
  type Who,
  PEOPLE,
  NEW_REPORT,
  aReport,
  startTestServer,
} from './support/test-server.ts'
import { waitFor } from './support/wait-for.ts'

let server: TestServer
let clientDir: string
const cookies = {} as Record<Who, string>

beforeAll(async () => {
  clientDir = mkdtempSync(join(tmpdir(), 'gongping-client-'))
  mkdirSync(join(clientDir, 'assets'))
  writeFileSync(join(clientDir, 'index.html'), '<meta name="csp-nonce" content="__CSP_NONCE__" /><title>共评</title>')
  writeFileSync(join(clientDir, 'assets/app-1a2b.js'), 'export {}')
  writeFileSync(join(clientDir, 'assets/app-1a2b.js.br'), brotliCompressSync('export {}'))
  writeFileSync(join(clientDir, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  server = await startTestServer({ clientDir, demoPassword: PASSWORD })
  const { database, auth } = server
  await seedDemo({ db: database.db, auth, password: PASSWORD, at: Date.now() })
  await seedDemo({ db: database.db, auth, password: PASSWORD, at: Date.now() })
  for (const who of Object.keys(PEOPLE) as Who[]) cookies[who] = await server.signIn(who)
})
afterAll(async () => {
  await server.close()
  rmSync(clientDir, { recursive: true })
})

const list = async (who: Who, query = '') =>
  (await (await server.request(`/api/reports${query}`, { cookie: cookies[who] })).json()) as ReportList
const names = ({ reports }: { reports: readonly ReportSummary[] }) => reports.map(({ projectName }) => projectName)

describe('lists', () => {
  test('[L1] everybody sees what they are a member of, administrators everything', async () => {
    expect((await list('admin')).total).toBe(6)
    expect((await list('finance')).total).toBe(6)
    expect(names(await list('outsider'))).toEqual(['中小学校舍维修专项'])
    expect(names(await list('filler'))).toContain('省集中系统设备购置经费')
    expect((await list('filler')).reports.every(({ roles }) => roles.includes('filler'))).toBe(true)
  })

  test('[L2] the sample is there with its total and grade', async () => {
    const sample = (await list('filler')).reports.find(({ id }) => id === 'demo')
    expect(sample).toMatchObject({ selfTotal: 90.8, grade: '优', state: 'draft', fiscalYear: 2021 })
    expect(sample?.openFindings).toBeGreaterThan(0)
  })

  test('[L3] Chinese sorts by pinyin, both ways', async () => {
    const up = names(await list('finance', '?sort=projectName'))
    expect(up).toEqual([
      '高标准农田建设',
      '基层医疗设备更新',
      '省集中系统设备购置经费',
      '乡镇农村公路养护工程',
      '政务服务大厅改造',
      '中小学校舍维修专项',
    ])
    expect(names(await list('finance', '?sort=-projectName'))).toEqual(up.toReversed())
  })

  test('[L3] a report without a total stands last, whichever way totals run', async () => {
    for (const sort of ['selfTotal', '-selfTotal']) {
      expect(names(await list('finance', `?sort=${sort}`)).at(-1)).toBe('政务服务大厅改造')
    }
  })

  test('[L4] filters narrow, and counts stay those of everything visible', async () => {
    const concluded = await list('finance', '?state=concluded')
    expect(names(concluded)).toEqual(['高标准农田建设'])
    expect(concluded.counts).toEqual({ draft: 2, returned: 1, department_review: 1, finance_review: 1, concluded: 1 })
    expect((await list('finance', '?year=2022')).total).toBe(1)
    expect((await list('finance', `?unit=${encodeURIComponent('大埔县教育局')}`)).total).toBe(1)
    expect((await list('finance', `?query=${encodeURIComponent('设备 ２０２１')}`)).total).toBe(2)
    expect((await list('finance', `?query=${encodeURIComponent('%_')}`)).total).toBe(0)
  })

  test('[L5] pages do not overlap and leave nothing out', async () => {
    const pages = await Promise.all([1, 2, 3, 4].map((page) => list('finance', `?pageSize=2&page=${page}&sort=unit`)))
    expect(pages.map(({ reports }) => reports.length)).toEqual([2, 2, 2, 0])
    expect(new Set(pages.flatMap(names)).size).toBe(6)
    for (const query of ['?page=0', '?pageSize=101', '?sort=passwords', '?state=unknown', '?year=x']) {
      expect((await server.request(`/api/reports${query}`, { cookie: cookies.finance })).status).toBe(400)
    }
  })

  test('[L6] a new report has its maker as filler, and the reviewers of its unit and of finance', async () => {
    const body = { ...NEW_REPORT, unit: PEOPLE.filler.unit }
    const answer = await server.request('/api/reports', { method: 'POST', cookie: cookies.filler, body })
    const { id } = (await answer.json()) as { id: string }
    const report = (await (
      await server.request(`/api/reports/${id}`, { cookie: cookies.filler })
    ).json()) as ReportDetail
    const members = report.members.map(({ userId, role }) => [userId, role])
    expect(members).toEqual([
      [server.userIds.filler, 'filler'],
      [server.userIds.head, 'head'],
      [server.userIds.finance, 'finance'],
    ])
    const { findings, self } = (await (
      await server.request(`/api/reports/${id}/score`, { cookie: cookies.head })
    ).json()) as ScoreBody
    expect(self).toMatchObject({ total: null, complete: false })
    expect(findings.length).toBeGreaterThan(0)
    await server.database.db.deleteFrom('report').where('id', '=', id).execute()
  })

  test('[L6] a filler makes reports of the own unit only; what an administrator makes is its unit’s to fill', async () => {
    const make = async (who: Who, unit: string) => {
      const body = { ...NEW_REPORT, unit }
      const answer = await server.request('/api/reports', { method: 'POST', cookie: cookies[who], body })
      expect(answer.status).toBe(201)
      return ((await answer.json()) as { id: string }).id
    }
    const read = async (who: Who, id: string) => {
      const answer = await server.request(`/api/reports/${id}`, { cookie: cookies[who] })
      return { status: answer.status, report: (await answer.json()) as ReportDetail }
    }
    const remove = (id: string) => server.database.db.deleteFrom('report').where('id', '=', id).execute()
    const membersOf = ({ members }: ReportDetail) => members.map(({ userId, role }) => [userId, role])
    const own = DEMO_ACCOUNTS.find(({ username }) => username === 'filler')?.unit
    const other = DEMO_ACCOUNTS.find(({ username }) => username === 'outsider')?.unit ?? ''

    const mine = await make('filler', other)
    expect((await read('filler', mine)).report.unit).toBe(own)
    expect((await read('outsider', mine)).status).toBe(404)
    await remove(mine)

    const theirs = await make('admin', other)
    const { report } = await read('admin', theirs)
    expect(report).toMatchObject({ unit: other, roles: [], pen: { narrative: false, self: false } })
    expect(membersOf(report)).toEqual([
      [server.userIds.outsider, 'filler'],
      [server.userIds.finance, 'finance'],
    ])
    expect((await read('outsider', theirs)).report.pen).toMatchObject({ narrative: true, self: true })
    expect((await read('filler', theirs)).status).toBe(404)
    await remove(theirs)
  })
})

describe('events', () => {
  const read = async (who: Who, signal: AbortSignal) => {
    const answer = await server.app.request('/api/events', { headers: { cookie: cookies[who] }, signal })
    const events: ServerEvent[] = []
    const beats = { count: 0 }
    const done = (async () => {
      const decoder = new TextDecoder()
      for await (const chunk of answer.body ?? []) {
        for (const line of decoder.decode(chunk).split('\n')) {
          if (line.startsWith('data: {"')) events.push(JSON.parse(line.slice(5)) as ServerEvent)
          if (line === 'event: beat') beats.count += 1
        }
      }
    })().catch(() => undefined)
    return { answer, events, beats, done }
  }

  test('[E1] members hear of their reports by id only, strangers hear nothing', async () => {
    const stop = new AbortController()
    const member = await read('head', stop.signal)
    const stranger = await read('outsider', stop.signal)
    expect(member.answer.headers.get('content-type')).toContain('text/event-stream')
    await waitFor(() => expect(member.beats.count).toBeGreaterThan(0))
    await waitFor(() => expect(stranger.beats.count).toBeGreaterThan(0))
    const id = await aReport(server, cookies.filler)
    await waitFor(() => expect(member.events).toEqual([{ type: 'report', id }]))
    const seen = stranger.beats.count
    await waitFor(() => expect(stranger.beats.count).toBeGreaterThan(seen))
    expect(stranger.events).toEqual([])
    stop.abort()
    await server.database.db.deleteFrom('report').where('id', '=', id).execute()
  })

  test('[E2] a stream ends with its session', async () => {
    const cookie = await server.signIn('finance')
    cookies.finance = cookie
    const stream = await read('finance', new AbortController().signal)
    await server.request('/api/auth/sign-out', { method: 'POST', cookie })
    await stream.done
    cookies.finance = await server.signIn('finance')
    expect((await server.request('/api/events')).status).toBe(401)
  })

  test('[E3] streams per user and waiting events are bounded; the oldest stream gives way', async () => {
    const feed = createEventFeed({
      listMemberIds: async () => ['u'],
      onError: (error) => {
        throw error
      },
    })
    const streams = Array.from({ length: 9 }, () => feed.open({ userId: 'u', sessionId: '', isAdmin: false }))
    const collect = async (at: number) => {
      const events: unknown[] = []
      for await (const event of streams[at]?.events() ?? []) events.push(event)
      return events
    }
    expect(await collect(0)).toEqual([])
    for (let count = 0; count < 300; count += 1) feed.publish({ type: 'report', id: 'r' })
    const slow = await waitFor(async () => collect(8))
    expect(slow.length).toBeLessThanOrEqual(256)
    feed.close()
    expect(await collect(1)).toEqual(slow)
  })
})

describe('the client', () => {
  test('[P1] the page carries the nonce of its own answer', async () => {
    for (const path of ['/', '/index.html', '/sign-in', '/reports/demo']) {
      const answer = await server.request(path)
      expect(answer.status).toBe(200)
      const nonce = /content="([^"]+)"/.exec(await answer.text())?.[1]
      expect(answer.headers.get('content-security-policy')).toContain(`style-src 'self' 'nonce-${nonce}'`)
      expect(answer.headers.get('cache-control')).toBe('no-store')
    }
  })

  test('[P2] hashed files come compressed and may be kept for ever', async () => {
    const answer = await server.request('/assets/app-1a2b.js', { headers: { 'accept-encoding': 'br' } })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-encoding')).toBe('br')
    expect(answer.headers.get('content-type')).toContain('javascript')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect((await server.request('/favicon.svg')).status).toBe(200)
  })

  test('[P3] files outside the client can not be reached', async () => {
    for (const path of ['/assets/..%2f..%2fetc%2fpasswd', '/..%2fsecret', '/assets/%2e%2e/index.html', '/assets/']) {
      const answer = await server.request(path)
      expect([404, 200]).toContain(answer.status)
      expect(await answer.text()).not.toContain('root:')
    }
  })

  test('[P5] another loopback name leads to the one writes are accepted from; foreign names do not', async () => {
    const at = (host: string) => server.request('/reports/demo?x=1', { headers: { host } })
    const answer = await at('localhost:3000')
    expect(answer.status).toBe(307)
    expect(answer.headers.get('location')).toBe('http://127.0.0.1:3000/reports/demo?x=1')
    for (const host of ['127.0.0.1:3000', 'gongping.example.gov.cn', 'localhost:4000', '%%%']) {
      expect((await at(host)).status).toBe(200)
    }
  })

  test('[P4] the demo accounts are offered in demo mode', async () => {
    expect(await (await server.request('/api/demo')).json()).toMatchObject({ password: PASSWORD })
  })
})
