import type { Migration } from 'kysely/migration'
import { tables } from './0001-tables.ts'
import { logBursts } from './0002-log-bursts.ts'

/** Every migration in order, listed by hand so that bundling cannot lose one. Never edited once somebody ran it. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001_tables': tables,
  '0002_log_bursts': logBursts,
}
