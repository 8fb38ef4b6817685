import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { PARTS, type ReportState } from '@gongping/permissions'
import type { AuditList, FindingBody, ReportDetail, ReportList, ScoreBody, VersionList } from '@gongping/protocol/http'
import { scoreKey, setScore } from '@gongping/report-doc'
import { type Template, findTemplate, leavesOf } from '@gongping/scoring'
import * as Y from 'yjs'
import { findVersionStates, hashStates } from '../src/db/versions.ts'
import { projectData } from '../src/demo/project-data.ts'
import { DEMO_PROJECTS } from '../src/demo/projects.ts'
import { storeNewReport } from '../src/reports/create-report.ts'
import { type TestServer, type Who, PEOPLE, aReport, startTestServer } from './support/test-server.ts'

let server: TestServer
const cookies = {} as Record<Who, string>
let id: string

beforeAll(async () => {
  server = await startTestServer()
  for (const who of Object.keys(PEOPLE) as Who[]) cookies[who] = await server.signIn(who)
})
afterAll(() => server.close())
beforeEach(async () => {
  id = await aReport(server, cookies.filler)
})

/** The new state, or why not. */
interface Moved {
  readonly state?: ReportState
  readonly error?: {
    readonly code: string
    readonly details: { readonly state: ReportState; readonly findings: FindingBody[] }
  }
}

const move = async (who: Who, action: string, reason?: string) => {
  const body = { action, ...(reason === undefined ? {} : { reason }) }
  const answer = await server.request(`/api/reports/${id}/transitions`, { method: 'POST', cookie: cookies[who], body })
  return { status: answer.status, body: (await answer.json()) as Moved }
}
const report = async (who: Who) =>
  (await (await server.request(`/api/reports/${id}`, { cookie: cookies[who] })).json()) as ReportDetail

/** Puts the report into a state without going the way there; what leads there is proved elsewhere. */
const inState = async (state: ReportState) => {
  await server.database.db.updateTable('report').set({ state }).where('id', '=', id).execute()
}

describe('moving a report on', () => {
  test('[T1] errors stand in the way of a submission, and are named', async () => {
    const { status, body } = await move('filler', 'submit')
    expect(status).toBe(409)
    expect(body.error).toMatchObject({ code: 'blocking_findings' })
    expect(body.error?.details.findings.length).toBeGreaterThan(0)
    for (const finding of body.error?.details.findings ?? []) expect(finding.severity).toBe('error')
    expect((await report('filler')).state).toBe('draft')
  })

  test('[T2] a return gives the pen back, needs a reason, and is told in the audit trail', async () => {
    await inState('department_review')
    expect((await report('filler')).pen).toEqual({
      narrative: false,
      self: false,
      department: false,
      finance: false,
    })
    expect(await move('head', 'return')).toMatchObject({ status: 400, body: { error: { code: 'reason_required' } } })
    expect(await move('head', 'return', '   ')).toMatchObject({ status: 400 })
    expect(await move('head', 'return', '请补充佐证')).toMatchObject({ status: 200, body: { state: 'returned' } })
    expect((await report('filler')).pen).toMatchObject({ narrative: true, self: true })
    const audit = (await (
      await server.request(`/api/reports/${id}/audit`, { cookie: cookies.finance })
    ).json()) as AuditList
    expect(audit.entries[0]).toMatchObject({
      action: 'report-return',
      by: '主管部门负责人',
      detail: { from: 'department_review', to: 'returned', reason: '请补充佐证' },
    })
  })

  test('[T3] whoever may never do it is refused; whoever comes too early or late meets a conflict', async () => {
    for (const who of ['filler', 'finance', 'admin'] as const) expect((await move(who, 'approve')).status).toBe(403)
    expect(await move('head', 'approve')).toMatchObject({
      status: 409,
      body: { error: { details: { state: 'draft' } } },
    })
    expect((await move('outsider', 'submit')).status).toBe(404)
    expect((await move('filler', 'destroy')).status).toBe(400)
    await inState('concluded')
    expect((await move('admin', 'reopen', '更正')).status).toBe(200)
  })

  test('[T4] every move freezes the four documents as a version with its hash', async () => {
    await inState('department_review')
    await move('filler', 'withdraw')
    const { versions } = (await (
      await server.request(`/api/reports/${id}/versions`, { cookie: cookies.head })
    ).json()) as VersionList
    expect(versions.map(({ kind }) => kind)).toEqual(['withdrawn', 'created'])
    const stored = await findVersionStates(server.database.db, versions[0]?.id ?? '')
    expect(stored && hashStates(stored)).toBe(stored?.sha256)
  })

  test('[T5] of two people who move at once one wins; the other learns the new state', async () => {
    await inState('department_review')
    const [withdraw, back] = await Promise.all([move('filler', 'withdraw'), move('head', 'return', '退回')])
    const statuses = [withdraw.status, back.status].toSorted()
    expect(statuses).toEqual([200, 409])
    const winner = withdraw.status === 200 ? withdraw : back
    const loser = withdraw.status === 200 ? back : withdraw
    const { state } = await report('filler')
    expect(winner.body.state).toBe(state)
    expect(loser.body.error?.details.state).toBe(state)
    const rows = await server.database.db.selectFrom('version').select('id').where('report_id', '=', id).execute()
    expect(rows).toHaveLength(2)
  })

  test('[T6] what was accepted before the move is in the frozen version, and scored', async () => {
    const leaf = leavesOf(template())[0]
    if (!leaf) throw new Error('a template has leaves')
    await edit('self', 'filler', (doc) =>
      setScore({ doc, origin: null, part: 'self', indicatorId: leaf.id, score: 150 }),
    )
    await inState('department_review')
    await move('filler', 'withdraw')
    const version = await server.database.db
      .selectFrom('version')
      .select(['id', 'score', 'seqs'])
      .where('report_id', '=', id)
      .where('kind', '=', 'withdrawn')
      .executeTakeFirstOrThrow()
    const doc = new Y.Doc()
    Y.applyUpdate(doc, (await findVersionStates(server.database.db, version.id))!.self)
    expect(doc.getMap('self').get(scoreKey(leaf.id))).toBe(150)
    expect(JSON.parse(version.score).self.byIndicator[leaf.id].score).toBe(1.5)
    expect(JSON.parse(version.seqs).self).toBe(1)
  })

  test('[T7] from draft to conclusion: each role answers for its own column', async () => {
    await storeComplete()
    expect(await move('filler', 'submit')).toMatchObject({ status: 200, body: { state: 'department_review' } })
    await scoreColumn('department', 'head', -100)
    const refused = await move('head', 'approve')
    expect(refused.status).toBe(409)
    expect(refused.body.error?.details.findings[0]).toMatchObject({ rule: 'WFL-02', column: 'department' })
    await scoreColumn('department', 'head', 0)
    expect(await move('head', 'approve')).toMatchObject({ status: 200, body: { state: 'finance_review' } })
    await scoreColumn('finance', 'finance', 0)
    expect(await move('finance', 'conclude')).toMatchObject({ status: 200, body: { state: 'concluded' } })
    const { pen } = await report('finance')
    expect(Object.values(pen)).toEqual([false, false, false, false])
    const { reports } = (await (
      await server.request('/api/reports?state=concluded', { cookie: cookies.finance })
    ).json()) as ReportList
    expect(reports.find((one) => one.id === id)).toMatchObject({
      selfTotal: 97.78,
      financeTotal: 97.78,
    })
  })
})

function template(): Template {
  const found = findTemplate('guangdong-2022')
  if (!found) throw new Error('the template is part of the product')
  return found
}

/** An edit as the sync server stores it for somebody at a socket. */
async function edit(part: (typeof PARTS)[number], who: Who, change: (doc: Y.Doc) => void): Promise<void> {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, await server.hub.readPart({ reportId: id, part }))
  const before = Y.encodeStateVector(doc)
  doc.transact(() => change(doc))
  const update = Y.encodeStateAsUpdate(doc, before)
  await server.hub.applyAs({ reportId: id, part, userId: server.userIds[who], update })
}

/** A report without errors, from the demo data, in place of the empty one. */
async function storeComplete(): Promise<void> {
  const project = DEMO_PROJECTS.find((one) => one.id === 'demo-farmland')
  if (!project) throw new Error('the demo data has changed')
  const { department: _, finance: __, ...draft } = project
  id = `complete-${Date.now()}`
  await storeNewReport(server.database.db, {
    ...draft,
    id,
    state: 'draft',
    template: template(),
    userId: server.userIds.filler,
    at: Date.now(),
    members: (['filler', 'head', 'finance'] as const).map((role) => ({ userId: server.userIds[role], role })),
    data: projectData(template(), draft),
  })
}

/** Scores every leaf as the filler did, the first one `first` hundredths away from it. */
async function scoreColumn(part: 'department' | 'finance', who: Who, first: number): Promise<void> {
  const answer = await server.request(`/api/reports/${id}/score`, { cookie: cookies[who] })
  const { self } = (await answer.json()) as ScoreBody
  await edit(part, who, (doc) => {
    leavesOf(template()).forEach(({ id: indicatorId }, index) => {
      const own = Math.round((self.byIndicator[indicatorId]?.score ?? 0) * 100)
      setScore({ doc, origin: null, part, indicatorId, score: own + (index === 0 ? first : 0) })
    })
  })
}
