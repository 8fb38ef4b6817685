import { PARTS, type ReportState, type TransitionAction, TRANSITIONS } from '@gongping/permissions'
import type { Suggestion, Thread, VersionSummary } from '@gongping/protocol/http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { listSuggestionRows } from '../src/db/suggestions.ts'
import { listReplyRows, listThreadRows } from '../src/db/threads.ts'
import { type ReviewServer, startReviewServer } from './support/review.ts'
import { PEOPLE, type Who } from './support/test-server.ts'

let server: ReviewServer

beforeAll(async () => {
  server = await startReviewServer()
})
afterAll(() => server.close())
beforeEach(async () => {
  await server.newReport()
  await server.write('filler', '资金已足额到位，支出进度达到百分之九十。')
})

const EVERYBODY = Object.keys(PEOPLE) as Who[]
const REPORT = { kind: 'report' } as const

/** Everything an attack could change, as it is stored. */
async function everything(): Promise<unknown> {
  const { db } = server.database
  const { reportId } = server
  const documents: string[] = []
  for (const part of PARTS) {
    const doc = await server.read(part)
    documents.push(Buffer.from(Y.encodeStateAsUpdate(doc)).toString('base64'))
  }
  const report = await db.selectFrom('report').selectAll().where('id', '=', reportId).executeTakeFirst()
  return {
    documents,
    // The server itself scores what was written last some time after it.
    report: { ...report, updated_at: undefined },
    versions: await db.selectFrom('version').select(['id', 'kind']).where('report_id', '=', reportId).execute(),
    threads: await listThreadRows(db, reportId, ['public', 'department', 'finance']),
    replies: await listReplyRows(db, { reportId }),
    suggestions: await listSuggestionRows(db, reportId),
  }
}

test('[K1] whoever claims to be somebody else is taken for who they are', async () => {
  const { filler, finance } = server.userIds
  const claims = {
    author: { userId: finance, displayName: '财政复核人', role: 'finance' },
    userId: finance,
    user_id: finance,
    role: 'finance',
    at: '2000-01-01T00:00:00Z',
    status: 'closed',
  }
  const thread = await server.call<Thread>('filler', 'POST', '/threads', { anchor: REPORT, text: '冒名', ...claims })
  expect(thread.body).toMatchObject({ author: { userId: filler, role: 'filler' }, status: 'open' })
  expect(thread.body.at > '2020').toBe(true)
  const reply = await server.call<Thread>('head', 'POST', `/threads/${thread.body.id}/replies`, {
    text: '冒名',
    ...claims,
  })
  expect(reply.body.replies[1]?.author).toMatchObject({ userId: server.userIds.head, role: 'head' })
  const proposal = { kind: 'text', anchor: await server.anchor('足额'), oldText: '足额', newText: '全部' }
  const made = await server.call<Suggestion>('head', 'POST', '/suggestions', {
    proposal,
    ...claims,
    status: 'accepted',
  })
  expect(made.body).toMatchObject({
    author: { userId: server.userIds.head, role: 'head' },
    status: 'open',
    decidedBy: null,
  })
})

test('[K2] what others wrote is changed, deleted and withdrawn by nobody but them', async () => {
  const { body: thread } = await server.call<Thread>('head', 'POST', '/threads', { anchor: REPORT, text: '请补充' })
  const proposal = { kind: 'text', anchor: await server.anchor('足额'), oldText: '足额', newText: '全部' }
  const { body: suggestion } = await server.call<Suggestion>('finance', 'POST', '/suggestions', { proposal })
  const before = await everything()
  const reply = `/threads/${thread.id}/replies/${thread.replies[0]?.id}`
  for (const who of EVERYBODY.filter((one) => one !== 'head')) {
    const expected = who === 'outsider' ? 404 : 403
    expect((await server.call(who, 'PATCH', reply, { text: '篡改' })).status, `${who} edits`).toBe(expected)
    expect((await server.call(who, 'DELETE', reply)).status, `${who} deletes`).toBe(expected)
    expect((await server.call(who, 'PATCH', `/threads/${thread.id}`, { status: 'closed' })).status).toBe(expected)
  }
  for (const who of EVERYBODY.filter((one) => one !== 'finance')) {
    const withdrawn = await server.call(who, 'POST', `/suggestions/${suggestion.id}/withdraw`, {})
    expect([403, 404], `${who} withdraws`).toContain(withdrawn.status)
  }
  for (const who of ['finance', 'admin', 'outsider'] as const) {
    for (const deed of ['accept', 'reject'])
      expect((await server.call(who, 'POST', `/suggestions/${suggestion.id}/${deed}`, {})).status).not.toBe(200)
    const batch = { ids: [suggestion.id], decision: 'accept' }
    const { body } = await server.call<{ outcomes?: { outcome: string }[] }>(who, 'POST', '/suggestions/batch', batch)
    expect(body.outcomes?.some(({ outcome }) => outcome === 'accepted') ?? false).toBe(false)
  }
  expect(await everything()).toEqual(before)
})

test('[K3] internal comments are not read through threads, history, notices, audit or events', async () => {
  const cell = { kind: 'cell', indicatorId: 'gd.decision.setup.justification', column: 'self', aspect: 'score' }
  const secret = '内部秘密意见'
  const fields = { anchor: cell, text: secret, visibility: 'finance', mentions: [{ kind: 'role', id: 'filler' }] }
  await server.call('finance', 'POST', '/threads', { ...fields, mentions: [] })
  await server.call('finance', 'POST', '/threads', fields)
  const paths = [
    '',
    '/threads',
    '/history?indicatorId=gd.decision.setup.justification',
    '/audit',
    '/return-items',
    '/suggestions',
    '/versions',
    '/score',
    '/api/notices',
    '/api/reports',
  ]
  for (const who of ['filler', 'head', 'admin', 'outsider'] as const) {
    for (const path of paths) {
      const { body } = await server.call(who, 'GET', path)
      expect(JSON.stringify(body), `${who} ${path}`).not.toContain(secret)
    }
  }
  const { body } = await server.call<{ threads: Thread[] }>('finance', 'GET', '/threads')
  expect(JSON.stringify(body)).toContain(secret)
})

test('[K4] without the pen nothing is restored, in any state by anybody', async () => {
  const { body: version } = await server.call<VersionSummary>('filler', 'POST', '/versions', { name: '初稿' })
  await server.write('filler', '后来写的。')
  for (const [state, fillers] of [
    ['draft', ['filler', 'head', 'finance']],
    ['department_review', ['head', 'finance']],
    ['finance_review', ['finance']],
    ['concluded', []],
  ] as const satisfies readonly (readonly [ReportState, readonly Who[]])[]) {
    await server.inState(state)
    const before = await everything()
    for (const who of EVERYBODY.filter((one) => !(fillers as readonly Who[]).includes(one))) {
      for (const scope of ['all', { section: 's1' }, { indicatorId: 'gd.decision', column: 'self' }]) {
        const { status } = await server.call(who, 'POST', `/versions/${version.id}/restore`, { scope })
        expect([403, 404], `${who} ${JSON.stringify(scope)} in ${state}`).toContain(status)
      }
    }
    expect(await everything(), state).toEqual(before)
  }
})

test('[K5] a move by the wrong role or in the wrong state changes nothing', async () => {
  const actions = Object.keys(TRANSITIONS) as TransitionAction[]
  for (const state of ['draft', 'returned', 'department_review', 'finance_review', 'concluded'] as const) {
    await server.inState(state)
    const before = await everything()
    for (const action of actions) {
      const allowed = TRANSITIONS[action]
        .filter(({ from }) => from.includes(state))
        .flatMap(({ by, adminToo }): string[] => (adminToo ? [by, 'admin'] : [by]))
      for (const who of EVERYBODY.filter((one) => one === 'outsider' || !allowed.includes(one))) {
        const { status } = await server.call(who, 'POST', '/transitions', {
          action,
          reason: '攻击',
          items: [{ place: '', problem: '攻击' }],
        })
        expect([403, 404, 409], `${who} ${action} in ${state}`).toContain(status)
      }
    }
    expect(await everything(), state).toEqual(before)
  }
})

test('[K6] a version is named by members only, with a name, from our own pages', async () => {
  const before = await everything()
  const name = (who: Who, body: object) => server.call(who, 'POST', '/versions', body)
  expect((await name('admin', { name: '管理员' })).status).toBe(403)
  expect((await name('outsider', { name: '外人' })).status).toBe(404)
  for (const wrong of ['', '   ', '\u2028\n', 'x'.repeat(101)])
    expect((await name('filler', { name: wrong })).status).toBe(400)
  const path = `/api/reports/${server.reportId}/versions`
  const cookie = await server.signIn('filler')
  const foreign = { method: 'POST', cookie, body: { name: '跨站' }, headers: { origin: 'https://evil.example' } }
  expect((await server.request(path, foreign)).status).toBe(403)
  expect(await everything()).toEqual(before)

  const { body } = await server.call<VersionSummary>('finance', 'POST', '/versions', {
    name: '<b>会审</b>\n前',
    kind: 'submitted',
    by: 'head',
  })
  expect(body).toMatchObject({ kind: 'named', name: '<b>会审</b> 前', role: 'finance' })
})
