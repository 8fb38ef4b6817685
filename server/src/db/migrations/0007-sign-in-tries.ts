import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Sign-ins that failed, counted for all servers together and over restarts. */
export const signInTries: Migration = {
  async up(db: Kysely<never>) {
    await db.schema
      .createTable('sign_in_try')
      .addColumn('key', 'text', (c) => c.primaryKey().notNull())
      .addColumn('count', 'integer', (c) => c.notNull())
      .addColumn('until', 'bigint', (c) => c.notNull())
      .execute()
  },
}
