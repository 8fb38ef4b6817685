import { join } from 'node:path'
import { penOf } from '@gongping/permissions'
import { disableFormatCleanup } from '@gongping/report-doc'
import { findTemplate } from '@gongping/scoring'
import { afterEach, beforeEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { openSqlite } from '../src/db/dialect.ts'
import type { Database } from '../src/db/dialect.ts'
import { migrate } from '../src/db/migrate.ts'
import { createPartStore, listLog, loadPart, storeState } from '../src/db/part-store.ts'
import { storeNewReport } from '../src/reports/create-report.ts'
import { createScorer } from '../src/reports/score-on-save.ts'
import type { Scorer } from '../src/reports/score-on-save.ts'
import { thinLog } from '../src/reports/thin-log.ts'
import { verifyStorage } from '../src/reports/verify-storage.ts'
import { Hub } from '../src/sync/hub.ts'
import { noMetrics } from '../src/sync/metrics.ts'
import { realSystem } from '../src/sync/system.ts'
import type { LogEntry, PartStore } from '../src/sync/types.ts'
import { quiet, temporaryDir } from './sync-support.ts'

const key = { reportId: 'scored-1', part: 'narrative' } as const
const template = findTemplate('guangdong-2022')

let place: ReturnType<typeof temporaryDir>
let database: Database
let store: PartStore
let hub: Hub
let scorer: Scorer

beforeEach(async () => {
  place = temporaryDir()
  database = openSqlite(join(place.dir, 'test.db'))
  await migrate(database)
  if (!template) throw new Error('the template is gone')
  await storeNewReport(database.db, {
    id: key.reportId,
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
  store = createPartStore(database.db)
  const pen = penOf({ roles: ['filler'], isAdmin: false }, 'draft')
  hub = new Hub({
    store,
    findAccess: async (userId) => ({ userId, displayName: userId, role: 'filler', pen, state: 'draft' }),
    system: realSystem,
    metrics: noMetrics,
    log: quiet,
  })
  scorer = createScorer({ db: database.db, documents: hub, system: realSystem, log: quiet, delayMs: 60_000 })
})
afterEach(async () => {
  await hub.close()
  await scorer.close()
  await database.close()
  place.remove()
})

/** A document that does nothing by itself. */
function docOf(updates: readonly Uint8Array[]): Y.Doc {
  const doc = new Y.Doc()
  disableFormatCleanup(doc)
  for (const update of updates) Y.applyUpdate(doc, update)
  expect(doc.store.pendingStructs).toBeNull()
  expect(doc.store.pendingDs).toBeNull()
  return doc
}

const logged = async () => (await listLog(database.db, key)).map(({ bytes }) => bytes)
const snapshotOf = (updates: readonly Uint8Array[]) => Y.snapshot(docOf(updates))

test('the stored snapshot holds what the log holds, also where two people formatted the same words', async () => {
  const base = await hub.readPart(key)
  const [ann, ben] = [docOf([base]), docOf([base])] as const
  const text = new Y.XmlText('绩效自评')
  ann.get('body', Y.XmlElement).push([text])
  await hub.applyAs({ ...key, userId: 'ann', update: Y.encodeStateAsUpdate(ann, Y.encodeStateVector(ben)) })
  Y.applyUpdate(ben, Y.encodeStateAsUpdate(ann))
  const before = Y.encodeStateVector(ann)
  text.format(0, 4, { bold: true })
  const body = ben.get('body', Y.XmlElement)
  const same = body.get(body.length - 1) as Y.XmlText
  same.format(0, 4, { bold: true })
  same.format(1, 2, { bold: null })
  await hub.applyAs({ ...key, userId: 'ann', update: Y.encodeStateAsUpdate(ann, before) })
  await hub.applyAs({ ...key, userId: 'ben', update: Y.encodeStateAsUpdate(ben, before) })
  await scorer.scoreNow(key.reportId)

  // Left to itself, Yjs deletes marks of format that the other's made superfluous: an edit nobody made.
  const tidied = new Y.Doc()
  for (const update of await logged()) tidied.transact(() => Y.applyUpdate(tidied, update))
  expect(Y.equalSnapshots(Y.snapshot(tidied), snapshotOf(await logged()))).toBe(false)

  const stored = await loadPart(database.db, key)
  expect(stored?.tail).toEqual([])
  expect(Y.equalSnapshots(snapshotOf([stored?.state ?? new Uint8Array()]), snapshotOf(await logged()))).toBe(true)
})

/** Two people typing in turns, one keystroke a row. */
async function typed(rows: number, at: (row: number) => number): Promise<void> {
  const stored = await loadPart(database.db, key)
  const docs = { ann: docOf([stored?.state ?? [], ...(stored?.tail ?? [])] as Uint8Array[]), ben: new Y.Doc() }
  Y.applyUpdate(docs.ben, Y.encodeStateAsUpdate(docs.ann))
  const entries: LogEntry[] = []
  for (let row = 0; row < rows; row += 1) {
    const [writer, reader] = row % 3 === 2 ? [docs.ben, docs.ann] : [docs.ann, docs.ben]
    const before = Y.encodeStateVector(writer)
    const body = writer.get('body', Y.XmlElement)
    const last = body.get(body.length - 1)
    if (row === 0 || !(last instanceof Y.XmlText)) body.push([new Y.XmlText('从')])
    else last.insert(last.length, String(row % 10))
    const bytes = Y.encodeStateAsUpdate(writer, before)
    Y.applyUpdate(reader, bytes)
    const userId = writer === docs.ann ? 'ann' : 'ben'
    const newClientIds = row === 0 || row === 2 ? [writer.clientID] : []
    entries.push({ ...key, seq: row + 1, userId, at: at(row), bytes, newClientIds })
  }
  await store.append(entries)
}

const rowsOf = () =>
  database.db
    .selectFrom('update_log')
    .select(['seq', 'user_id', 'numbers', 'at'])
    .where('report_id', '=', key.reportId)
    .where('part', '=', 'narrative')
    .orderBy('seq')
    .execute()

test('folded rows of one user become bursts that keep user, time and content, and the log still verifies', async () => {
  await typed(300, (row) => row * 100)
  const before = snapshotOf(await logged())
  expect((await thinLog(database.db, { ...key, after: 0, upTo: 300 })).removed).toBe(0)
  await scorer.scoreNow(key.reportId)
  await scorer.close()
  expect((await thinLog(database.db, { ...key, after: 0, upTo: 300 })).removed).toBeGreaterThanOrEqual(0)

  const rows = await rowsOf()
  expect(rows.length).toBeLessThanOrEqual(6)
  expect(new Set(rows.slice(1).map(({ user_id }) => user_id))).toEqual(new Set(['ann', 'ben']))
  expect(rows.reduce((sum, { numbers }) => sum + numbers, 0)).toBe(301)
  expect(Number(rows[1]?.at)).toBe(0)
  expect(Y.equalSnapshots(snapshotOf(await logged()), before)).toBe(true)
  expect((await verifyStorage(database)).problems).toEqual([])
  expect((await loadPart(database.db, key))?.seq).toBe(300)
})

const rowsLeft = async () => (await rowsOf()).length

test('[Y27] many rows are joined piece by piece, each of a bounded size', async () => {
  await typed(5000, (row) => row)
  await fold(5000)
  const first = await thinLog(database.db, { ...key, after: 0, upTo: 5000 })
  expect(first).toEqual({ upTo: 2000, removed: 1998 })
  await hub.applyAs({ ...key, userId: 'ann', update: await oneMoreEdit() })
  const before = snapshotOf(await logged())
  await scorer.scoreNow(key.reportId)
  await expect.poll(rowsLeft).toBeLessThan(1100)
  expect(Y.equalSnapshots(snapshotOf(await logged()), before)).toBe(true)
})

test('[Y27] large rows make small pieces', async () => {
  const stored = await loadPart(database.db, key)
  const doc = docOf([stored?.state ?? new Uint8Array()])
  const entries = Array.from({ length: 5 }, (_, index): LogEntry => {
    const before = Y.encodeStateVector(doc)
    doc.get('body', Y.XmlElement).push([new Y.XmlText('x'.repeat(900_000))])
    const bytes = Y.encodeStateAsUpdate(doc, before)
    return { ...key, seq: index + 1, userId: 'ann', at: index, bytes, newClientIds: index === 0 ? [doc.clientID] : [] }
  })
  await store.append(entries)
  await fold(5)
  const range = { ...key, after: 0, upTo: 5 }
  expect((await thinLog(database.db, range)).upTo).toBe(2)
  expect((await thinLog(database.db, { ...range, after: 4 })).upTo).toBe(5)
})

test('[Y27] what was not joined before the server stopped is joined later', async () => {
  await typed(900, (row) => row)
  await scorer.scoreNow(key.reportId)
  await scorer.close()
  expect(await rowsLeft()).toBe(901)
  scorer = createScorer({ db: database.db, documents: hub, system: realSystem, log: quiet, idleMs: 50 })
  await hub.applyAs({ ...key, userId: 'ann', update: await oneMoreEdit() })
  await scorer.scoreNow(key.reportId)
  await expect.poll(rowsLeft).toBeLessThan(100)
})

async function fold(seq: number): Promise<void> {
  const state = Y.encodeStateAsUpdate(docOf(await logged()))
  await storeState(database.db, { ...key, seq, state, at: 0 })
}

async function oneMoreEdit(): Promise<Uint8Array> {
  const doc = docOf(await logged())
  const before = Y.encodeStateVector(doc)
  doc.get('body', Y.XmlElement).push([new Y.XmlText('later')])
  return Y.encodeStateAsUpdate(doc, before)
}

test('a pause ends a burst, and no burst reaches across a version', async () => {
  await typed(120, (row) => (row < 60 ? row * 2500 : 150_000 + row * 10))
  await scorer.scoreNow(key.reportId)
  const filler = { name: '', user_id: 'ann', score: '{}', self_total: null, sha256: '' }
  const columns = await database.db.introspection.getTables()
  const known = new Set(columns.find(({ name }) => name === 'version')?.columns.map(({ name }) => name))
  const states = known.has('states')
    ? { states: '{}', layout: 1 }
    : Object.fromEntries(['narrative', 'self', 'department', 'finance'].map((part) => [part, new Uint8Array()]))
  const version = {
    id: 'v',
    report_id: key.reportId,
    kind: 'named',
    at: 0,
    seqs: '{"narrative":90}',
    ...filler,
    ...states,
  }
  await database.db
    .insertInto('version')
    .values(version as never)
    .execute()
  await thinLog(database.db, { ...key, after: 0, upTo: 120 })
  expect((await rowsOf()).slice(0, 61).map(({ seq }) => Number(seq))).toEqual([...Array(61).keys()])
  const rows = (await rowsOf()).slice(61)
  expect(rows.length).toBeLessThanOrEqual(5)
  for (const { seq, numbers } of rows) expect(Number(seq) - numbers >= 90 || Number(seq) <= 90).toBe(true)
  await database.db.deleteFrom('version').execute()
  expect((await verifyStorage(database)).problems).toEqual([])
})

test('a changed or missing row is found, in bursts too', async () => {
  await typed(40, (row) => row * 10)
  await scorer.scoreNow(key.reportId)
  await thinLog(database.db, { ...key, after: 0, upTo: 40 })
  const last = (await rowsOf()).at(-1)
  const change = database.db
    .updateTable('update_log')
    .where('seq', '=', last?.seq ?? 0)
    .where('part', '=', 'narrative')
  const { bytes } = (await listLog(database.db, key)).at(-1) ?? { bytes: new Uint8Array() }
  const flipped = bytes.slice()
  flipped[flipped.length >> 1] = (flipped[flipped.length >> 1] ?? 0) ^ 1
  await change.set({ bytes: flipped }).execute()
  expect((await verifyStorage(database)).problems.map(({ en }) => en)).toEqual([
    `Row ${last?.seq} of the log of scored-1/narrative fails its checksum.`,
  ])
  await change.set({ bytes, numbers: (last?.numbers ?? 0) - 1 }).execute()
  expect((await verifyStorage(database)).problems.map(({ en }) => en)).toEqual([
    'The log of scored-1/narrative lacks 1 rows.',
  ])
})

test('a stored document that the editor could not open raises an alarm once, and saving goes on', async () => {
  await scorer.close()
  const alarms: string[] = []
  const messages: string[] = []
  scorer = createScorer({
    db: database.db,
    documents: hub,
    system: realSystem,
    log: { ...quiet, error: (_, message) => messages.push(message) },
    delayMs: 60_000,
    onUnopenable: (reportId) => alarms.push(reportId),
  })
  const write = async (change: (body: Y.XmlElement) => void) => {
    const doc = docOf([await hub.readPart(key)])
    const before = Y.encodeStateVector(doc)
    change(doc.get('body', Y.XmlElement))
    await hub.applyAs({ ...key, userId: 'ann', update: Y.encodeStateAsUpdate(doc, before) })
    await scorer.scoreNow(key.reportId)
  }
  await write((body) => body.push([new Y.XmlElement('paragraph')]))
  expect(alarms).toEqual([])
  await scorer.close()
  scorer = createScorer({
    db: database.db,
    documents: hub,
    system: realSystem,
    log: { ...quiet, error: (_, message) => messages.push(message) },
    delayMs: 60_000,
    onUnopenable: (reportId) => alarms.push(reportId),
  })
  await write((body) => body.push([new Y.XmlElement('no-such-node')]))
  await write((body) => body.push([new Y.XmlElement('paragraph')]))
  expect(alarms).toEqual([key.reportId])
  expect(messages).toEqual(['the editor could not open what is stored'])
  expect((await loadPart(database.db, key))?.tail).toEqual([])
})

test('[Y25] the document right before a large deletion can be made from the log for ever', async () => {
  await typed(60, (row) => row * 10)
  const before = docOf(await logged())
  const vector = Y.encodeStateVector(before)
  const words = before.get('body', Y.XmlElement).toString()
  before.get('body', Y.XmlElement).delete(0, before.get('body', Y.XmlElement).length)
  const bytes = Y.encodeStateAsUpdate(before, vector)
  await store.append([{ ...key, seq: 61, userId: 'ann', at: 610, bytes, newClientIds: [] }])
  await scorer.scoreNow(key.reportId)
  await thinLog(database.db, { ...key, after: 0, upTo: 61 })
  const rows = await logged()
  expect(rows.length).toBeLessThanOrEqual(5)
  expect(docOf(rows).get('body', Y.XmlElement).length).toBe(0)
  expect(docOf(rows.slice(0, -1)).get('body', Y.XmlElement).toString()).toBe(words)
})
