import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Folded log rows of one user are joined into bursts, and every row has a checksum. */
export const logBursts: Migration = {
  async up(db: Kysely<never>) {
    await db.schema
      .alterTable('update_log')
      .addColumn('numbers', 'integer', (c) => c.notNull().defaultTo(1))
      .execute()
    await db.schema.alterTable('update_log').addColumn('crc32', 'bigint').execute()
  },
}
