import type { Migration } from 'kysely/migration'
import { tables } from './0001-tables.ts'

/** Every migration in order, listed by hand so that bundling cannot lose one. Never edited once somebody ran it. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001_tables': tables,
}
