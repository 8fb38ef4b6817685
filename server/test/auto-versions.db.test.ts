import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { penOf } from '@gongping/permissions'
import { setScore } from '@gongping/report-doc'
import { findTemplate } from '@gongping/scoring'
import * as Y from 'yjs'
import { type Database, openSqlite } from '../src/db/dialect.ts'
import { migrate } from '../src/db/migrate.ts'
import { createPartStore } from '../src/db/part-store.ts'
import { deleteVersions, listVersions } from '../src/db/versions.ts'
import { storeNewReport } from '../src/reports/create-report.ts'
import { type Scorer, createScorer } from '../src/reports/score-on-save.ts'
import { Hub } from '../src/sync/hub.ts'
import { noMetrics } from '../src/sync/metrics.ts'
import { realSystem } from '../src/sync/system.ts'
import { type AutoVersions, createAutoVersions } from '../src/versions/auto-versions.ts'
import { type ThinnableVersion, versionsToThin } from '../src/versions/thin-versions.ts'
import { quiet } from './sync-support.ts'
import { waitFor } from './support/wait-for.ts'

const reportId = 'auto-1'
const template = findTemplate('guangdong-2022')!
const LEAF = 'gd.decision.setup.justification'

let database: Database
let hub: Hub
let scorer: Scorer
let auto: AutoVersions
const errors: string[] = []

beforeEach(async () => {
  errors.length = 0
  database = openSqlite(':memory:')
  await migrate(database)
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
  hub = new Hub({
    store: createPartStore(database.db),
    findAccess: async (userId) => ({
      userId,
      displayName: userId,
      role: 'filler',
      pen: penOf({ roles: ['filler'], isAdmin: false }, 'draft'),
      state: 'draft',
    }),
    system: realSystem,
    metrics: noMetrics,
    log: quiet,
  })
  scorer = createScorer({ db: database.db, documents: hub, system: realSystem, log: quiet, delayMs: 5 })
})
afterEach(async () => {
  await auto.close()
  await hub.close()
  await scorer.close()
  await database.close()
  if (errors.length > 0) throw new Error(errors.join('\n'))
})

function start(options: { idleMs: number; minEdits?: number }): void {
  auto = createAutoVersions({
    db: database.db,
    documents: {
      hold: (id, work) => hub.hold(id, work),
      scoreNow: async (id) => void (await scorer.scoreNow(id)),
      accessChanged: (id, by) => hub.accessChanged(id, by),
      userChanged: (id) => hub.userChanged(id),
      readPart: (key) => hub.readPart(key),
      applyAs: (edit) => hub.applyAs(edit),
    },
    onCommitted: (listener) => hub.onCommitted(listener),
    system: realSystem,
    log: { ...quiet, error: (fields) => errors.push(String(fields.error)) },
    ...options,
  })
}

async function type(userId: string, score: number): Promise<void> {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, await hub.readPart({ reportId, part: 'self' }))
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  setScore({ doc, origin: null, part: 'self', indicatorId: LEAF, score })
  for (const update of updates) await hub.applyAs({ reportId, part: 'self', userId, update })
}
const kinds = async () => (await listVersions(database.db, reportId)).map(({ kind }) => kind)

describe('automatic versions', () => {
  test('[V13] one after a quiet time, by whoever edited last; none without a change', async () => {
    // Long enough for two edits on a busy machine.
    start({ idleMs: 400 })
    await type('filler', 100)
    await type('head', 200)
    expect(await kinds()).toEqual(['created'])
    await waitFor(async () => expect(await kinds()).toEqual(['automatic', 'created']))
    expect((await listVersions(database.db, reportId))[0]).toMatchObject({ user_id: 'head', name: '' })
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(await kinds()).toEqual(['automatic', 'created'])
  })

  test('[V13] whoever never pauses gets one in between; too few edits are not worth one', async () => {
    start({ idleMs: 40, minEdits: 3 })
    await type('filler', 100)
    await new Promise((resolve) => setTimeout(resolve, 120))
    expect(await kinds()).toEqual(['created'])
    const until = Date.now() + 400
    for (let score = 0; Date.now() < until; score++) await type('filler', score)
    expect(await kinds()).toContain('automatic')
  })

  test('[V13] what was edited right before a stop is kept after the next start', async () => {
    start({ idleMs: 60_000 })
    await type('head', 300)
    await scorer.scoreNow(reportId)
    await auto.close()
    start({ idleMs: 10 })
    await auto.resume()
    await waitFor(async () => expect(await kinds()).toEqual(['automatic', 'created']))
    expect((await listVersions(database.db, reportId))[0]?.user_id).toBe('head')
  })

  test('[V14] documents are stored once however many versions hold them, and go with the last', async () => {
    start({ idleMs: 10 })
    await type('filler', 100)
    await waitFor(async () => expect(await kinds()).toHaveLength(2))
    const states = async () => (await database.db.selectFrom('version_state').select('sha256').execute()).length
    // Four of version 0, and the one part that changed.
    expect(await states()).toBe(5)
    const [newest, oldest] = await listVersions(database.db, reportId)
    await database.db.transaction().execute((trx) => deleteVersions(trx, [newest!.id]))
    expect(await states()).toBe(4)
    await database.db.transaction().execute((trx) => deleteVersions(trx, [oldest!.id]))
    expect(await states()).toBe(0)
  })
})

describe('thinning', () => {
  const DAY = 86_400_000
  /** Noon in China. */
  const NOW = Date.UTC(2026, 4, 20, 4)
  const every = (kind: string, from: number, to: number, step: number): ThinnableVersion[] => {
    const found: ThinnableVersion[] = []
    for (let at = from; at < to; at += step) found.push({ id: `${kind}-${at}`, kind, at })
    return found
  }

  test('[V15] all of today, one an hour for a week, one a day before; named and moved ones always', () => {
    const automatic = every('automatic', NOW - 30 * DAY, NOW, 600_000)
    const others = ['named', 'submitted', 'before-restore', 'created'].flatMap((kind) =>
      every(kind, NOW - 30 * DAY, NOW, DAY / 2),
    )
    const gone = new Set(versionsToThin([...automatic, ...others], NOW))
    const left = automatic.filter(({ id }) => !gone.has(id))
    expect(others.some(({ id }) => gone.has(id))).toBe(false)
    const between = (from: number, to: number) => left.filter(({ at }) => at >= from && at < to).length
    const midnight = NOW - DAY / 2
    expect(between(midnight, NOW)).toBe(72)
    expect(between(midnight - 7 * DAY, midnight)).toBe(7 * 24)
    expect(between(midnight - 20 * DAY, midnight - 7 * DAY)).toBe(13)
    // The last of each hour and day stays; thinning again takes nothing more.
    expect(left.some(({ at }) => at === midnight - 600_000)).toBe(true)
    expect(versionsToThin([...left, ...others], NOW)).toEqual([])
  })
})
