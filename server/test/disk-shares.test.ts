import { CLOSE } from '@gongping/protocol'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { type Database, openSqlite } from '../src/db/dialect.ts'
import { deleteFullShares } from '../src/db/rate-shares.ts'
import { migrate } from '../src/db/migrate.ts'
import { createDiskShares } from '../src/disk-shares.ts'
import { HubLines } from './simulation/hub-lines.ts'
import { syncFrame } from './simulation/frames.ts'
import { startReviewServer } from './support/review.ts'
import { seedOf } from './sync-support.ts'

const KIB = 1024
const DAY_MS = 86_400_000
const limits = { user: 10, report: 25, perMs: DAY_MS, unitBytes: 10 * KIB, owedBytes: 40 * KIB }

let database: Database
let now = 0
beforeAll(async () => {
  database = openSqlite(':memory:')
  await migrate(database)
})
afterAll(() => database.close())
beforeEach(async () => {
  now += 10 * DAY_MS
  await deleteFullShares(database.db, now)
})

const start = (registry = new Registry()) =>
  createDiskShares({ db: database.db, registry, now: () => now, onError: () => undefined, limits })
/** Until nothing is asked of the database any more. */
async function answered(): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) await new Promise((resolve) => setImmediate(resolve))
}

async function write(shares: ReturnType<typeof start>, by: { user: string; report: string; kib: number }) {
  const count = shares.of(by.user, by.report)
  let taken = 0
  for (let tries = 0; tries < by.kib; tries += 1) {
    if (count(KIB) === 'counted') taken += 1
    await answered()
  }
  return taken
}

test('[Y26] a day holds so much and no more; it fills up again, and others write on', async () => {
  const shares = start()
  const taken = await write(shares, { user: 'eve', report: 'r1', kib: 150 })
  // The first unit of a process, those of the day, and what was on its way.
  expect(taken).toBeGreaterThanOrEqual(110)
  expect(taken).toBeLessThan(115)
  expect(shares.isUsedUp('eve', 'r2')).toBe(true)
  expect(shares.of('ann', 'r1')(KIB)).toBe('counted')
  now += DAY_MS / 10
  expect(await write(shares, { user: 'eve', report: 'r2', kib: 30 })).toBeLessThanOrEqual(12)
})

test('[Y26] another process, and the same one after a restart, go on where it was', async () => {
  await write(start(), { user: 'eve', report: 'r3', kib: 100 })
  const restarted = start()
  expect(await write(restarted, { user: 'eve', report: 'r3', kib: 60 })).toBeLessThan(25)
})

test('[Y26] all in one report share a limit, and who writes elsewhere does not notice', async () => {
  const shares = start()
  let taken = 0
  for (const user of ['a', 'b', 'c', 'd']) taken += await write(shares, { user, report: 'r4', kib: 90 })
  expect(taken).toBeGreaterThanOrEqual(260)
  expect(taken).toBeLessThan(266)
  expect(await write(shares, { user: 'd', report: 'r5', kib: 20 })).toBe(20)
})

test('[Y26] what comes faster than can be asked is told to come later', async () => {
  const count = start().of('eve', 'r6')
  const answers = Array.from({ length: 100 }, () => count(KIB))
  expect(answers.filter((answer) => answer === 'counted').length).toBe(50)
  expect(answers.at(-1)).toBe('later')
  await answered()
  expect(count(KIB)).toBe('counted')
})

test('[Y26] an edit beyond it is refused in words, and nobody else is', async () => {
  const shares = start()
  const bench = new HubLines({
    seeds: { narrative: seedOf('narrative') },
    roles: { filler: ['filler'], head: ['head'] },
    countBytes: shares.of,
  })
  const doc = await bench.read('narrative')
  const body = doc.get('body', Y.XmlElement)
  let eve = await bench.join('filler', 'narrative')
  const refusals: unknown[] = []
  for (let count = 0; count < 15 && refusals.length === 0; count += 1) {
    const vector = Y.encodeStateVector(doc)
    body.push([new Y.XmlText('x'.repeat(10 * KIB))])
    await eve.update(Y.encodeStateAsUpdate(doc, vector))
    await answered()
    refusals.push(...eve.ext.filter(({ type }) => type === 'refused'))
  }
  expect(refusals).toEqual([
    expect.objectContaining({
      reason: 'daily-limit',
      message: expect.objectContaining({ zh: expect.stringContaining('另存') }),
    }),
  ])
  expect(eve.closedWith).toBe(CLOSE.refused)
  // A reader's answer is nothing new.
  eve = await bench.join('filler', 'narrative')
  await eve.send(syncFrame('step2', Uint8Array.from([0, 0])))
  expect(eve.closedWith).toBeUndefined()
  const ann = await bench.join('head', 'narrative')
  const fresh = await bench.read('narrative')
  const vector = Y.encodeStateVector(fresh)
  fresh.get('body', Y.XmlElement).push([new Y.XmlText('goes on')])
  await ann.update(Y.encodeStateAsUpdate(fresh, vector))
  expect(ann.closedWith).toBeUndefined()
  expect((await bench.read('narrative')).get('body', Y.XmlElement).toString()).toContain('goes on')
})

test('[Y26] what was written is a metric', async () => {
  const registry = new Registry()
  start(registry).of('ann', 'r7')(500)
  expect(await registry.metrics()).toContain('gongping_sync_written_bytes_total 500')
})

test('[H16] versions are written to the disk, too: who has written too much names none and restores nothing', async () => {
  const shares = openSqlite(':memory:')
  const disk = createDiskShares({
    db: shares.db,
    registry: new Registry(),
    now: () => now,
    onError: () => undefined,
    limits: { ...limits, user: 2, report: 1000, unitBytes: KIB },
  })
  const server = await startReviewServer({ disk, database: shares })
  try {
    await server.newReport()
    const name = () => server.call<{ id: string }>('filler', 'POST', '/versions', { name: '一' })
    const first = await name()
    expect(first.status).toBe(201)
    let last = first
    for (let count = 0; count < 10 && last.status === 201; count += 1) {
      await server.write('filler', '多写一些。'.repeat(count + 1))
      last = await name()
      await answered()
    }
    expect([last.status, last.body.error.code]).toEqual([409, 'full'])
    expect(last.body.error.message.zh).toContain('过几小时')
    const restore = await server.call('filler', 'POST', `/versions/${first.body.id}/restore`, { scope: 'all' })
    expect([restore.status, restore.body.error.code]).toEqual([409, 'full'])
    expect((await server.call('head', 'POST', '/versions', { name: '二' })).status).toBe(201)
  } finally {
    await server.close()
  }
})
