import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { bytesType } from '../dialect.ts'

/** Comments, suggestions, return items and notices; rounds and due dates of reports. */
export const review: Migration = {
  async up(db: Kysely<never>) {
    const { schema } = db
    const ofReport = (table: string) =>
      schema
        .createTable(table)
        .addColumn('id', 'text', (c) => c.primaryKey().notNull())
        .addColumn('report_id', 'text', (c) => c.notNull().references('report.id').onDelete('cascade'))

    await schema
      .alterTable('report')
      .addColumn('round', 'integer', (c) => c.notNull().defaultTo(0))
      .execute()
    await schema.alterTable('report').addColumn('due_date', 'text').execute()

    await ofReport('thread')
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('visibility', 'text', (c) => c.notNull())
      .addColumn('anchor', 'text', (c) => c.notNull())
      .addColumn('quote', 'text', (c) => c.notNull())
      .addColumn('status', 'text', (c) => c.notNull())
      .addColumn('round', 'integer', (c) => c.notNull())
      .addColumn('user_id', 'text', (c) => c.notNull())
      .addColumn('role', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .execute()
    await schema.createIndex('thread_by_report').on('thread').columns(['report_id', 'at']).execute()

    await schema
      .createTable('thread_reply')
      .addColumn('id', 'text', (c) => c.primaryKey().notNull())
      .addColumn('thread_id', 'text', (c) => c.notNull().references('thread.id').onDelete('cascade'))
      .addColumn('ordinal', 'integer', (c) => c.notNull())
      .addColumn('user_id', 'text', (c) => c.notNull())
      .addColumn('role', 'text', (c) => c.notNull())
      .addColumn('text', 'text', (c) => c.notNull())
      .addColumn('mentions', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('edited_at', 'bigint')
      .addColumn('deleted', 'integer', (c) => c.notNull())
      .addUniqueConstraint('thread_reply_place', ['thread_id', 'ordinal'])
      .execute()

    await ofReport('suggestion')
      .addColumn('part', 'text', (c) => c.notNull())
      .addColumn('proposal', 'text', (c) => c.notNull())
      .addColumn('reason', 'text', (c) => c.notNull())
      .addColumn('status', 'text', (c) => c.notNull())
      .addColumn('stale', 'integer', (c) => c.notNull())
      .addColumn('round', 'integer', (c) => c.notNull())
      .addColumn('user_id', 'text', (c) => c.notNull())
      .addColumn('role', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('decided_by', 'text')
      .addColumn('decided_as', 'text')
      .addColumn('decided_at', 'bigint')
      .addColumn('decision_reason', 'text', (c) => c.notNull())
      .addColumn('edit', bytesType(db))
      .execute()
    await schema.createIndex('suggestion_by_report').on('suggestion').columns(['report_id', 'at']).execute()
    await schema.createIndex('suggestion_by_status').on('suggestion').columns(['status']).execute()

    await ofReport('return_item')
      .addColumn('ordinal', 'integer', (c) => c.notNull())
      .addColumn('round', 'integer', (c) => c.notNull())
      .addColumn('anchor', 'text', (c) => c.notNull())
      .addColumn('quote', 'text', (c) => c.notNull())
      .addColumn('problem', 'text', (c) => c.notNull())
      .addColumn('demand', 'text', (c) => c.notNull())
      .addColumn('due_date', 'text')
      .addColumn('status', 'text', (c) => c.notNull())
      .addColumn('answer', 'text', (c) => c.notNull())
      .addColumn('user_id', 'text', (c) => c.notNull())
      .addColumn('role', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .execute()
    await schema.createIndex('return_item_by_report').on('return_item').columns(['report_id', 'round']).execute()

    await schema
      .createTable('report_opening')
      .addColumn('report_id', 'text', (c) => c.notNull().references('report.id').onDelete('cascade'))
      .addColumn('user_id', 'text', (c) => c.notNull())
      .addColumn('opened_at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('report_opening_pk', ['report_id', 'user_id'])
      .execute()

    await ofReport('notice')
      .addColumn('user_id', 'text', (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('by_user', 'text', (c) => c.notNull())
      .addColumn('text', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('read_at', 'bigint')
      .addColumn('subject', 'text', (c) => c.notNull())
      .addUniqueConstraint('notice_once', ['user_id', 'report_id', 'kind', 'subject'])
      .execute()
    await schema.createIndex('notice_by_user').on('notice').columns(['user_id', 'at']).execute()

    await schema
      .createTable('notice_switch')
      .addColumn('user_id', 'text', (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('enabled', 'integer', (c) => c.notNull())
      .addPrimaryKeyConstraint('notice_switch_pk', ['user_id', 'kind'])
      .execute()
  },
}
