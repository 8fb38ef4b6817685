import * as Y from 'yjs'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { AuditList } from '@gongping/protocol/http'
import { findBrokenLinks } from '../src/db/audit.ts'
import { createRefusalCounts } from '../src/reports/refusal-counts.ts'
import { syncFrame } from './simulation/frames.ts'
import { type ReviewServer, startReviewServer } from './support/review.ts'
import { openSocketDoor } from './support/socket-door.ts'

let server: ReviewServer

beforeAll(async () => {
  server = await startReviewServer()
})
afterAll(() => server.close())
beforeEach(async () => {
  await server.newReport()
})

/** Rows about refusals since a moment, whatever report they are of. */
async function told(since: number) {
  await server.refusals.flush()
  const rows = await server.database.db
    .selectFrom('audit')
    .selectAll()
    .where('action', '=', 'refused')
    .where('at', '>=', since)
    .orderBy('id')
    .execute()
  return rows.map(({ user_id, report_id, detail }) => ({
    user: user_id,
    report: report_id,
    ...(JSON.parse(detail) as { code: string; times: number }),
  }))
}

test('[U4] refused moves are counted: one row for each person, report and reason, however often', async () => {
  const at = Date.now()
  for (let count = 0; count < 5; count += 1)
    expect((await server.call('head', 'POST', '/transitions', { action: 'approve' })).status).toBe(409)
  expect((await server.call('filler', 'POST', '/transitions', { action: 'conclude' })).status).toBe(403)
  await server.call('outsider', 'POST', '/transitions', { action: 'submit' })
  const report = server.reportId
  expect(await told(at)).toEqual([
    expect.objectContaining({ user: server.userIds.head, report, code: 'wrong_state', times: 5 }),
    expect.objectContaining({ user: server.userIds.filler, report, times: 1 }),
  ])
  const { entries } = (await server.call<AuditList>('finance', 'GET', '/audit?action=refused')).body
  expect(entries).toHaveLength(2)
  expect(await findBrokenLinks(server.database.db)).toEqual([])
})

test('[U4] a foreign origin is counted under its address, and of its path nothing is believed', async () => {
  const at = Date.now()
  const cookie = await server.signIn('filler')
  const headers = { origin: 'https://evil.example' }
  const path = `/api/reports/${server.reportId}/transitions`
  for (let count = 0; count < 3; count += 1) {
    const answer = await server.request(path, { method: 'POST', cookie, headers, body: { action: 'submit' } })
    expect(answer.status).toBe(403)
  }
  expect(await told(at)).toEqual([
    expect.objectContaining({ user: '', report: null, code: 'foreign_origin', times: 3, address: 'local' }),
  ])
})

test('[U4] what a socket is refused for is told with the person and the report; a foreign origin with its address', async () => {
  const at = Date.now()
  const door = await openSocketDoor(server, {
    allowedOrigins: () => ['http://127.0.0.1:3000'],
    onRefused: (refusal) => server.refusals.count(refusal),
    limits: { socketsPerUser: 1 },
  })
  const cookie = await server.signIn('filler')
  expect(await door.statusOf(door.open('finance', { cookie, origin: 'https://evil.example' }))).toBe(403)
  const line = door.open('finance', { cookie })
  await new Promise((resolve) => line.once('message', resolve))
  expect(await door.statusOf(door.open('finance', { cookie }))).toBe(429)
  const doc = new Y.Doc()
  doc.getMap('scores').set('gd.decision.score', 1)
  line.send(syncFrame('update', Y.encodeStateAsUpdate(doc)))
  await new Promise((resolve) => line.once('close', resolve))
  const who = { user: server.userIds.filler, report: server.reportId, times: 1 }
  expect(await told(at)).toEqual([
    expect.objectContaining({ user: '', report: null, code: 'foreign_origin', address: '127.0.0.1' }),
    expect.objectContaining({ ...who, code: 'too_many_sockets', address: '127.0.0.1' }),
    expect.objectContaining({ ...who, code: 'no-pen' }),
  ])
  await door.close()
})

test('[U4] what is refused for other reasons than rights leaves no row', async () => {
  const at = Date.now()
  await server.call('filler', 'POST', '/threads', { anchor: { kind: 'report' }, text: '' })
  await server.call('filler', 'GET', '/versions/none')
  await server.request('/api/me')
  expect(await told(at)).toEqual([])
})

test('[U4] a flood of different ones becomes one row, and what could not be written is told later', async () => {
  const { db } = server.database
  let isBroken = true
  const errors: unknown[] = []
  const unreliable = new Proxy(db, {
    get(target, name) {
      if (name === 'transaction' && isBroken) throw new Error('disk full')
      const value = Reflect.get(target, name, target) as unknown
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  const counts = createRefusalCounts({
    db: unreliable,
    now: () => 1_000,
    onError: (error) => errors.push(error),
    maxKinds: 3,
  })
  for (let count = 0; count < 100; count += 1) counts.count({ code: `flood-${count}`, userId: '' })
  await counts.flush()
  expect(errors).toHaveLength(1)
  isBroken = false
  await counts.close()
  counts.count({ code: 'flood-late', userId: '' })
  await counts.flush()
  const rows = await db
    .selectFrom('audit')
    .select('detail')
    .where('action', '=', 'refused')
    .where('at', '=', 1_000)
    .execute()
  const details = rows.map(({ detail }) => JSON.parse(detail) as { code: string; times: number })
  expect(details.map(({ code, times }) => `${code} ${times}`)).toEqual([
    'flood-0 1',
    'flood-1 1',
    'flood-2 1',
    'many 97',
  ])
})
