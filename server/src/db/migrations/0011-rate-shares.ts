import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What people have used up of what they may do in a time, for all servers together. */
export const rateShares: Migration = {
  async up(db: Kysely<never>) {
    await db.schema
      .createTable('rate_share')
      .addColumn('key', 'text', (c) => c.primaryKey().notNull())
      .addColumn('full_at', 'bigint', (c) => c.notNull())
      .execute()
  },
}
