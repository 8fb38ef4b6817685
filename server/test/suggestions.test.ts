import type {
  AcceptedSuggestion,
  AuditList,
  Suggestion,
  SuggestionOutcomes,
  VersionList,
} from '@gongping/protocol/http'
import { readSelf, scoreKey, setScore } from '@gongping/report-doc'
import { findTemplate, leavesOf } from '@gongping/scoring'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { compareAndSetSuggestion } from '../src/db/suggestions.ts'
import { editOf } from '../src/review/proposed-edit.ts'
import { finishAccepting } from '../src/review/accept-suggestion.ts'
import { type ReviewServer, startReviewServer, textsIn } from './support/review.ts'
import type { Who } from './support/test-server.ts'

let server: ReviewServer
const TEXT = '资金已足额到位，支出进度达到百分之九十。'

beforeAll(async () => {
  server = await startReviewServer()
})
afterAll(() => server.close())
beforeEach(async () => {
  await server.newReport()
  await server.write('filler', TEXT)
})

const post = <T = Suggestion>(who: Who, path: string, body?: object) =>
  server.call<T>(who, 'POST', `/suggestions${path}`, body)
const suggest = async (who: Who, oldText: string, newText: string, fields: object = {}) => {
  const proposal = { kind: 'text', anchor: await server.anchor(oldText), oldText, newText }
  return post(who, '', { proposal, reason: '更准确', ...fields })
}
const suggested = async (who: Who, oldText: string, newText: string) => {
  const { status, body } = await suggest(who, oldText, newText)
  expect({ status, error: body.error }).toEqual({ status: 201, error: undefined })
  return body
}
const accept = (who: Who, { id }: Pick<Suggestion, 'id'>) => post<AcceptedSuggestion>(who, `/${id}/accept`)
const list = async () =>
  (await server.call<{ suggestions: Suggestion[] }>('filler', 'GET', '/suggestions')).body.suggestions
const runs = async () => {
  const doc = await server.read('narrative')
  return textsIn(doc.get('body', Y.XmlElement) as Y.XmlElement).map((run) => Y.Text.prototype.toString.call(run))
}
/** The paragraph the tests are about. */
const paragraph = async () => (await runs()).find((run) => run.includes('资金')) ?? ''
/** The filler rewrites the paragraph at a place. */
const rewrite = (at: number, remove: number, insert: string) =>
  server.edit('narrative', 'filler', (doc) => {
    const run = textsIn(doc.get('body', Y.XmlElement) as Y.XmlElement).find((one) =>
      Y.Text.prototype.toString.call(one).includes('资金'),
    )
    if (remove > 0) run?.delete(at, remove)
    if (insert !== '') run?.insert(at, insert)
  })
const deeds = async () => (await server.call<AuditList>('finance', 'GET', '/audit')).body.entries

describe('suggesting', () => {
  test('[G1] whoever has no pen suggests; the text is not touched', async () => {
    await server.inState('finance_review')
    const suggestion = await suggested('head', '足额', '全部')
    expect(suggestion).toMatchObject({
      status: 'open',
      isStale: false,
      reason: '更准确',
      author: { role: 'head' },
      decidedBy: null,
      proposal: { oldText: '足额', newText: '全部' },
    })
    expect(await paragraph()).toBe(TEXT)
    expect(await list()).toEqual([suggestion])
  })

  test('[G2] it has to fit the text as it is, and to change something', async () => {
    const anchor = await server.anchor('足额')
    const attempts: [object, number, string][] = [
      [{ kind: 'text', anchor, oldText: '不足', newText: '全部' }, 400, 'quote_differs'],
      [{ kind: 'text', anchor, oldText: '足额', newText: '足额' }, 400, 'no_change'],
      [{ kind: 'text', anchor, oldText: '足额', newText: '一\n二' }, 400, 'one_line'],
      [{ kind: 'text', anchor, oldText: '足额', newText: '一\u0000' }, 400, 'invalid'],
      [{ kind: 'text', anchor, oldText: '足额', newText: '长'.repeat(2001) }, 400, 'invalid'],
      [{ kind: 'html', anchor, oldText: '足额', newText: '一' }, 400, 'invalid'],
      [
        { kind: 'text', anchor: { ...anchor, start: 'AAAA', quote: '没有' }, oldText: '没有', newText: '一' },
        409,
        'text_changed',
      ],
    ]
    for (const [proposal, status, code] of attempts) {
      expect(await post('head', '', { proposal })).toMatchObject({ status, body: { error: { code } } })
    }
    expect(await list()).toEqual([])
  })

  test('[G3] members until the conclusion; not administrators, not strangers', async () => {
    expect((await suggest('admin', '足额', '全部')).status).toBe(403)
    expect((await suggest('outsider', '足额', '全部')).status).toBe(404)
    const { id } = await suggested('finance', '足额', '全部')
    await server.inState('concluded')
    expect((await suggest('finance', '足额', '全部')).status).toBe(409)
    for (const [who, path] of [
      ['finance', 'withdraw'],
      ['filler', 'accept'],
    ] as const) {
      expect((await post(who, `/${id}/${path}`)).status).toBe(409)
    }
    expect((await post('filler', `/${id}/reject`, {})).status).toBe(409)
  })
})

describe('accepting', () => {
  test('[G4] replaces exactly what was quoted, in the name of whoever accepts', async () => {
    const suggestion = await suggested('head', '足额', '全部')
    const { status, body } = await accept('filler', suggestion)
    expect({ status, error: body.error }).toEqual({ status: 200, error: undefined })
    expect(body.suggestion).toMatchObject({
      status: 'accepted',
      decidedBy: { role: 'filler' },
      author: { role: 'head' },
    })
    expect(await paragraph()).toBe(TEXT.replace('足额', '全部'))
    const row = await server.database.db
      .selectFrom('update_log')
      .select(['user_id', 'seq'])
      .where('report_id', '=', server.reportId)
      .where('part', '=', 'narrative')
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow()
    expect(row.user_id).toBe(server.userIds.filler)
    expect((await deeds())[0]).toMatchObject({
      action: 'suggestion-accepted',
      by: '填报人',
      detail: { suggestionId: suggestion.id, suggestedBy: server.userIds.head, part: 'narrative' },
    })
  })

  test('[G4] the answer holds the edit, and the same bytes applied to the text before give the text after', async () => {
    const suggestion = await suggested('head', '，支出', '。支出')
    const page = await server.read('narrative')
    const { body } = await accept('filler', suggestion)
    Y.applyUpdate(page, Buffer.from(body.update, 'base64'))
    expect(Y.encodeStateVector(page)).toEqual(Y.encodeStateVector(await server.read('narrative')))
    expect(JSON.stringify(page.get('body', Y.XmlElement))).toBe(
      JSON.stringify((await server.read('narrative')).get('body', Y.XmlElement)),
    )
  })

  test('[G5] insertions and deletions are exact as well, and formats stay', async () => {
    await server.edit('narrative', 'filler', (doc) => {
      const run = textsIn(doc.get('body', Y.XmlElement) as Y.XmlElement).find((one) =>
        Y.Text.prototype.toString.call(one).includes('资金'),
      )
      run?.format(2, 4, { bold: true })
    })
    await accept('filler', await suggested('head', '足额', '足额按时'))
    await accept('filler', await suggested('head', '支出进度', ''))
    expect(await paragraph()).toBe('资金已足额按时到位，达到百分之九十。')
    const run = textsIn((await server.read('narrative')).get('body', Y.XmlElement) as Y.XmlElement).find((one) =>
      Y.Text.prototype.toString.call(one).includes('资金'),
    )
    expect(run?.toDelta()[1]).toEqual({ insert: '已足额按时到', attributes: { bold: true } })
  })

  test('[G6] only with the pen of the part, and never one’s own', async () => {
    const suggestion = await suggested('head', '足额', '全部')
    expect(await accept('head', suggestion)).toMatchObject({ status: 403, body: { error: { code: 'own_suggestion' } } })
    await server.inState('finance_review')
    expect(await accept('filler', suggestion)).toMatchObject({ status: 403, body: { error: { code: 'no_pen' } } })
    expect((await accept('admin', suggestion)).status).toBe(403)
    expect((await accept('outsider', suggestion)).status).toBe(404)
    expect(await paragraph()).toBe(TEXT)
    expect((await accept('finance', suggestion)).status).toBe(200)
  })

  test('[G7] edits around and inside another place do not matter; a change of what it rewrites does', async () => {
    const suggestion = await suggested('head', '支出进度', '执行率')
    await rewrite(0, 0, '截至年底，')
    await rewrite(7, 1, '')
    expect((await accept('filler', suggestion)).status).toBe(200)
    expect(await paragraph()).toBe('截至年底，资金足额到位，执行率达到百分之九十。')

    const stale = await suggested('finance', '足额到位', '到位')
    await rewrite(8, 1, '全')
    const before = await runs()
    const answer = await accept('filler', stale)
    expect(answer).toMatchObject({ status: 409, body: { error: { code: 'text_changed' } } })
    expect(answer.body.error.message.zh).toContain('已被修改')
    expect(await runs()).toEqual(before)
    expect((await list()).at(-1)).toMatchObject({ id: stale.id, status: 'open', isStale: true })
    await rewrite(8, 1, '额')
    expect((await accept('filler', stale)).status).toBe(200)
    expect((await list()).at(-1)).toMatchObject({ status: 'accepted', isStale: false })
  })

  test('[G7] of overlapping suggestions the first is applied and the second stays open', async () => {
    const first = await suggested('head', '足额到位', '全部到账')
    const second = await suggested('finance', '到位，支出', '到位；支出')
    expect((await accept('filler', first)).status).toBe(200)
    expect((await accept('filler', second)).status).toBe(409)
    expect(await paragraph()).toBe(TEXT.replace('足额到位', '全部到账'))
  })

  test('[G8] of two who accept at once one wins and the other is told; it is applied once', async () => {
    const suggestion = await suggested('head', '足额', '足额足额')
    const answers = await Promise.all([
      accept('filler', suggestion),
      accept('finance', suggestion),
      accept('filler', suggestion),
    ])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409])
    const told = answers.find(({ status }) => status === 409)
    expect(told?.body.error).toMatchObject({
      code: 'decided_already',
      message: { zh: expect.stringContaining('接受') },
    })
    expect(await paragraph()).toBe(TEXT.replace('足额', '足额足额'))
    expect((await deeds()).filter(({ action }) => action === 'suggestion-accepted')).toHaveLength(1)
  })

  test('[G9] a server that stopped in between finishes it: applied once, audited once', async () => {
    for (const isApplied of [false, true]) {
      const { id, proposal } = await suggested('head', '足额', `足额${isApplied ? '乙' : '甲'}`)
      const edit = editOf(await server.hub.readPart({ reportId: server.reportId, part: 'narrative' }), proposal)
      if (!edit) throw new Error('it is applicable')
      const decision = {
        decided_by: server.userIds.filler,
        decided_as: 'filler',
        decided_at: Date.now(),
        edit,
      } as const
      await compareAndSetSuggestion(server.database.db, { id, from: 'open', status: 'accepting', ...decision })
      const stored = {
        reportId: server.reportId,
        part: 'narrative',
        userId: server.userIds.filler,
        update: edit,
      } as const
      if (isApplied) await server.hub.applyAs(stored)
      expect((await list()).at(-1)).toMatchObject({ status: 'open', decidedBy: null })
      // Another server may be at it.
      expect(await finishAccepting(serverDeps(), decision.decided_at - 1)).toBe(0)
      expect((await list()).at(-1)).toMatchObject({ status: 'open' })
      expect(await finishAccepting(serverDeps(), decision.decided_at)).toBe(1)
      expect(await finishAccepting(serverDeps(), decision.decided_at)).toBe(0)
    }
    expect(await paragraph()).toBe(TEXT.replace('足额', '足额乙甲'))
    expect((await deeds()).filter(({ action }) => action === 'suggestion-accepted')).toHaveLength(2)
  })

  test('[G9] one that can not be finished keeps neither the others nor the server back', async () => {
    const [broken, sound] = [await suggested('head', '足额', '足额甲'), await suggested('head', '足额', '足额乙')]
    const at = Date.now()
    for (const { id, proposal } of [broken, sound]) {
      const edit = editOf(await server.hub.readPart({ reportId: server.reportId, part: 'narrative' }), proposal)
      if (!edit) throw new Error('it is applicable')
      const decision = { decided_by: server.userIds.filler, decided_as: 'filler', decided_at: at, edit } as const
      await compareAndSetSuggestion(server.database.db, { id, from: 'open', status: 'accepting', ...decision })
    }
    const failures: string[] = []
    let applied = 0
    const deps = serverDeps({
      applyAs(edit) {
        applied += 1
        if (applied === 1) throw new Error('the document can not be loaded')
        return server.hub.applyAs(edit)
      },
    })
    const onError = (error: unknown, reportId: string) => failures.push(`${reportId}: ${String(error)}`)
    expect(await finishAccepting({ ...deps, onError }, at)).toBe(1)
    expect(failures).toEqual([`${server.reportId}: Error: the document can not be loaded`])
    expect(await finishAccepting(serverDeps(), at)).toBe(1)
    expect((await list()).map(({ status }) => status)).toEqual(['accepted', 'accepted'])
  })

  test('[G9] one that was left half done is finished by whoever asks next', async () => {
    const { id, proposal } = await suggested('head', '足额', '足额甲')
    const edit = editOf(await server.hub.readPart({ reportId: server.reportId, part: 'narrative' }), proposal)
    if (!edit) throw new Error('it is applicable')
    const decision = { decided_by: server.userIds.filler, decided_as: 'filler', decided_at: Date.now(), edit } as const
    await compareAndSetSuggestion(server.database.db, { id, from: 'open', status: 'accepting', ...decision })
    expect((await accept('finance', { id })).body.error).toMatchObject({ code: 'decided_already' })
    expect((await list())[0]).toMatchObject({ status: 'accepted', decidedBy: { role: 'filler' } })
    expect(await paragraph()).toBe(TEXT.replace('足额', '足额甲'))
  })

  test('[T6] one that was left half done is finished before the report moves on, and is in the frozen version', async () => {
    await server.inState('department_review')
    const { id, proposal } = await suggested('finance', '足额', '足额甲')
    const edit = editOf(await server.hub.readPart({ reportId: server.reportId, part: 'narrative' }), proposal)
    if (!edit) throw new Error('it is applicable')
    const decision = { decided_by: server.userIds.head, decided_as: 'head', decided_at: Date.now(), edit } as const
    await compareAndSetSuggestion(server.database.db, { id, from: 'open', status: 'accepting', ...decision })
    const { status } = await server.call('head', 'POST', '/transitions', { action: 'return', reason: '请补充' })
    expect(status).toBe(200)
    expect((await list()).at(-1)).toMatchObject({ status: 'accepted', decidedBy: { role: 'head' } })
    expect(await paragraph()).toBe(TEXT.replace('足额', '足额甲'))
    const versions = (await server.call<VersionList>('filler', 'GET', '/versions')).body.versions
    const opened = await server.call('filler', 'GET', `/versions/${versions[0]!.id}`)
    expect(JSON.stringify(opened.body)).toContain('足额甲')
  })
})

describe('rejecting and withdrawing', () => {
  test('[G10] who has the pen rejects with a reason, the author withdraws; the text stays', async () => {
    const one = await suggested('head', '足额', '全部')
    expect((await post('head', `/${one.id}/reject`, {})).status).toBe(403)
    expect((await post('finance', `/${one.id}/withdraw`)).status).toBe(403)
    const { body } = await post('filler', `/${one.id}/reject`, { reason: '口径不同' })
    expect(body).toMatchObject({ status: 'rejected', decisionReason: '口径不同', decidedBy: { role: 'filler' } })
    const bare = await suggested('head', '足额', '全部')
    expect((await post('filler', `/${bare.id}/reject`)).body).toMatchObject({ status: 'rejected', decisionReason: '' })
    const two = await suggested('head', '足额', '全部')
    expect((await post('head', `/${two.id}/withdraw`)).body.status).toBe('withdrawn')
    for (const { id } of [one, two]) {
      expect((await accept('filler', { id })).status).toBe(409)
      expect((await post('filler', `/${id}/reject`, {})).status).toBe(409)
      expect((await post('head', `/${id}/withdraw`)).status).toBe(409)
    }
    expect(await paragraph()).toBe(TEXT)
    const actions = (await deeds()).map(({ action }) => action)
    expect(actions.slice(0, 6)).toEqual([
      'suggestion-withdrawn',
      'suggestion-made',
      'suggestion-rejected',
      'suggestion-made',
      'suggestion-rejected',
      'suggestion-made',
    ])
  })

  test('[G11] a suggestion of another report is not found under this one', async () => {
    const elsewhere = await suggested('head', '足额', '全部')
    await server.newReport()
    for (const [who, verb] of [
      ['filler', 'accept'],
      ['filler', 'reject'],
      ['head', 'withdraw'],
    ] as const) {
      expect((await post(who, `/${elsewhere.id}/${verb}`, verb === 'reject' ? {} : undefined)).status).toBe(404)
    }
    const batch = await post<SuggestionOutcomes>('filler', '/batch', {
      ids: [elsewhere.id, '__proto__'],
      decision: 'accept',
    })
    expect(batch.body.outcomes.map(({ outcome }) => outcome)).toEqual(['refused', 'refused'])
  })
})

test('[G12] several at once: each has its own outcome, in order', async () => {
  const one = await suggested('head', '足额', '全部')
  const two = await suggested('finance', '足额到位', '到位')
  const three = await suggested('head', '九十', '九十五')
  const own = await suggested('filler', '进度', '进展')
  const ids = [one.id, two.id, three.id, own.id, one.id]
  const { body } = await post<SuggestionOutcomes>('filler', '/batch', { ids, decision: 'accept' })
  expect(body.outcomes.map(({ id, outcome }) => [id, outcome])).toEqual([
    [one.id, 'accepted'],
    [two.id, 'refused'],
    [three.id, 'accepted'],
    [own.id, 'refused'],
  ])
  expect(await paragraph()).toBe('资金已全部到位，支出进度达到百分之九十五。')
  const rejected = await post<SuggestionOutcomes>('finance', '/batch', {
    ids: [own.id],
    decision: 'reject',
    reason: '不必',
  })
  expect(rejected.body.outcomes).toMatchObject([{ outcome: 'rejected', suggestion: { decisionReason: '不必' } }])
  for (const bad of [[], Array(201).fill('x'), 'x']) {
    expect((await post('filler', '/batch', { ids: bad, decision: 'accept' })).status).toBe(400)
  }
  expect((await post('outsider', '/batch', { ids: [one.id], decision: 'accept' })).status).toBe(404)
})

describe('建议得分', () => {
  const leaf = leavesOf(findTemplate('guangdong-2022') ?? ({ roots: [] } as never))[0]
  const indicatorId = leaf?.id ?? ''
  const proposal = (oldScore: number | null, newScore: number) => ({ kind: 'score', indicatorId, oldScore, newScore })
  const score = async () => readSelf(await server.read('self')).answers.get(indicatorId)?.score
  beforeEach(() =>
    server.edit('self', 'filler', (doc) => setScore({ doc, origin: null, part: 'self', indicatorId, score: 150 })),
  )

  test('[G13] is proposed with a reason and written when the filler accepts it', async () => {
    const { status, body } = await post('finance', '', { proposal: proposal(1.5, 1.05), reason: '佐证不足' })
    expect({ status, error: body.error }).toEqual({ status: 201, error: undefined })
    expect(await score()).toBe(150)
    expect((await accept('head', body)).status).toBe(403)
    expect((await accept('filler', body)).body).toMatchObject({ part: 'self', suggestion: { status: 'accepted' } })
    expect(await score()).toBe(105)
  })

  test('[G13] out of range, without a reason, or of no indicator it is refused', async () => {
    const attempts: [object, string][] = [
      [{ proposal: proposal(1.5, 1) }, 'reason_required'],
      [{ proposal: proposal(1.5, -1), reason: '一' }, 'score_out_of_range'],
      [{ proposal: proposal(1.5, 101), reason: '一' }, 'score_out_of_range'],
      [{ proposal: proposal(1.5, 0.001), reason: '一' }, 'score_out_of_range'],
      [{ proposal: proposal(1.5, 1.5), reason: '一' }, 'no_change'],
      [{ proposal: { ...proposal(1.5, 1), indicatorId: '__proto__' }, reason: '一' }, 'no_such_indicator'],
      [{ proposal: { ...proposal(1.5, 1), newScore: '1' }, reason: '一' }, 'invalid'],
    ]
    for (const [body, code] of attempts)
      expect(await post('finance', '', body)).toMatchObject({ status: 400, body: { error: { code } } })
    expect(await post('finance', '', { proposal: proposal(1, 0.5), reason: '一' })).toMatchObject({ status: 409 })
  })

  test('[G13] a score changed meanwhile stays', async () => {
    const { body } = await post('finance', '', { proposal: proposal(1.5, 1), reason: '一' })
    await server.edit('self', 'filler', (doc) => doc.getMap('self').set(scoreKey(indicatorId), 120))
    expect((await accept('filler', body)).status).toBe(409)
    expect(await score()).toBe(120)
  })
})

type ApplyAs = typeof server.hub.applyAs

const serverDeps = ({ applyAs = (edit) => server.hub.applyAs(edit) }: { applyAs?: ApplyAs } = {}) => ({
  db: server.database.db,
  feed: server.feed,
  now: Date.now,
  onError: (error: unknown) => {
    throw error
  },
  documents: {
    hold: <T>(reportId: string, work: () => Promise<T>) => server.hub.hold(reportId, work),
    readPart: (key: { reportId: string; part: 'narrative' }) => server.hub.readPart(key),
    applyAs,
  } as never,
})
