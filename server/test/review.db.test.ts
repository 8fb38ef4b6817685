import { PGlite } from '@electric-sql/pglite'
import { PGliteDialect } from 'kysely'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import type {
  AcceptedSuggestion,
  AuditList,
  NoticeList,
  ReportDetail,
  ReturnItem,
  Suggestion,
  Thread,
} from '@gongping/protocol/http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findBrokenLinks } from '../src/db/audit.ts'
import { type Database, databaseOn, openSqlite } from '../src/db/dialect.ts'
import { createMailer } from '../src/mail/mailer.ts'
import type { Letter } from '../src/mail/smtp-post.ts'
import { tellDue } from '../src/notices/tell-due.ts'
import { type ReviewServer, startReviewServer } from './support/review.ts'
import type { Who } from './support/test-server.ts'

const DATABASES: Record<string, () => Promise<Database>> = {
  SQLite: async () => openSqlite(':memory:'),
  PGlite: async () => databaseOn(new PGliteDialect({ pglite: await PGlite.create({ parsers: { 20: Number } }) })),
}

for (const [name, open] of Object.entries(DATABASES)) {
  describe(name, () => {
    let server: ReviewServer
    beforeAll(async () => {
      server = await startReviewServer({ database: await open() })
      await server.newReport()
      await server.write('filler', '资金已足额到位，𠮷。')
    })
    afterAll(() => server.close())
    const inbox = async (who: Who) => (await server.call<NoticeList>(who, 'GET', '/api/notices')).body

    test('[R8] [R10] threads, replies and their steps, many at once', async () => {
      const anchor = await server.anchor('足额到位，𠮷')
      const mentions = [{ kind: 'role', id: 'filler' }]
      const { body: thread } = await server.call<Thread>('head', 'POST', '/threads', {
        anchor,
        text: '依据？',
        mentions,
      })
      const reply = (text: string) => server.call<Thread>('filler', 'POST', `/threads/${thread.id}/replies`, { text })
      await Promise.all(Array.from({ length: 8 }, (_, index) => reply(`回复 ${index}`)))
      const marks = await Promise.all(
        ['done', 'done', 'done'].map((status) =>
          server.call<Thread>('filler', 'PATCH', `/threads/${thread.id}`, { status }),
        ),
      )
      for (const { status } of marks) expect([200, 409]).toContain(status)
      const internal = { anchor: { kind: 'report' }, visibility: 'finance', text: '内部' }
      await server.call('finance', 'POST', '/threads', internal)
      const { threads } = (await server.call<{ threads: Thread[] }>('filler', 'GET', '/threads')).body
      expect(threads).toHaveLength(1)
      expect(threads[0]).toMatchObject({ status: 'done', anchor, at: expect.stringMatching(/^20\d\d-/) })
      expect(threads[0]?.replies).toHaveLength(9)
      expect((await inbox('filler')).notices).toMatchObject([{ kind: 'mentioned', text: '依据？' }])
      const path = `/threads/${thread.id}/replies/${thread.replies[0]?.id}`
      expect((await server.call('head', 'DELETE', path)).body).toMatchObject({ thread: { status: 'done' } })
    })

    test('[G4] [G8] suggestions are accepted once', async () => {
      const proposal = { kind: 'text', anchor: await server.anchor('足额'), oldText: '足额', newText: '全部' }
      const { body } = await server.call<Suggestion>('head', 'POST', '/suggestions', { proposal })
      const answers = await Promise.all(
        (['filler', 'finance'] as const).map((who) =>
          server.call<AcceptedSuggestion>(who, 'POST', `/suggestions/${body.id}/accept`),
        ),
      )
      expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409])
      expect(await server.text()).toContain('资金已全部到位，𠮷。')
    })

    test('[N1] [N4] [N5] [N8] returns, openings, notices and due dates', async () => {
      await server.inState('department_review')
      const items = [{ anchor: { kind: 'cover', key: 'projectName' }, problem: '名称不符', dueDate: '2030-01-10' }]
      await server.call('head', 'POST', '/transitions', { action: 'return', reason: '见各条', items })
      const [item] = (await server.call<{ items: ReturnItem[] }>('filler', 'GET', '/return-items')).body.items
      expect(item).toMatchObject({ problem: '名称不符', dueDate: '2030-01-10', status: 'open' })
      await server.call('filler', 'PATCH', `/return-items/${item?.id}`, { answer: '已改' })
      await server.inState('department_review')
      await server.call('head', 'GET', '')
      await server.call('head', 'GET', '')
      expect((await server.call('filler', 'POST', '/transitions', { action: 'withdraw' })).body.error.code).toBe(
        'opened_already',
      )
      const { body } = await server.call<ReportDetail>('finance', 'PATCH', '', { dueDate: '2030-01-10' })
      expect(body).toMatchObject({ dueDate: '2030-01-10', round: 0 })
      const due = { db: server.database.db, feed: server.feed, now: () => Date.parse('2030-01-08T00:00:00Z') }
      expect([await tellDue(due), await tellDue(due)]).toEqual([1, 0])
      expect((await inbox('head')).notices).toMatchObject([{ kind: 'due' }])
      expect((await inbox('filler')).notices.map(({ kind }) => kind).toSorted()).toEqual(['returned'])
      await server.call('filler', 'POST', '/api/notices/read', {})
      expect((await inbox('filler')).unread).toBe(0)
      await server.call('filler', 'PATCH', '/api/notices/settings', { returned: false, due: false })
      expect((await server.call('filler', 'PATCH', '/api/notices/settings', { due: true })).body).toMatchObject({
        returned: false,
        due: true,
      })
    })

    test('[M3] [M4] mail is put in line once and sent once', async () => {
      const { db } = server.database
      await server.call('filler', 'PATCH', '/api/notices/mail', { address: 'f@office.example', kinds: { due: false } })
      await server.call('filler', 'PATCH', '/api/notices/settings', { due: true })
      const raise = () =>
        server.call('head', 'POST', '/threads', {
          anchor: { kind: 'report' },
          text: '请看',
          mentions: [{ kind: 'role', id: 'filler' }],
        })
      await raise()
      await raise()
      const letters: Letter[] = []
      const mailer = () =>
        createMailer({
          db,
          post: { send: async (letter) => void letters.push(letter), close: () => undefined },
          baseUrl: 'https://gongping.example',
          now: Date.now,
          registry: new Registry(),
          log: pino({ level: 'silent' }),
        })
      const sent = await Promise.all([mailer().deliver(), mailer().deliver()])
      expect(sent.toSorted()).toEqual([0, 1])
      expect(letters).toMatchObject([{ to: { address: 'f@office.example', name: '填报人' } }])
      expect((await server.call('filler', 'GET', '/api/notices/mail')).body).toMatchObject({
        address: 'f@office.example',
        kinds: { due: false, mentioned: true },
      })
    })

    test('[U1] [U3] the trail is filtered and its chain holds', async () => {
      const { entries, total } = (await server.call<AuditList>('admin', 'GET', '/audit?action=suggestion-accepted'))
        .body
      expect([entries.length, total]).toEqual([1, 1])
      const all = (await server.call<AuditList>('finance', 'GET', '/audit?pageSize=5&page=2')).body
      expect(all.total).toBeGreaterThan(15)
      expect(all.entries).toHaveLength(5)
      expect(await findBrokenLinks(server.database.db)).toEqual([])
    })
  })
}
