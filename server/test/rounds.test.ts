import type {
  AcceptedWarningsList,
  AuditList,
  NoticeList,
  NoticeSettings,
  ReportDetail,
  ReportSummary,
  ReturnItem,
  ScoreBody,
  Thread,
} from '@gongping/protocol/http'
import { setScore } from '@gongping/report-doc'
import { findTemplate, leavesOf } from '@gongping/scoring'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { projectData } from '../src/demo/project-data.ts'
import { DEMO_PROJECTS } from '../src/demo/projects.ts'
import { tellDue } from '../src/notices/tell-due.ts'
import { storeNewReport } from '../src/reports/create-report.ts'
import { type ReviewServer, startReviewServer } from './support/review.ts'
import type { Who } from './support/test-server.ts'

let server: ReviewServer

beforeAll(async () => {
  server = await startReviewServer()
})
afterAll(() => server.close())
beforeEach(async () => {
  await completeReport()
  for (const table of ['notice', 'notice_switch'] as const) await server.database.db.deleteFrom(table).execute()
})

const move = (who: Who, action: string, fields: object = {}) =>
  server.call<{ state: string }>(who, 'POST', '/transitions', { action, ...fields })
const moved = async (who: Who, action: string, fields: object = {}) => {
  const { status, body } = await move(who, action, fields)
  expect({ status, error: body.error }).toEqual({ status: 200, error: undefined })
}
const items = async () => (await server.call<{ items: ReturnItem[] }>('filler', 'GET', '/return-items')).body.items
const change = (who: Who, id: string | undefined, body: object) =>
  server.call<ReturnItem>(who, 'PATCH', `/return-items/${id}`, body)
const open = async (who: Who) => (await server.call<ReportDetail>(who, 'GET', '')).body
const inbox = async (who: Who) => (await server.call<NoticeList>(who, 'GET', '/api/notices')).body
const kinds = async (who: Who) => (await inbox(who)).notices.map(({ kind }) => kind)
const deeds = async () => (await server.call<AuditList>('finance', 'GET', '/audit')).body.entries
const ITEM = { anchor: { kind: 'report' }, problem: '佐证不足', demand: '补充验收单', dueDate: '2026-12-01' }

describe('returns', () => {
  test('[N1] a return has items, each with place, problem, demand and limit', async () => {
    await moved('filler', 'submit')
    const cell = { kind: 'cell', indicatorId: 'gd.decision', column: 'self', aspect: 'reason' }
    await moved('head', 'return', {
      reason: '见各条',
      items: [ITEM, { ...ITEM, anchor: cell, dueDate: null }, { place: '第二部分', problem: '旧写法' }],
    })
    expect(await items()).toMatchObject([
      {
        round: 1,
        status: 'open',
        problem: '佐证不足',
        demand: '补充验收单',
        dueDate: '2026-12-01',
        author: { role: 'head' },
      },
      { anchor: cell, dueDate: null },
      { quote: '第二部分', problem: '旧写法', anchor: { kind: 'report' } },
    ])
  })

  test('[N1] with an empty list it is refused with words; the reason alone is one item', async () => {
    await moved('filler', 'submit')
    const refused = await move('head', 'return', { reason: '不行', items: [] })
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'items_required' } } })
    expect(refused.body.error.message.zh).toContain('至少写明一条')
    for (const bad of [
      {},
      { ...ITEM, problem: ' ' },
      { ...ITEM, dueDate: '2026-02-30' },
      { ...ITEM, anchor: { kind: 'x' } },
    ]) {
      expect((await move('head', 'return', { reason: '不行', items: [bad] })).status).toBe(400)
    }
    await moved('head', 'return', { reason: '请补充佐证' })
    expect(await items()).toMatchObject([{ problem: '请补充佐证', status: 'open' }])
  })

  test('[N2] open items stand in the way of a resubmission, unless the filler says why', async () => {
    await moved('filler', 'submit')
    await moved('head', 'return', { reason: '两条', items: [ITEM, ITEM] })
    const [one, two] = await items()
    const blocked = await move('filler', 'submit')
    expect(blocked).toMatchObject({
      status: 409,
      body: { error: { code: 'open_items', details: { items: [one?.id, two?.id] } } },
    })
    expect((await change('filler', one?.id, { answer: '已补充' })).body).toMatchObject({
      status: 'answered',
      answer: '已补充',
    })
    expect((await move('filler', 'submit', { override: '  ' })).status).toBe(409)
    await moved('filler', 'submit', { override: '第二条不属本项目' })
    expect((await deeds())[0]).toMatchObject({
      action: 'report-submit',
      detail: { override: '第二条不属本项目', leftOpen: [two?.id] },
    })
    expect(await open('head')).toMatchObject({ round: 2, state: 'department_review' })
  })

  test('[N9] what is said about warnings stays with the round, in the trail, and reaches the reviewer', async () => {
    const { findings } = (await server.call<ScoreBody>('filler', 'GET', '/score')).body
    const warning = findings.find(({ severity, column }) => severity === 'warning' && column === undefined)!
    const { rule, where, message } = warning
    const own = { rule, where, reason: '只有总账' }
    const forged = { rule: 'SUM-99', where: { indicatorId: 'x' }, reason: '伪造' }
    await moved('filler', 'submit', { accepted: { reason: '已逐条核对', each: [forged] } })
    await moved('filler', 'withdraw')
    await moved('filler', 'submit', { accepted: { reason: '已逐条核对', each: [own, forged] } })

    const said = (await server.call<AcceptedWarningsList>('head', 'GET', '/accepted-warnings')).body
    const author = { role: 'filler', userId: server.userIds.filler }
    expect(said.rounds).toMatchObject([
      { round: 1, author },
      { round: 2, author },
    ])
    expect(said.rounds[0]!.warnings).toContainEqual({ rule, where, message, reason: '已逐条核对' })
    expect(said.rounds[1]!.warnings).toContainEqual({ rule, where, message, reason: '只有总账' })
    expect(JSON.stringify(said)).not.toContain('伪造')
    const [deed] = await deeds()
    expect(deed).toMatchObject({ action: 'report-submit' })
    expect(deed?.detail.warnings).toContainEqual({ rule, reason: '只有总账' })

    await moved('filler', 'withdraw')
    await moved('filler', 'submit')
    await moved('head', 'return', { reason: '补充', accepted: { reason: '不是填报人的话' } })
    expect((await server.call<AcceptedWarningsList>('finance', 'GET', '/accepted-warnings')).body).toEqual(said)
    expect((await server.call('outsider', 'GET', '/accepted-warnings')).status).toBe(404)
    for (const accepted of ['是', { reason: 'x'.repeat(1001) }, { each: [{ rule: 'A', where: 'x', reason: '' }] }]) {
      expect((await move('filler', 'submit', { override: '-', accepted })).status).toBe(400)
    }
  })

  test('[N2] an item without an answer is an error of the score, with the way to its place', async () => {
    const unanswered = async () =>
      (await server.call<ScoreBody>('filler', 'GET', '/score')).body.findings.filter(({ rule }) => rule === 'WFL-01')
    await moved('filler', 'submit')
    expect(await unanswered()).toEqual([])
    const cell = { kind: 'cell', indicatorId: 'gd.decision', column: 'self', aspect: 'reason' }
    await moved('head', 'return', { reason: '两条', items: [ITEM, { ...ITEM, anchor: cell, problem: '理由不足' }] })
    const [one, two] = await items()
    expect(await unanswered()).toMatchObject([
      { severity: 'error', where: { returnItemId: one?.id } },
      {
        where: { returnItemId: two?.id, indicatorId: 'gd.decision', column: 'self' },
        message: { zh: '第1轮的退回意见“理由不足”还没有答复。' },
      },
    ])
    await change('filler', one?.id, { answer: '已补充' })
    expect(await unanswered()).toHaveLength(1)
    await moved('filler', 'submit', { override: '不属本项目' })
    await change('head', one?.id, { status: 'open' })
    expect(await unanswered()).toHaveLength(2)
  })

  test('[N3] the filler answers while filling, the reviewer who asked accepts or reopens, nobody else', async () => {
    await moved('filler', 'submit')
    await moved('head', 'return', { reason: '一条', items: [ITEM] })
    const [item] = await items()
    for (const who of ['head', 'finance', 'admin'] as const)
      expect((await change(who, item?.id, { answer: 'x' })).status).toBe(403)
    for (const who of ['filler', 'admin'] as const)
      expect((await change(who, item?.id, { status: 'accepted' })).status).toBe(403)
    expect((await change('head', item?.id, { status: 'accepted' })).body.error.code).toBe('wrong_status')
    expect((await change('filler', item?.id, { answer: '' })).status).toBe(400)
    await change('filler', item?.id, { answer: '一稿' })
    expect((await change('filler', item?.id, { answer: '二稿' })).body.answer).toBe('二稿')
    await moved('filler', 'submit')
    expect((await change('filler', item?.id, { answer: '晚了' })).status).toBe(409)
    expect((await change('head', item?.id, { status: 'open' })).body).toMatchObject({ status: 'open', answer: '二稿' })
    await moved('head', 'return', { reason: '仍需补充' })
    await change('filler', item?.id, { answer: '三稿' })
    expect((await change('head', item?.id, { status: 'accepted' })).body.status).toBe('accepted')
    expect((await change('filler', item?.id, { answer: '改口' })).status).toBe(409)
    expect((await items()).map(({ round }) => round)).toEqual([1, 2])
  })

  test('[N3] [K2] what finance asked for is accepted by finance, not by the department it returned the report to', async () => {
    await moved('filler', 'submit')
    await scoreColumn('department', 'head')
    await moved('head', 'approve')
    await moved('finance', 'return', { reason: '一条', items: [ITEM] })
    const [item] = await items()
    await change('filler', item?.id, { answer: '已补充' })
    await moved('filler', 'submit')
    for (const status of ['accepted', 'open']) {
      const { status: answered, body } = await change('head', item?.id, { status })
      expect([answered, body.error.message.zh]).toEqual([403, '这条退回意见的答复由财政复核人确认。'])
    }
    expect((await items())[0]).toMatchObject({ status: 'answered' })
    expect((await change('finance', item?.id, { status: 'accepted' })).body.status).toBe('accepted')
  })

  test('[N3] an item of another report is not found under this one', async () => {
    await moved('filler', 'submit')
    await moved('head', 'return', { reason: '一条', items: [ITEM] })
    const [item] = await items()
    await server.newReport()
    expect((await change('filler', item?.id, { answer: '混入' })).status).toBe(404)
    expect((await change('filler', '__proto__', { answer: '混入' })).status).toBe(404)
    expect((await server.call('outsider', 'GET', '/return-items')).status).toBe(404)
  })
})

describe('withdrawing', () => {
  test('[N4] works until the receiver has opened the report, not by others looking at it', async () => {
    await moved('filler', 'submit')
    await open('filler')
    await open('finance')
    await open('admin')
    await moved('filler', 'withdraw')
    await moved('filler', 'submit')
    await open('head')
    const late = await move('filler', 'withdraw')
    expect(late).toMatchObject({ status: 409, body: { error: { code: 'opened_already' } } })
    expect(late.body.error.message.zh).toContain('主管部门负责人已打开')
  })

  test('[N4] each stage counts anew', async () => {
    await moved('filler', 'submit')
    await open('head')
    await open('finance')
    await scoreColumn('department', 'head')
    await moved('head', 'approve')
    await moved('head', 'withdraw')
    expect((await open('head')).state).toBe('department_review')
  })
})

describe('notices', () => {
  test('[N5] each move tells those it concerns, once', async () => {
    await moved('filler', 'submit')
    expect([await kinds('filler'), await kinds('head'), await kinds('finance')]).toEqual([[], ['assigned'], []])
    await moved('head', 'return', { reason: '请补充佐证' })
    expect((await inbox('filler')).notices).toMatchObject([
      { kind: 'returned', text: '请补充佐证', by: '主管部门负责人', reportId: server.reportId, readAt: null },
    ])
    await moved('filler', 'submit', { override: '无' })
    expect(await kinds('head')).toEqual(['resubmitted', 'assigned'])
    await scoreColumn('department', 'head')
    await moved('head', 'approve')
    expect(await kinds('filler')).toEqual(['approved', 'returned'])
    expect(await kinds('finance')).toEqual(['resubmitted'])
    await scoreColumn('finance', 'finance')
    await moved('finance', 'conclude')
    expect((await kinds('filler'))[0]).toBe('concluded')
    expect((await kinds('head'))[0]).toBe('concluded')
    expect(await kinds('admin')).toEqual([])
    expect(await kinds('outsider')).toEqual([])
  })

  test('[N5] a withdrawal takes back what nobody has read', async () => {
    await moved('filler', 'submit')
    await moved('filler', 'withdraw')
    expect(await kinds('head')).toEqual([])
  })

  test('[N6] several mentions in a round are one notice, renewed', async () => {
    const mention = (text: string) =>
      server.call<Thread>('finance', 'POST', '/threads', {
        anchor: { kind: 'report' },
        text,
        mentions: [{ kind: 'role', id: 'filler' }],
      })
    await mention('第一次')
    await server.call('filler', 'POST', '/api/notices/read', {})
    expect((await inbox('filler')).unread).toBe(0)
    await mention('第二次')
    const { body: last } = await mention('第三次')
    const { notices, unread } = await inbox('filler')
    expect(notices).toMatchObject([{ kind: 'mentioned', text: '第三次', threadId: last.id, readAt: null }])
    expect(unread).toBe(1)
    expect((await inbox('finance')).notices).toEqual([])
  })

  test('[N6] what is rewritten or taken back is not read in notices either', async () => {
    const mentions = [{ kind: 'role', id: 'filler' }]
    const thread = { anchor: { kind: 'report' }, text: '说错的话', mentions }
    const { body } = await server.call<Thread>('finance', 'POST', '/threads', thread)
    const path = `/threads/${body.id}/replies/${body.replies[0]?.id}`
    await server.call('finance', 'PATCH', path, { text: '改过的话' })
    expect((await inbox('filler')).notices).toMatchObject([{ text: '改过的话' }])
    await server.call('finance', 'DELETE', path)
    expect((await inbox('filler')).notices).toEqual([])
  })

  test('[N6] a mention in an internal comment reaches only who may read it', async () => {
    await server.call('head', 'POST', '/threads', {
      anchor: { kind: 'report' },
      visibility: 'department',
      text: '内部',
      mentions: [{ kind: 'role', id: 'finance' }],
    })
    for (const who of ['filler', 'finance', 'admin'] as const) expect((await inbox(who)).notices).toEqual([])
  })

  test('[N7] kinds are switched off by each person for themselves', async () => {
    const settings = await server.call<NoticeSettings>('head', 'PATCH', '/api/notices/settings', { assigned: false })
    expect(settings.body).toMatchObject({ assigned: false, returned: true })
    await moved('filler', 'submit')
    expect(await kinds('head')).toEqual([])
    expect((await server.call<NoticeSettings>('filler', 'GET', '/api/notices/settings')).body.assigned).toBe(true)
    for (const body of [{ assigned: 'no' }, { assigned: 0 }]) {
      expect((await server.call('head', 'PATCH', '/api/notices/settings', body)).status).toBe(400)
    }
    await server.call('head', 'PATCH', '/api/notices/settings', { __proto__: { due: false }, constructor: false })
    expect((await server.call<NoticeSettings>('head', 'GET', '/api/notices/settings')).body.due).toBe(true)
  })

  test('[N7] nobody reads or marks another’s notices', async () => {
    await moved('filler', 'submit')
    const [notice] = (await inbox('head')).notices
    await server.call('filler', 'POST', '/api/notices/read', { ids: [notice?.id] })
    expect((await inbox('head')).unread).toBe(1)
    await server.call('head', 'POST', '/api/notices/read', { ids: [notice?.id] })
    expect((await inbox('head')).unread).toBe(0)
  })

  test('[N7] who is no longer a member sees no notice of the report', async () => {
    await moved('filler', 'submit')
    await server.database.db
      .deleteFrom('membership')
      .where('user_id', '=', server.userIds.head)
      .where('report_id', '=', server.reportId)
      .execute()
    expect(await inbox('head')).toEqual({ notices: [], unread: 0 })
  })

  test('[N8] due dates: set by finance or an administrator, reminded once near and once overdue', async () => {
    for (const who of ['filler', 'head'] as const)
      expect((await server.call(who, 'PATCH', '', { dueDate: '2030-01-10' })).status).toBe(403)
    expect((await server.call('outsider', 'PATCH', '', { dueDate: '2030-01-10' })).status).toBe(404)
    expect((await server.call('finance', 'PATCH', '', { dueDate: '2030-13-01' })).status).toBe(400)
    expect((await server.call<ReportDetail>('finance', 'PATCH', '', { dueDate: '2030-01-10' })).body.dueDate).toBe(
      '2030-01-10',
    )
    const { reports } = (await server.call<{ reports: ReportSummary[] }>('head', 'GET', '/api/reports')).body
    expect(reports.find(({ id }) => id === server.reportId)).toMatchObject({ dueDate: '2030-01-10', round: 0 })
    const at = (day: string) => ({ db: server.database.db, feed: server.feed, now: () => Date.parse(`${day}+08:00`) })
    expect(await tellDue(at('2030-01-06T23:59:59'))).toBe(0)
    expect(await tellDue(at('2030-01-07T00:00:00'))).toBe(1)
    expect(await tellDue(at('2030-01-08T09:00:00'))).toBe(0)
    expect(await tellDue(at('2030-01-06T09:00:00'))).toBe(0)
    expect(await tellDue(at('2030-01-10T23:59:59'))).toBe(0)
    expect(await tellDue(at('2030-01-11T00:00:00'))).toBe(1)
    expect((await inbox('filler')).notices).toMatchObject([
      { kind: 'due', text: '2030-01-10', by: '' },
      { kind: 'due' },
    ])
    expect(await kinds('head')).toEqual([])
    await server.call('admin', 'PATCH', '', { dueDate: null })
    expect(await tellDue(at('2031-01-01T00:00:00'))).toBe(0)
    expect((await deeds()).filter(({ action }) => action === 'due-date-set')).toHaveLength(2)
  })
})

/** A report without errors, from the demo data, in place of the one before. */
async function completeReport(): Promise<void> {
  const template = findTemplate('guangdong-2022')
  const project = DEMO_PROJECTS.find((one) => one.id === 'demo-farmland')
  if (!project || !template) throw new Error('the demo data has changed')
  const { department: _, finance: __, ...draft } = project
  server.reportId = `complete-${crypto.randomUUID()}`
  await storeNewReport(server.database.db, {
    ...draft,
    id: server.reportId,
    state: 'draft',
    template,
    userId: server.userIds.filler,
    at: Date.now(),
    members: (['filler', 'head', 'finance'] as const).map((role) => ({ userId: server.userIds[role], role })),
    data: projectData(template, draft),
  })
}

/** Scores every leaf as the filler did. */
async function scoreColumn(part: 'department' | 'finance', who: Who): Promise<void> {
  const { self } = (await server.call<ScoreBody>(who, 'GET', '/score')).body
  const template = findTemplate('guangdong-2022')
  if (!template) throw new Error('the template is part of the product')
  await server.edit(part, who, (doc) => {
    for (const { id: indicatorId } of leavesOf(template)) {
      const score = Math.round((self.byIndicator[indicatorId]?.score ?? 0) * 100)
      setScore({ doc, origin: null, part, indicatorId, score })
    }
  })
}
