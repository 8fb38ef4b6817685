import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Notices by mail: addresses, a second switch for each kind, and what waits to be sent. */
export const mail: Migration = {
  async up(db: Kysely<never>) {
    const { schema } = db
    await schema.alterTable('profile').addColumn('mail_address', 'text').execute()
    await schema.alterTable('profile').addColumn('language', 'text').execute()
    await schema
      .alterTable('notice_switch')
      .addColumn('mailed', 'integer', (c) => c.notNull().defaultTo(1))
      .execute()

    await schema
      .createTable('mail')
      .addColumn('id', 'text', (c) => c.primaryKey().notNull())
      .addColumn('report_id', 'text', (c) => c.notNull().references('report.id').onDelete('cascade'))
      .addColumn('user_id', 'text', (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('by_user', 'text', (c) => c.notNull())
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('status', 'text', (c) => c.notNull())
      .addColumn('tries', 'integer', (c) => c.notNull())
      .addColumn('next_at', 'bigint', (c) => c.notNull())
      .addUniqueConstraint('mail_once', ['user_id', 'report_id', 'kind', 'subject'])
      .execute()
    await schema.createIndex('mail_by_turn').on('mail').columns(['status', 'next_at']).execute()
  },
}
