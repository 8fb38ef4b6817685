import { join } from 'node:path'
import { PARTS, penOf } from '@gongping/permissions'
import type { ScoreBody } from '@gongping/protocol/http'
import { scoreKey } from '@gongping/report-doc'
import { findTemplate, leavesOf } from '@gongping/scoring'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { openSqlite } from '../src/db/dialect.ts'
import type { Database } from '../src/db/dialect.ts'
import { migrate } from '../src/db/migrate.ts'
import { createPartStore, loadPart } from '../src/db/part-store.ts'
import { findScore, listLeftBehind } from '../src/db/scores.ts'
import { storeNewReport } from '../src/reports/create-report.ts'
import { readScore } from '../src/reports/read-score.ts'
import { createScorer } from '../src/reports/score-on-save.ts'
import type { Scorer } from '../src/reports/score-on-save.ts'
import { Hub } from '../src/sync/hub.ts'
import { noMetrics } from '../src/sync/metrics.ts'
import { realSystem } from '../src/sync/system.ts'
import { quiet, temporaryDir } from './sync-support.ts'
import { waitFor } from './support/wait-for.ts'

const reportId = 'scored-1'
const template = findTemplate('guangdong-2022')
const leaf = template && leavesOf(template)[0]

let place: ReturnType<typeof temporaryDir>
let database: Database
let hub: Hub
let scorer: Scorer
const scored: string[] = []
const errors: string[] = []

beforeEach(async () => {
  place = temporaryDir()
  database = openSqlite(join(place.dir, 'test.db'))
  await migrate(database)
  if (!template) throw new Error('the template is gone')
  await storeNewReport(database.db, {
    id: reportId,
    template,
    projectName: 'project',
    unit: 'unit',
    fiscalYear: 2024,
    state: 'draft',
    userId: 'filler',
    at: 0,
    members: [],
    data: {},
  })
  start()
})
afterEach(async () => {
  await hub.close()
  await scorer.close()
  await database.close()
  place.remove()
})

function start(options: { delayMs?: number; maxDelayMs?: number; closeWithinMs?: number } = {}): void {
  scored.length = 0
  errors.length = 0
  const roles = ['filler' as const]
  hub = new Hub({
    store: createPartStore(database.db),
    findAccess: async (userId) => ({
      userId,
      displayName: userId,
      role: 'filler',
      pen: penOf({ roles, isAdmin: false }, 'draft'),
      state: 'draft',
    }),
    system: realSystem,
    metrics: noMetrics,
    log: quiet,
    unloadAfterMs: 10,
  })
  scorer = createScorer({
    db: database.db,
    documents: hub,
    system: realSystem,
    log: { ...quiet, error: (fields) => errors.push(String(fields.error)) },
    delayMs: 20,
    ...options,
    onScored: (id) => scored.push(id),
  })
}

/** A scripted member: edits a copy of the part and hands the update in. */
async function edit(part: 'self' | 'narrative', change: (doc: Y.Doc) => void): Promise<void> {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, await hub.readPart({ reportId, part }))
  const vector = Y.encodeStateVector(doc)
  doc.transact(() => change(doc))
  await hub.applyAs({ reportId, part, userId: 'filler', update: Y.encodeStateAsUpdate(doc, vector) })
}

const setScore = (hundredths: unknown) =>
  edit('self', (doc) => doc.getMap('self').set(scoreKey(leaf?.id ?? ''), hundredths))
const storedBody = async () => JSON.parse((await findScore(database.db, reportId))?.body ?? '{}') as ScoreBody

test('an edit is scored after the delay; snapshot, score and positions are stored together', async () => {
  await setScore(100)
  await waitFor(async () => expect((await storedBody()).self.partial).toBe(1))
  const part = await database.db
    .selectFrom('part')
    .selectAll()
    .where('report_id', '=', reportId)
    .where('part', '=', 'self')
    .executeTakeFirstOrThrow()
  expect(Number(part.state_seq)).toBe(1)
  const stored = await loadPart(database.db, { reportId, part: 'self' })
  expect(stored).toMatchObject({ seq: 1, tail: [] })
  expect(JSON.parse((await findScore(database.db, reportId))?.seqs ?? '')).toEqual({
    narrative: 0,
    self: 1,
    department: 0,
    finance: 0,
  })
  expect(scored).toEqual([reportId])
  const log = await database.db
    .selectFrom('update_log')
    .select('seq')
    .where('report_id', '=', reportId)
    .where('part', '=', 'self')
    .execute()
  expect(log.length).toBe(2)
})

test('typing without a pause is scored at the latest after the longest delay', async () => {
  await hub.close()
  await scorer.close()
  start({ delayMs: 200, maxDelayMs: 300 })
  const began = performance.now()
  for (let value = 1; scored.length === 0; value += 1) {
    await setScore(value)
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(performance.now() - began).toBeLessThan(3000)
  }
  expect(performance.now() - began).toBeGreaterThan(250)
})

test('a quick series is one score, and what is typed as a score can be anything', async () => {
  for (const value of [1, -5, 'ten', null, { a: 1 }, 1e300, 200]) await setScore(value)
  await waitFor(async () => expect((await storedBody()).self.partial).toBe(2))
  expect(scored.length).toBeLessThanOrEqual(3)
  await setScore('九分')
  await waitFor(async () => expect((await storedBody()).self.partial).toBe(0))
  expect(errors).toEqual([])
})

test('scoreNow has everything committed, and stores it', async () => {
  await setScore(300)
  const { body, seqs } = await scorer.scoreNow(reportId)
  expect(body.self.partial).toBe(3)
  expect(seqs.self).toBe(1)
  for (const part of PARTS) {
    const row = await database.db
      .selectFrom('part')
      .select('state_seq')
      .where('report_id', '=', reportId)
      .where('part', '=', part)
      .executeTakeFirstOrThrow()
    expect(Number(row.state_seq)).toBe(seqs[part])
  }
  await expect(scorer.scoreNow('no-such-report')).rejects.toThrow('no-such-report')
})

test('a score that can not be made stops no saving', async () => {
  await database.db.updateTable('report').set({ template_id: 'no-such-template' }).where('id', '=', reportId).execute()
  await setScore(100)
  await waitFor(() => expect(errors.length).toBeGreaterThan(0))
  await setScore(200)
  await database.db.updateTable('report').set({ template_id: 'guangdong-2022' }).where('id', '=', reportId).execute()
  await setScore(400)
  await waitFor(async () => expect((await storedBody()).self.partial).toBe(4))
})

test('a stop scores what waits; a kill is made good at the next start', async () => {
  await hub.close()
  await scorer.close()
  start({ delayMs: 60_000, maxDelayMs: 60_000 })
  await setScore(500)
  await hub.close()
  await scorer.close()
  expect((await storedBody()).self.partial).toBe(5)

  start({ delayMs: 60_000, maxDelayMs: 60_000 })
  await setScore(600)
  const killed = scorer
  start()
  expect((await storedBody()).self.partial).toBe(5)
  expect(await scorer.scoreLeftBehind()).toBe(1)
  expect((await storedBody()).self.partial).toBe(6)
  await killed.close()
})

describe('[S10] what a killed server left unscored', () => {
  const others = ['scored-2', 'scored-3', 'scored-4']
  const leftBehind = () => listLeftBehind(database.db)
  const read = (id: string, at: number) => {
    const scoreNow = async () => void (await scorer.scoreNow(id))
    return readScore({ db: database.db, documents: { scoreNow }, now: () => at }, id)
  }

  beforeEach(async () => {
    if (!template) throw new Error('the template is gone')
    const state = Y.encodeStateAsUpdate(new Y.Doc())
    for (const id of others) {
      await storeNewReport(database.db, {
        id,
        template,
        projectName: id,
        unit: 'unit',
        fiscalYear: 2024,
        state: 'draft',
        userId: 'filler',
        at: 0,
        members: [],
        data: {},
      })
      await database.db
        .insertInto('update_log')
        .values({ report_id: id, part: 'self', seq: 1, user_id: 'filler', at: 0, bytes: state, crc32: null })
        .execute()
    }
  })

  test('is scored one by one with rests; a stop ends it, and the next start goes on', async () => {
    const all = scorer.scoreLeftBehind()
    // A rest is a turn of the event loop at least.
    while (scored.length === 0) await new Promise(setImmediate)
    await scorer.close()
    const done = await all
    expect(done).toBeLessThan(others.length)
    expect(await leftBehind()).toHaveLength(others.length - done)
    start()
    expect(await scorer.scoreLeftBehind()).toBe(others.length - done)
    expect(await leftBehind()).toEqual([])
  })

  test('is what a stop has no time for, too', async () => {
    await hub.close()
    await scorer.close()
    start({ delayMs: 60_000, maxDelayMs: 60_000, closeWithinMs: 0 })
    await setScore(800)
    await hub.close()
    await scorer.close()
    expect((await storedBody()).self.partial).toBe(0)
    start()
    expect(await scorer.scoreLeftBehind()).toBe(others.length + 1)
    expect((await storedBody()).self.partial).toBe(8)
  })

  test('is scored at once when somebody reads the score', async () => {
    await hub.close()
    await scorer.close()
    start({ delayMs: 60_000, maxDelayMs: 60_000 })
    await setScore(700)
    expect((await read(reportId, Date.now())).self.partial).toBe(0)
    expect((await read(reportId, Date.now() + 6000)).self.partial).toBe(7)
    expect(errors).toEqual([])
  })

  test('costs the last score nothing when it can not be scored', async () => {
    await database.db
      .updateTable('report')
      .set({ template_id: 'no-such-template' })
      .where('id', '=', others[0]!)
      .execute()
    expect((await read(others[0]!, Date.now())).self.partial).toBe(0)
    expect(await scorer.scoreLeftBehind()).toBe(2)
    expect(await leftBehind()).toEqual([others[0]])
  })
})

test('the room goes on from the stored snapshot, and unloads', async () => {
  await setScore(100)
  await waitFor(() => expect(scored.length).toBe(1))
  await setScore(200)
  await waitFor(async () => expect((await storedBody()).self.partial).toBe(2))
  await waitFor(() => expect(hub.stats().rooms).toBe(0))
  const doc = new Y.Doc()
  Y.applyUpdate(doc, await hub.readPart({ reportId, part: 'self' }))
  expect(doc.getMap('self').get(scoreKey(leaf?.id ?? ''))).toBe(200)
})
