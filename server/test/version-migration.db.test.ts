import { PGlite } from '@electric-sql/pglite'
import { type Kysely, PGliteDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import { expect, test } from 'vitest'
import { type Database, databaseOn, openSqlite } from '../src/db/dialect.ts'
import { migrate } from '../src/db/migrate.ts'
import { MIGRATIONS } from '../src/db/migrations/index.ts'
import { findVersionStates, hashStates, listVersions } from '../src/db/versions.ts'

const DATABASES: Readonly<Record<string, () => Database>> = {
  sqlite: () => openSqlite(':memory:'),
  pglite: () => databaseOn(new PGliteDialect({ pglite: () => PGlite.create({ parsers: { 20: Number } }) })),
}

interface Old {
  report: Record<string, unknown>
  version: Record<string, unknown>
}

for (const [kind, open] of Object.entries(DATABASES)) {
  test(`[V14] ${kind}: versions of a database from before keep their documents and their hash`, async () => {
    const database = open()
    const earlier = Object.fromEntries(Object.entries(MIGRATIONS).filter(([name]) => name < '0004'))
    const { error } = await new Migrator({
      db: database.db,
      provider: { getMigrations: async () => earlier },
    }).migrateToLatest()
    expect(error).toBeUndefined()
    const db = database.db as unknown as Kysely<Old>
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
        created_by: 'a',
        created_at: 1,
        updated_at: 1,
      })
      .execute()
    const states = {
      narrative: Uint8Array.of(1, 2, 3),
      self: Uint8Array.of(1, 2, 3),
      department: new Uint8Array(),
      finance: Uint8Array.of(0, 255),
    }
    for (const id of ['one', 'two']) {
      await db
        .insertInto('version')
        .values({
          id,
          report_id: 'r',
          kind: 'named',
          name: id,
          at: 2,
          user_id: 'a',
          seqs: '{}',
          ...states,
          score: '{}',
          self_total: null,
          sha256: hashStates(states),
        })
        .execute()
    }
    await migrate(database)
    expect(await listVersions(database.db, 'r')).toHaveLength(2)
    for (const id of ['one', 'two']) {
      const { sha256, ...found } = (await findVersionStates(database.db, id))!
      expect(found).toEqual(states)
      expect(hashStates(found)).toBe(sha256)
    }
    const stored = await database.db.selectFrom('version_state').select('sha256').execute()
    expect(stored).toHaveLength(3)
    await database.close()
  })
}
