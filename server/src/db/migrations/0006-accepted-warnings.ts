import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What the filler said about warnings that stayed, with each submission. */
export const acceptedWarnings: Migration = {
  async up(db: Kysely<never>) {
    await db.schema
      .createTable('accepted_warning')
      .addColumn('report_id', 'text', (c) => c.notNull().references('report.id').onDelete('cascade'))
      .addColumn('round', 'integer', (c) => c.notNull())
      .addColumn('user_id', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('warnings', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('accepted_warning_pk', ['report_id', 'round'])
      .execute()
  },
}
