import { sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import type { Database, Db } from './dialect.ts'
import { MIGRATIONS } from './migrations/index.ts'

/** The database was written by a newer program. Nothing has been changed. */
export class NewerDatabaseError extends Error {
  override name = 'NewerDatabaseError'
  readonly unknown: readonly string[]
  constructor(unknown: readonly string[]) {
    super(`unknown migrations: ${unknown.join(', ')}`)
    this.unknown = unknown
  }
}

/**
 * Brings the tables up to date; does nothing when they are.
 *
 * @throws NewerDatabaseError before touching anything when the database knows migrations this program does not
 */
export async function migrate({ db }: Pick<Database, 'db'>): Promise<void> {
  const unknown = (await listAppliedMigrations(db)).filter((name) => !(name in MIGRATIONS))
  if (unknown.length > 0) throw new NewerDatabaseError(unknown)
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } })
  const { error } = await migrator.migrateToLatest()
  if (error) throw error instanceof Error ? error : new Error(String(error))
}

/** Names of the migrations the database has seen, in order; empty for a new database. */
export async function listAppliedMigrations(db: Db): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some((table) => table.name === 'kysely_migration')) return []
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db)
  return rows.map((row) => row.name)
}
