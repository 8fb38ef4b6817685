import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The comment somebody was named in, so that the notice can lead there. */
export const noticeThread: Migration = {
  async up(db: Kysely<never>) {
    await db.schema.alterTable('notice').addColumn('thread_id', 'text').execute()
  },
}
