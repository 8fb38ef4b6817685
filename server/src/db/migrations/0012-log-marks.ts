import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { createAppendEdits, lockTables } from '../dialect.ts'

/**
 * Each client id has the number of the row it was bound with, so that who reads rows learns of the ids. How far the log of
 * a part was looked through for rows to join outlives the process; null, for parts there are: up to where it is folded.
 */
export const logMarks: Migration = {
  async up(db: Kysely<never>) {
    // In the order in which servers that go on meanwhile take them.
    await lockTables(db, ['part', 'client_owner'])
    await db.schema.alterTable('part').addColumn('thinned_seq', 'bigint').execute()
    await db.schema
      .alterTable('client_owner')
      .addColumn('seq', 'bigint', (c) => c.notNull().defaultTo(0))
      .execute()
    await db.schema.createIndex('client_owner_seq').on('client_owner').columns(['report_id', 'part', 'seq']).execute()
    await createAppendEdits(db)
  },
}
