import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** How far the log of a part was looked through for rows to join outlives the process. */
export const thinnedSeq: Migration = {
  async up(db: Kysely<never>) {
    await db.schema
      .alterTable('part')
      .addColumn('thinned_seq', 'bigint', (c) => c.notNull().defaultTo(0))
      .execute()
    await sql`update part set thinned_seq = state_seq`.execute(db)
  },
}
