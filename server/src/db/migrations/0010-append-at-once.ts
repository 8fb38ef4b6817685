import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { createAppendEdits } from '../dialect.ts'

/** Edits reach a shared log in one question. */
export const appendAtOnce: Migration = {
  up: (db: Kysely<never>) => createAppendEdits(db),
}
