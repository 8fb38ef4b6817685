import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { PGliteDialect } from 'kysely'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { databaseOn, openSqlite } from '../src/db/dialect.ts'
import type { Database } from '../src/db/dialect.ts'
import { migrate } from '../src/db/migrate.ts'
import { createSharedLog } from '../src/db/shared-log.ts'
import { DamagedPartError, createPartStore, storeState } from '../src/db/part-store.ts'
import { RightsMovedError, SequenceTakenError } from '../src/sync/shared-log.ts'
import type { LogEntry, PartStore } from '../src/sync/types.ts'
import { temporaryDir } from './sync-support.ts'

const key = { reportId: 'r', part: 'self' } as const
const bytes = (...values: number[]) => new Uint8Array(values)
const entry = (seq: number, more: Partial<LogEntry> = {}): LogEntry => ({
  ...key,
  seq,
  userId: 'ann',
  at: 1000 + seq,
  bytes: bytes(seq % 256, 0, 255),
  newClientIds: [],
  ...more,
})

const pglite = new PGlite()
afterAll(() => pglite.close())

const OPEN: Record<string, (dir: string) => Promise<Database>> = {
  SQLite: async (dir) => openSqlite(join(dir, 'test.db')),
  // Starting one takes a second of computing, emptying it nothing.
  PGlite: async () => {
    await pglite.exec('drop schema public cascade; create schema public')
    return { ...databaseOn(new PGliteDialect({ pglite })), close: async () => {} }
  },
}

/** Several servers may write to these. */
const SHARED = ['PGlite']

describe.each(Object.keys(OPEN))('on %s', (name) => {
  let place: ReturnType<typeof temporaryDir>
  let database: Database
  let store: PartStore

  beforeEach(async () => {
    place = temporaryDir()
    database = await (OPEN[name] as (dir: string) => Promise<Database>)(place.dir)
    await migrate(database)
    const { db } = database
    const state = bytes(0, 0)
    await db
      .insertInto('report')
      .values({
        id: 'r',
        template_id: 't',
        template_version: 1,
        project_name: 'p',
        unit: 'u',
        fiscal_year: 2024,
        state: 'draft',
        epoch: 1,
        created_by: 'ann',
        created_at: 0,
        updated_at: 0,
      })
      .execute()
    const state_sha256 = createHash('sha256').update(state).digest('hex')
    for (const part of ['self', 'narrative'] as const) {
      await db
        .insertInto('part')
        .values({ report_id: 'r', part, state, state_seq: 0, state_sha256, updated_at: 0 })
        .execute()
      await db
        .insertInto('update_log')
        .values({ report_id: 'r', part, seq: 0, user_id: 'ann', at: 0, bytes: state })
        .execute()
    }
    store = createPartStore(db)
  })
  afterEach(async () => {
    await database.close()
    place.remove()
  })

  test('what was appended is loaded, in order, with the owners of its client ids', async () => {
    const far = 2 ** 32 - 1
    await store.append([
      entry(1, { newClientIds: [far] }),
      entry(1, { part: 'narrative' }),
      entry(2, {
        newClientIds: [7],
        userId: 'ben',
        seenClients: [
          [8, 'eve'],
          [7, 'eve'],
          [far, 'eve'],
        ],
      }),
    ])
    await store.append([entry(3, { newClientIds: [far], userId: 'eve' })])
    expect(await store.load(key)).toEqual({
      seq: 3,
      state: bytes(0, 0),
      tail: [bytes(1, 0, 255), bytes(2, 0, 255), bytes(3, 0, 255)],
      owners: new Map([
        [far, 'ann'],
        [7, 'ben'],
        [8, 'eve'],
      ]),
    })
    expect(await store.load({ reportId: 'unknown', part: 'self' })).toBeUndefined()
  })

  test('[N3] whoever reads rows learns whose the ids are that were bound with them, and only those', async () => {
    const { readAfter } = createSharedLog(database.db)
    await store.append([entry(1, { newClientIds: [5], seenClients: [[6, 'eve']] })])
    await store.append([
      entry(2, {
        userId: 'ben',
        seenClients: [
          [7, 'eve'],
          [6, 'ben'],
        ],
      }),
      entry(3, { newClientIds: [8] }),
    ])
    expect((await readAfter(key, 3))?.length).toBe(0)
    const rows = (await readAfter(key, 1)) ?? []
    expect(rows.map(({ seq }) => seq)).toEqual([2, 3])
    const bound = rows.flatMap(({ seenClients = [] }) => [...seenClients])
    expect(new Map(bound)).toEqual(
      new Map([
        [7, 'eve'],
        [8, 'ann'],
      ]),
    )
  })

  test('a batch larger than one statement can carry', async () => {
    await store.append(Array.from({ length: 2500 }, (_, index) => entry(index + 1, { newClientIds: [index] })))
    const stored = await store.load(key)
    expect(stored?.seq).toBe(2500)
    expect(stored?.tail.length).toBe(2500)
    expect(stored?.owners.size).toBe(2500)
  })

  test('all or nothing: a batch with one impossible row leaves none', async () => {
    await expect(store.append([entry(1), entry(1, { reportId: 'unknown' })])).rejects.toThrow(/foreign key/i)
    expect((await store.load(key))?.seq).toBe(0)
  })

  test('the same rows once more are no error, others in their place are', async () => {
    await store.append([entry(1), entry(2)])
    await store.append([entry(1), entry(2)])
    expect((await store.load(key))?.seq).toBe(2)
    await expect(store.append([entry(2, { bytes: bytes(9) })])).rejects.toThrow(SequenceTakenError)
    await expect(store.append([entry(2), entry(3)])).rejects.toThrow(/unique/i)
    expect((await store.load(key))?.seq).toBe(2)
  })

  test.each(SHARED.filter((one) => one === name))(
    '[N1] [N4] on %s rows below the folded state or of former rights are not stored',
    async () => {
      await store.append([entry(1, { newClientIds: [7] }), entry(2)])
      await storeState(database.db, { ...key, seq: 2, state: bytes(1, 2), at: 5 })
      await database.db.deleteFrom('update_log').where('part', '=', 'self').where('seq', '=', 1).execute()
      await expect(store.append([entry(1, { newClientIds: [8] })])).rejects.toThrow(SequenceTakenError)
      await expect(store.append([entry(3, { epoch: 1 }), entry(4, { epoch: 2 })])).rejects.toThrow(RightsMovedError)
      expect(await store.load(key)).toMatchObject({ seq: 2, owners: new Map([[7, 'ann']]) })
      await store.append([entry(3, { epoch: 1 })])
      expect((await store.load(key))?.seq).toBe(3)
    },
  )

  test('a folded state replaces the tail, never a newer one, and keeps the log', async () => {
    await store.append([entry(1), entry(2), entry(3)])
    await storeState(database.db, { ...key, seq: 2, state: bytes(1, 2), at: 5 })
    expect(await store.load(key)).toMatchObject({ seq: 3, state: bytes(1, 2), tail: [bytes(3, 0, 255)] })
    await storeState(database.db, { ...key, seq: 1, state: bytes(9, 9), at: 6 })
    expect((await store.load(key))?.state).toEqual(bytes(1, 2))
    const rows = await database.db.selectFrom('update_log').select('seq').where('part', '=', 'self').execute()
    expect(rows.length).toBe(4)
  })

  test('a flipped bit in the state and a row missing from the log are found', async () => {
    await store.append([entry(1), entry(2), entry(3)])
    await database.db
      .updateTable('part')
      .set({ state: bytes(0, 1) })
      .where('part', '=', 'self')
      .execute()
    await expect(store.load(key)).rejects.toThrow(DamagedPartError)
    await database.db
      .updateTable('part')
      .set({ state: bytes(0, 0) })
      .where('part', '=', 'self')
      .execute()
    await database.db.deleteFrom('update_log').where('part', '=', 'self').where('seq', '=', 2).execute()
    await expect(store.load(key)).rejects.toThrow(DamagedPartError)
  })
})
