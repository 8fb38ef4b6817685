import type { Part } from '@gongping/permissions'
import type {
  Comparison,
  History,
  OpenedVersion,
  ReportDetail,
  ReportSummary,
  ScoreBody,
} from '@gongping/protocol/http'
import { overallOpinionKey, setScore, textOf } from '@gongping/report-doc'
import { findTemplate, leavesOf } from '@gongping/scoring'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { scoredFrame } from '../src/reports/score-on-save.ts'
import { readScore } from '../src/reports/read-score.ts'
import { type ReviewServer, startReviewServer } from './support/review.ts'
import { openSocketDoor } from './support/socket-door.ts'
import type { Who } from './support/test-server.ts'

const template = findTemplate('guangdong-2022')
if (!template) throw new Error('the template is part of the product')
const indicatorId = leavesOf(template)[0]?.id ?? ''
const policies = template.policies as { blindPhase: boolean }
const SECRET = '部门内部复核意见'

let server: ReviewServer

beforeAll(async () => {
  policies.blindPhase = true
  server = await startReviewServer()
  await server.newReport()
  await server.edit('department', 'head', (doc) => {
    setScore({ doc, origin: null, part: 'department', indicatorId, score: 123 })
    textOf(doc, 'department', overallOpinionKey)?.insert(0, SECRET)
  })
  await server.call('head', 'POST', '/versions', { name: '打分后' })
})
afterAll(async () => {
  policies.blindPhase = false
  await server.close()
})

const score = async (who: Who) => (await server.call<ScoreBody>(who, 'GET', '/score')).body
const seen = async (who: Who) => (await score(who)).department.byIndicator[indicatorId]?.score

test('[B1] the department’s score is read by the head until it is released, and by administrators', async () => {
  for (const state of ['draft', 'returned', 'department_review'] as const) {
    await server.inState(state)
    expect([await seen('head'), await seen('admin')]).toEqual([1.23, 1.23])
    for (const who of ['filler', 'finance'] as const) {
      expect((await score(who)).department).toMatchObject({ total: null, partial: 0, grade: null })
      expect(await seen(who)).toBeNull()
      expect((await score(who)).findings.filter(({ column }) => column === 'department')).toEqual([])
    }
  }
  await server.inState('finance_review')
  expect([await seen('filler'), await seen('finance')]).toEqual([1.23, 1.23])
  await server.inState('draft')
})

test('[B1] metadata names what is hidden, lists and versions leave it out', async () => {
  const detail = async (who: Who) => (await server.call<ReportDetail>(who, 'GET', '')).body.hidden
  expect(await detail('filler')).toEqual(['department', 'finance'])
  expect(await detail('head')).toEqual(['finance'])
  expect(await detail('admin')).toEqual([])
  const { reports } = (await server.call<{ reports: ReportSummary[] }>('filler', 'GET', '/api/reports')).body
  expect(reports[0]).toMatchObject({ departmentTotal: null, financeTotal: null, grade: null })

  const { versions } = (await server.call<{ versions: { id: string }[] }>('filler', 'GET', '/versions')).body
  const [named, created] = versions.map(({ id }) => id)
  for (const [who, isShown] of [
    ['filler', false],
    ['finance', false],
    ['head', true],
  ] as const) {
    const opened = (await server.call<OpenedVersion>(who, 'GET', `/versions/${named}`)).body
    expect(opened.scores.some(({ column, score: points }) => column === 'department' && points === 1.23)).toBe(isShown)
    const compared = (await server.call<Comparison>(who, 'GET', `/versions/${created}/compare/current`)).body
    expect(compared.scores.some(({ column }) => column === 'department')).toBe(isShown)
    expect(JSON.stringify(compared).includes(SECRET)).toBe(isShown)
    const history = (await server.call<History>(who, 'GET', `/history?indicatorId=${indicatorId}`)).body
    expect(JSON.stringify(history).includes('"department"')).toBe(isShown)
  }
})

test('[B1] frames to all lines hold nothing of the reviewers’ columns', async () => {
  const body = await readScore(
    { db: server.database.db, documents: undefined as never, now: Date.now },
    server.reportId,
  )
  expect(body.department.byIndicator[indicatorId]?.score).toBe(1.23)
  expect(scoredFrame(body)).toMatchObject({ totals: { department: { total: null }, finance: { total: null } } })
})

test('[B1] the socket of a hidden document is answered like one that does not exist', async () => {
  const door = await openSocketDoor(server)
  const status = async (who: Who, part: Part) => door.statusOf(door.open(part, { cookie: await server.signIn(who) }))
  expect([
    await status('filler', 'department'),
    await status('filler', 'finance'),
    await status('filler', 'self'),
  ]).toEqual([404, 404, 101])
  expect([await status('head', 'department'), await status('head', 'finance')]).toEqual([101, 404])
  await door.close()
})
