import { randomUUID } from 'node:crypto'
import type { AuditList, Thread } from '@gongping/protocol/http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ReviewServer, startReviewServer, textsIn } from './support/review.ts'
import type { Who } from './support/test-server.ts'
import * as Y from 'yjs'

let server: ReviewServer

beforeAll(async () => {
  server = await startReviewServer()
})
afterAll(() => server.close())
beforeEach(() => server.newReport())

const REPORT = { kind: 'report' } as const
const raise = (who: Who, fields: object = {}) =>
  server.call<Thread>(who, 'POST', '/threads', { anchor: REPORT, text: '请补充依据', ...fields })
const raised = async (who: Who, fields: object = {}) => {
  const { status, body } = await raise(who, fields)
  expect({ status, error: body.error }).toEqual({ status: 201, error: undefined })
  return body
}
const list = async (who: Who) => (await server.call<{ threads: Thread[] }>(who, 'GET', '/threads')).body.threads
const mark = (who: Who, { id }: Thread, status: string) =>
  server.call<Thread>(who, 'PATCH', `/threads/${id}`, { status })
const reply = (who: Who, { id }: Thread, fields: object = {}) =>
  server.call<Thread>(who, 'POST', `/threads/${id}/replies`, { text: '已补充', ...fields })

describe('raising and reading', () => {
  test('[R1] a member without the pen comments on a text, and the text is not touched', async () => {
    await server.write('filler', '资金已足额到位，支出进度达到百分之九十。')
    await server.inState('department_review')
    const before = await server.text()
    const anchor = await server.anchor('足额到位')
    const thread = await raised('filler', { anchor })
    expect(thread).toMatchObject({
      kind: 'text',
      quote: '足额到位',
      status: 'open',
      visibility: 'public',
      round: 1,
      author: { role: 'filler', displayName: '填报人' },
      replies: [{ text: '请补充依据', deleted: false, editedAt: null }],
    })
    expect(await list('finance')).toEqual([thread])
    expect(await server.text()).toBe(before)
  })

  test('[R1] cells, cover fields, facts and the whole report have comments as well', async () => {
    for (const anchor of [
      { kind: 'cell', indicatorId: 'gd.decision', column: 'self', aspect: 'score' },
      { kind: 'cover', key: 'projectName' },
      { kind: 'fact', key: 'outputs.1.planned' },
      REPORT,
    ]) {
      expect(await raised('finance', { anchor })).toMatchObject({ kind: anchor.kind, anchor, quote: '' })
    }
    expect(await list('filler')).toHaveLength(4)
  })

  test('[R2] the text of a comment may be gone at the same moment; the thread keeps its quote', async () => {
    await server.write('filler', '即将删除的文字')
    const anchor = await server.anchor('即将删除')
    await server.edit('narrative', 'filler', (doc) => {
      const run = textsIn(doc.get('body', Y.XmlElement) as Y.XmlElement).find(({ length }) => length === 7)
      run?.delete(0, 7)
    })
    expect(await raised('head', { anchor })).toMatchObject({ quote: '即将删除' })
  })

  test('[R3] what people write is text, whatever it looks like', async () => {
    const text = '<img src=x onerror=alert(1)> <script>1</script> &lt; 𠮷 “引号”\n第二行'
    const thread = await raised('filler', { text: `  ${text}\u0000\u0007\ud800 ` })
    expect(thread.replies[0]?.text).toBe(`${text}  \ufffd`)
    expect((await list('head'))[0]?.replies[0]?.text).toBe(`${text}  \ufffd`)
  })

  test('[R4] a comment of 10,000 characters is refused, and the answer names the field and the limit', async () => {
    const { status, body } = await raise('filler', { text: '长'.repeat(10_000) })
    expect(status).toBe(400)
    expect(body.error.code).toBe('invalid')
    expect(body.error.message.zh).toContain('最多 5000 字')
    expect(body.error.message.en).toContain('5000')
    expect((await raise('filler', { text: '长'.repeat(5000) })).status).toBe(201)
    for (const text of ['', ' \n ', 5, null]) expect((await raise('filler', { text })).status).toBe(400)
  })

  test('[R4] hostile anchors are refused or kept as they are, and nothing breaks', async () => {
    const text = { kind: 'text', start: 'AAAA', end: 'AAAA', quote: '甲', prefix: '', suffix: '' }
    for (const anchor of [
      { kind: 'cell', indicatorId: 'a b', column: 'self', aspect: 'score' },
      { kind: 'cell', indicatorId: 'gd.decision', column: '__proto__', aspect: 'score' },
      { kind: 'constructor' },
      { ...text, start: '%%%' },
      { ...text, start: 'A'.repeat(401) },
      { ...text, quote: '字'.repeat(2001) },
      { ...text, quote: '\u0000' },
      { ...text, quote: '\ud800' },
      { ...text, quote: '  ' },
      null,
    ]) {
      expect({ anchor, status: (await raise('filler', { anchor })).status }).toEqual({ anchor, status: 400 })
    }
    await raised('filler', { anchor: text })
    await raised('filler', { anchor: { kind: 'fact', key: '__proto__' } })
    await raised('filler', { anchor: { ...REPORT, __proto__: { polluted: 1 }, extra: 1 } })
    expect({}).not.toHaveProperty('polluted')
    expect((await list('filler')).at(-1)?.anchor).toEqual(REPORT)
  })

  test('[R5] comments end with the conclusion; reading does not', async () => {
    const thread = await raised('head')
    await server.inState('concluded')
    expect((await raise('finance')).status).toBe(409)
    expect((await reply('filler', thread)).status).toBe(409)
    expect((await mark('head', thread, 'closed')).status).toBe(409)
    const own = `/threads/${thread.id}/replies/${thread.replies[0]?.id}`
    expect((await server.call('head', 'DELETE', own)).status).toBe(409)
    expect(await list('filler')).toEqual([thread])
  })

  test('[R5] an administrator reads and does not comment; a stranger meets nothing', async () => {
    const thread = await raised('head')
    expect((await raise('admin')).status).toBe(403)
    expect((await reply('admin', thread)).status).toBe(403)
    expect(await list('admin')).toHaveLength(1)
    for (const [method, path] of [
      ['GET', '/threads'],
      ['PATCH', `/threads/${thread.id}`],
    ] as const) {
      const answer = await server.call('outsider', method, path, method === 'GET' ? undefined : { status: 'done' })
      expect(answer).toMatchObject({ status: 404, body: { error: { code: 'no_such_report' } } })
    }
  })
})

describe('internal comments', () => {
  test('[R6] 部门内部 and 财政内部 are for the holders of that role, in lists and by id', async () => {
    const department = await raised('head', { visibility: 'department', text: '内部：先不要告诉单位' })
    const finance = await raised('finance', { visibility: 'finance', text: '内部：财政' })
    expect((await list('head')).map(({ id }) => id)).toEqual([department.id])
    expect((await list('finance')).map(({ id }) => id)).toEqual([finance.id])
    for (const who of ['filler', 'admin'] as const) expect(await list(who)).toEqual([])
    for (const who of ['filler', 'finance', 'admin'] as const) {
      const path = `/threads/${department.id}`
      const attempts = [
        await server.call(who, 'PATCH', path, { status: 'done' }),
        await server.call(who, 'POST', `${path}/replies`, { text: '看得到吗' }),
        await server.call(who, 'PATCH', `${path}/replies/${department.replies[0]?.id}`, { text: '改' }),
        await server.call(who, 'DELETE', `${path}/replies/${department.replies[0]?.id}`),
      ]
      for (const { status, body } of attempts) {
        expect(status).toBe(404)
        expect(body.error.code).toBe('no_such_thread')
        expect(JSON.stringify(body)).not.toContain('内部：')
      }
    }
    const audit = (await server.call<AuditList>('finance', 'GET', '/audit')).body
    expect(audit.entries.map(({ by }) => by)).toEqual(['财政复核人', '填报人'])
    expect(audit).toMatchObject({ total: 2 })
  })

  test('[R6] nobody raises one for a role they do not hold', async () => {
    for (const [who, visibility] of [
      ['filler', 'department'],
      ['filler', 'finance'],
      ['finance', 'department'],
      ['head', 'finance'],
    ] as const) {
      expect((await raise(who, { visibility })).status).toBe(403)
    }
    expect((await raise('head', { visibility: 'everyone' })).status).toBe(400)
  })

  test('[R7] the thread of another report is not found under this one, also by a member of both', async () => {
    const elsewhere = await raised('head')
    const otherReport = server.reportId
    await server.newReport()
    const own = await raised('head')
    for (const [method, path, body] of [
      ['PATCH', `/threads/${elsewhere.id}`, { status: 'closed' }],
      ['POST', `/threads/${elsewhere.id}/replies`, { text: '混入' }],
      ['PATCH', `/threads/${own.id}/replies/${elsewhere.replies[0]?.id}`, { text: '混入' }],
      ['DELETE', `/threads/${own.id}/replies/${elsewhere.replies[0]?.id}`, undefined],
      ['PATCH', `/threads/constructor`, { status: 'closed' }],
    ] as const) {
      expect((await server.call('head', method, path, body)).status, `${method} ${path}`).toBe(404)
    }
    server.reportId = otherReport
    expect(await list('head')).toEqual([elsewhere])
  })
})

describe('replies', () => {
  test('[R8] are added in order, changed and deleted by their author only', async () => {
    const thread = await raised('head')
    const [first] = thread.replies
    await reply('filler', thread, { text: '一' })
    const { body } = await reply('finance', thread, { text: '二' })
    expect(body.replies.map(({ text }) => text)).toEqual(['请补充依据', '一', '二'])
    const path = `/threads/${thread.id}/replies/${body.replies[1]?.id}`
    for (const who of ['head', 'finance', 'admin'] as const) {
      expect((await server.call(who, 'PATCH', path, { text: '篡改' })).status).toBe(403)
      expect((await server.call(who, 'DELETE', path)).status).toBe(403)
    }
    const changed = await server.call<Thread>('filler', 'PATCH', path, { text: '一改' })
    expect(changed.body.replies[1]).toMatchObject({ text: '一改', editedAt: expect.any(String) })
    const left = await server.call<{ thread: Thread }>('head', 'DELETE', `/threads/${thread.id}/replies/${first?.id}`)
    expect(left.body.thread.replies[0]).toMatchObject({ text: '', deleted: true })
    expect(left.body.thread.replies).toHaveLength(3)
    expect(
      (await server.call('head', 'PATCH', `/threads/${thread.id}/replies/${first?.id}`, { text: 'x' })).status,
    ).toBe(404)
  })

  test('[R8] a thread in which nobody else wrote goes with its first entry; a reply to it is told so', async () => {
    const thread = await raised('head')
    const gone = await server.call<{ thread: null }>(
      'head',
      'DELETE',
      `/threads/${thread.id}/replies/${thread.replies[0]?.id}`,
    )
    expect(gone).toMatchObject({ status: 200, body: { thread: null } })
    expect(await list('head')).toEqual([])
    const { status, body } = await reply('filler', thread, { text: '我写的话不该丢' })
    expect(status).toBe(404)
    expect(body.error).toMatchObject({ code: 'no_such_thread', message: { zh: expect.stringContaining('已被删除') } })
  })

  test('[R8] replies of many at once all stay, each once', async () => {
    const thread = await raised('head')
    const texts = Array.from({ length: 12 }, (_, index) => `并发 ${index}`)
    const who = ['filler', 'head', 'finance'] as const
    await Promise.all(texts.map((text, index) => reply(who[index % 3] ?? 'head', thread, { text })))
    const written = (await list('head'))[0]?.replies.map(({ text }) => text).slice(1)
    expect(written?.toSorted()).toEqual(texts.toSorted())
  })

  test('[R9] who is named is a member who may read it', async () => {
    const { userIds } = server
    const ok = await raised('head', {
      mentions: [
        { kind: 'member', id: userIds.filler },
        { kind: 'role', id: 'finance' },
      ],
    })
    expect(ok.replies[0]?.mentions).toHaveLength(2)
    for (const mention of [
      { kind: 'member', id: userIds.outsider },
      { kind: 'member', id: userIds.admin },
      { kind: 'member', id: 'nobody' },
      { kind: 'role', id: 'admin' },
      { kind: 'role', id: '__proto__' },
    ]) {
      const { status, body } = await raise('head', { mentions: [mention] })
      expect(status).toBe(400)
      expect(body.error).toMatchObject({ code: 'not_mentionable', message: { zh: expect.stringContaining('成员') } })
    }
    const internal = { visibility: 'department', mentions: [{ kind: 'member', id: userIds.filler }] }
    expect((await raise('head', internal)).status).toBe(400)
    expect(
      (await raise('head', { mentions: Array.from({ length: 21 }, () => ({ kind: 'role', id: 'head' })) })).status,
    ).toBe(400)
  })
})

describe('sent again because the answer was lost', () => {
  const actions = async () =>
    (await server.call<AuditList>('admin', 'GET', '/audit')).body.entries.map(({ action }) => action)

  test('[R14] a comment is stored, told and in the trail once, also when sent twice at the same time', async () => {
    const id = randomUUID()
    const again = { id, mentions: [{ kind: 'role', id: 'filler' }] }
    const answers = await Promise.all([raise('head', again), raise('head', again)])
    expect(answers.map(({ status }) => status)).toContain(201)
    expect(await raised('head', again)).toMatchObject({ id, replies: [{ text: '请补充依据' }] })
    expect(await list('head')).toHaveLength(1)
    expect((await actions()).filter((action) => action === 'thread-raised')).toHaveLength(1)
  })

  test('[R14] a reply is stored and in the trail once, also after the report was concluded', async () => {
    const thread = await raised('head')
    const id = randomUUID()
    await reply('filler', thread, { id })
    await server.inState('concluded')
    const { status, body } = await reply('filler', thread, { id })
    expect(status).toBe(201)
    expect(body.replies.map((one) => one.id)).toEqual([thread.replies[0]?.id, id])
    expect((await actions()).filter((action) => action === 'thread-replied')).toHaveLength(1)
  })

  test('[R14] an id that stands for something else is refused, and tells nothing', async () => {
    const internal = await raised('finance', { visibility: 'finance', text: '财政内部的话' })
    const mine = await raised('filler', { id: randomUUID() })
    const { body } = await reply('filler', mine, { id: randomUUID() })
    const taken = async (answer: Promise<{ status: number; body: object }>) => {
      const { status, body: refusal } = await answer
      expect(status).toBe(409)
      expect(JSON.stringify(refusal)).not.toContain('财政内部的话')
    }
    await taken(raise('filler', { id: internal.id }))
    await taken(raise('filler', { id: mine.id, text: '别的话' }))
    await taken(raise('filler', { id: mine.id, anchor: { kind: 'cover', key: 'projectName' } }))
    await taken(raise('head', { id: mine.id }))
    await taken(raise('head', { id: mine.id, visibility: 'department' }))
    await taken(reply('filler', mine, { id: internal.replies[0]?.id }))
    await taken(reply('filler', mine, { id: body.replies[1]?.id, text: '别的话' }))
    await taken(reply('head', mine, { id: body.replies[1]?.id }))
    expect((await raise('filler', { id: 'no uuid' })).status).toBe(400)
  })

  test('[R14] the id of one that was deleted, or of a suggestion, stands for nothing else', async () => {
    const id = randomUUID()
    const { replies } = await raised('filler', { id })
    await server.call('filler', 'DELETE', `/threads/${id}/replies/${replies[0]?.id}`)
    expect((await raise('filler', { id, text: '别的话' })).status).toBe(409)
    const { body } = await server.call<{ id: string }>('head', 'POST', '/suggestions', {
      proposal: { kind: 'score', indicatorId: 'gd.decision.setup.justification', oldScore: null, newScore: 2 },
      reason: '依据不足',
    })
    expect(body.id).toMatch(/^[\da-f-]{36}$/)
    expect((await raise('filler', { id: body.id })).status).toBe(409)
    expect(await list('filler')).toEqual([])
  })

  test('[R14] nor under another report', async () => {
    const mine = await raised('filler', { id: randomUUID() })
    await server.newReport()
    expect((await raise('filler', { id: mine.id })).status).toBe(409)
    expect(await list('filler')).toEqual([])
  })
})

describe('two steps to the end', () => {
  test('[R10] 已修改 by whoever can see to it, 关闭 by whoever raised it, reopened by any member', async () => {
    const thread = await raised('finance')
    expect((await mark('head', thread, 'done')).status).toBe(403)
    expect((await mark('filler', thread, 'done')).body.status).toBe('done')
    for (const who of ['filler', 'head', 'admin'] as const) expect((await mark(who, thread, 'closed')).status).toBe(403)
    expect((await mark('finance', thread, 'closed')).body.status).toBe('closed')
    const again = await mark('filler', thread, 'done')
    expect(again).toMatchObject({ status: 409, body: { error: { code: 'thread_closed' } } })
    expect((await mark('head', thread, 'open')).body.status).toBe('open')
    expect((await mark('head', thread, 'open')).status).toBe(200)
    expect((await mark('head', thread, 'deleted')).status).toBe(400)
  })

  test('[R10] an addressee and whoever writes the place mark it as well', async () => {
    const named = await raised('finance', { mentions: [{ kind: 'role', id: 'head' }] })
    expect((await mark('head', named, 'done')).status).toBe(200)
    const cell = { kind: 'cell', indicatorId: 'gd.decision', column: 'department', aspect: 'opinion' }
    const place = await raised('finance', { anchor: cell })
    expect((await mark('head', place, 'done')).status).toBe(200)
  })

  test('[R10] of two who mark at once one wins, and it is in the trail once', async () => {
    const thread = await raised('finance')
    const answers = await Promise.all([mark('filler', thread, 'done'), mark('finance', thread, 'closed')])
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(0)
    for (const status of statuses) expect([200, 409]).toContain(status)
    const { entries } = (await server.call<AuditList>('finance', 'GET', '/audit')).body
    expect(entries.filter(({ action }) => action === 'thread-marked')).toHaveLength(
      statuses.filter((status) => status === 200).length,
    )
  })

  test('[R11] a thread whose text is gone is attached to another place', async () => {
    await server.write('filler', '新的依据在这里')
    const thread = await raised('finance', {
      anchor: { kind: 'text', start: '', end: '', quote: '旧文字', prefix: '', suffix: '' },
    })
    const anchor = await server.anchor('新的依据')
    const attached = await server.call<Thread>('finance', 'PATCH', `/threads/${thread.id}`, { anchor })
    expect(attached.body).toMatchObject({ quote: '新的依据', anchor, replies: [{ text: '请补充依据' }] })
    await server.inState('department_review')
    expect((await server.call('filler', 'PATCH', `/threads/${thread.id}`, { anchor })).status).toBe(403)
  })
})

test('[R12] every deed is in the trail once, without the text', async () => {
  const thread = await raised('head', { text: '机密文字' })
  await reply('filler', thread, { text: '机密回复' })
  const [, second] = (await list('head'))[0]?.replies ?? []
  await server.call('filler', 'PATCH', `/threads/${thread.id}/replies/${second?.id}`, { text: '机密改' })
  await server.call('filler', 'DELETE', `/threads/${thread.id}/replies/${second?.id}`)
  await mark('filler', thread, 'done')
  await mark('head', thread, 'closed')
  await server.call('head', 'DELETE', `/threads/${thread.id}/replies/${thread.replies[0]?.id}`)
  const { entries } = (await server.call<AuditList>('admin', 'GET', '/audit')).body
  expect(entries.map(({ action }) => action).toReversed()).toEqual([
    'report-created',
    'thread-raised',
    'thread-replied',
    'reply-changed',
    'reply-deleted',
    'thread-marked',
    'thread-marked',
    'thread-deleted',
  ])
  expect(JSON.stringify(entries)).not.toContain('机密')
})

test('[R13] events go to those who may see the thread, and carry ids only', async () => {
  const streams = {
    filler: server.feed.open({ userId: server.userIds.filler, sessionId: '', isAdmin: false }),
    head: server.feed.open({ userId: server.userIds.head, sessionId: '', isAdmin: false }),
    admin: server.feed.open({ userId: server.userIds.admin, sessionId: '', isAdmin: true }),
    outsider: server.feed.open({ userId: server.userIds.outsider, sessionId: '', isAdmin: false }),
  }
  await raised('head', { visibility: 'department' })
  await raised('head', { mentions: [{ kind: 'member', id: server.userIds.filler }] })
  for (let turns = 0; turns < 20; turns += 1) await new Promise((resolve) => setImmediate(resolve))
  // What waits is still read; beats come whenever the machine has time for them.
  for (const stream of Object.values(streams)) stream.close()
  const next = async (who: keyof typeof streams, count: number) => {
    const events: unknown[] = []
    for await (const event of streams[who].events()) if (event !== 'beat') events.push(event)
    return events.slice(0, count)
  }
  const id = server.reportId
  expect(await next('head', 2)).toEqual([
    { type: 'thread', id },
    { type: 'thread', id },
  ])
  expect(await next('filler', 3)).toEqual([
    { type: 'thread', id },
    { type: 'notice', id },
  ])
  expect(await next('admin', 2)).toEqual([{ type: 'thread', id }])
  expect(await next('outsider', 1)).toEqual([])
})
