import type { Migration } from 'kysely/migration'
import { tables } from './0001-tables.ts'
import { logBursts } from './0002-log-bursts.ts'
import { review } from './0003-review.ts'
import { versions } from './0004-versions.ts'
import { mail } from './0005-mail.ts'
import { acceptedWarnings } from './0006-accepted-warnings.ts'
import { signInTries } from './0007-sign-in-tries.ts'
import { noticeThread } from './0008-notice-thread.ts'
import { restoreIntents } from './0009-restore-intents.ts'
import { appendAtOnce } from './0010-append-at-once.ts'
import { rateShares } from './0011-rate-shares.ts'
import { logMarks } from './0012-log-marks.ts'

/** Every migration in order, listed by hand so that bundling cannot lose one. Never edited once somebody ran it. */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001_tables': tables,
  '0002_log_bursts': logBursts,
  '0003_review': review,
  '0004_versions': versions,
  '0005_mail': mail,
  '0006_accepted_warnings': acceptedWarnings,
  '0007_sign_in_tries': signInTries,
  '0008_notice_thread': noticeThread,
  '0009_restore_intents': restoreIntents,
  '0010_append_at_once': appendAtOnce,
  '0011_rate_shares': rateShares,
  '0012_log_marks': logMarks,
}
