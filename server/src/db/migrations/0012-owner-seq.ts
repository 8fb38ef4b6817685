import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { createAppendEdits } from '../dialect.ts'

/** Each client id has the number of the row it was bound with, so that who reads rows learns of the ids. */
export const ownerSeq: Migration = {
  async up(db: Kysely<never>) {
    await db.schema
      .alterTable('client_owner')
      .addColumn('seq', 'bigint', (c) => c.notNull().defaultTo(0))
      .execute()
    await db.schema.createIndex('client_owner_seq').on('client_owner').columns(['report_id', 'part', 'seq']).execute()
    await createAppendEdits(db)
  },
}
