import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { bytesType, countingKeyType, forbidChanges } from '../dialect.ts'

/** User ids have no foreign key: better-auth creates its own tables, after ours. */
export const tables: Migration = {
  async up(db: Kysely<never>) {
    const { schema } = db
    const bytes = bytesType(db)

    await schema
      .createTable('report')
      .addColumn('id', 'text', (c) => c.primaryKey().notNull())
      .addColumn('template_id', 'text', (c) => c.notNull())
      .addColumn('template_version', 'integer', (c) => c.notNull())
      .addColumn('project_name', 'text', (c) => c.notNull())
      .addColumn('unit', 'text', (c) => c.notNull())
      .addColumn('fiscal_year', 'integer', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('epoch', 'bigint', (c) => c.notNull())
      .addColumn('created_by', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addColumn('updated_at', 'bigint', (c) => c.notNull())
      .execute()

    await schema
      .createTable('membership')
      .addColumn('report_id', 'text', (c) => c.notNull().references('report.id').onDelete('cascade'))
      .addColumn('user_id', 'text', (c) => c.notNull())
      .addColumn('role', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('membership_pk', ['report_id', 'user_id', 'role'])
      .execute()
    await schema.createIndex('membership_by_user').on('membership').columns(['user_id', 'report_id']).execute()

    await schema
      .createTable('profile')
      .addColumn('user_id', 'text', (c) => c.primaryKey().notNull())
      .addColumn('unit', 'text', (c) => c.notNull())
      .addColumn('role', 'text', (c) => c.notNull())
      .execute()

    await schema
      .createTable('part')
      .addColumn('report_id', 'text', (c) => c.notNull().references('report.id').onDelete('cascade'))
      .addColumn('part', 'text', (c) => c.notNull())
      .addColumn('state', bytes, (c) => c.notNull())
      .addColumn('state_seq', 'bigint', (c) => c.notNull())
      .addColumn('state_sha256', 'text', (c) => c.notNull())
      .addColumn('updated_at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('part_pk', ['report_id', 'part'])
      .execute()

    await schema
      .createTable('update_log')
      .addColumn('report_id', 'text', (c) => c.notNull())
      .addColumn('part', 'text', (c) => c.notNull())
      .addColumn('seq', 'bigint', (c) => c.notNull())
      .addColumn('user_id', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('bytes', bytes, (c) => c.notNull())
      .addPrimaryKeyConstraint('update_log_pk', ['report_id', 'part', 'seq'])
      .addForeignKeyConstraint('update_log_part', ['report_id', 'part'], 'part', ['report_id', 'part'], (f) =>
        f.onDelete('cascade'),
      )
      .execute()

    await schema
      .createTable('client_owner')
      .addColumn('report_id', 'text', (c) => c.notNull())
      .addColumn('part', 'text', (c) => c.notNull())
      .addColumn('client_id', 'bigint', (c) => c.notNull())
      .addColumn('user_id', 'text', (c) => c.notNull())
      .addPrimaryKeyConstraint('client_owner_pk', ['report_id', 'part', 'client_id'])
      .addForeignKeyConstraint('client_owner_part', ['report_id', 'part'], 'part', ['report_id', 'part'], (f) =>
        f.onDelete('cascade'),
      )
      .execute()

    await schema
      .createTable('score')
      .addColumn('report_id', 'text', (c) => c.primaryKey().notNull().references('report.id').onDelete('cascade'))
      .addColumn('body', 'text', (c) => c.notNull())
      .addColumn('self_total', 'integer')
      .addColumn('department_total', 'integer')
      .addColumn('finance_total', 'integer')
      .addColumn('grade', 'text')
      .addColumn('errors', 'integer', (c) => c.notNull())
      .addColumn('warnings', 'integer', (c) => c.notNull())
      .addColumn('infos', 'integer', (c) => c.notNull())
      .addColumn('budget_amount', 'bigint')
      .addColumn('seqs', 'text', (c) => c.notNull())
      .addColumn('scored_at', 'bigint', (c) => c.notNull())
      .execute()

    await schema
      .createTable('version')
      .addColumn('id', 'text', (c) => c.primaryKey().notNull())
      .addColumn('report_id', 'text', (c) => c.notNull().references('report.id').onDelete('cascade'))
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('user_id', 'text', (c) => c.notNull())
      .addColumn('seqs', 'text', (c) => c.notNull())
      .addColumn('narrative', bytes, (c) => c.notNull())
      .addColumn('self', bytes, (c) => c.notNull())
      .addColumn('department', bytes, (c) => c.notNull())
      .addColumn('finance', bytes, (c) => c.notNull())
      .addColumn('score', 'text', (c) => c.notNull())
      .addColumn('self_total', 'integer')
      .addColumn('sha256', 'text', (c) => c.notNull())
      .execute()
    await schema.createIndex('version_by_report').on('version').columns(['report_id', 'at']).execute()

    await schema
      .createTable('audit')
      .addColumn('id', countingKeyType(db) as never)
      .addColumn('at', 'bigint', (c) => c.notNull())
      .addColumn('user_id', 'text', (c) => c.notNull())
      .addColumn('action', 'text', (c) => c.notNull())
      .addColumn('report_id', 'text')
      .addColumn('detail', 'text', (c) => c.notNull())
      .addColumn('previous_sha256', 'text', (c) => c.notNull())
      .addColumn('sha256', 'text', (c) => c.notNull())
      .execute()
    await schema.createIndex('audit_by_report').on('audit').columns(['report_id', 'id']).execute()
    await forbidChanges(db, 'audit')
  },
}
