import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Restores that are under way: their edits, and the deed that is told once they are stored. */
export const restoreIntents: Migration = {
  async up(db: Kysely<never>) {
    await db.schema
      .createTable('restore_intent')
      .addColumn('id', 'text', (c) => c.primaryKey().notNull())
      .addColumn('report_id', 'text', (c) => c.notNull().references('report.id').onDelete('cascade'))
      .addColumn('user_id', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('detail', 'text', (c) => c.notNull())
      .addColumn('edits', 'text', (c) => c.notNull())
      .execute()
  },
}
