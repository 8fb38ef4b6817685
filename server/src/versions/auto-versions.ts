import { findReport } from '../db/reports.ts'
import type { Db } from '../db/dialect.ts'
import { deleteVersions, listVersions } from '../db/versions.ts'
import type { Deps } from '../deps.ts'
import type { System } from '../sync/system.ts'
import type { LogEntry, SyncLog } from '../sync/types.ts'
import { keepVersion } from './keep-version.ts'
import { versionsToThin } from './thin-versions.ts'

export interface AutoVersionOptions {
  readonly db: Db
  readonly documents: Pick<Deps['documents'], 'scoreNow'> & Deps['documents']
  /** Called once per report and commit. @returns stops listening */
  onCommitted(listener: (reportId: string, entries: readonly LogEntry[], by?: 'here' | 'elsewhere') => void): () => void
  readonly system: System
  readonly log: SyncLog
  /** Quiet after the last edit before a version is kept, milliseconds. */
  readonly idleMs: number
  /** Fewer edits than this since the last version are not worth one. */
  readonly minEdits?: number
  /** After a version was kept. */
  readonly onKept?: (reportId: string) => void
}

export interface AutoVersions {
  /** Plans versions for what was edited, scored and not kept before the last stop. Call it once after start. */
  resume(): Promise<void>
  close(): Promise<void>
}

interface Waiting {
  edits: number
  lastUserId: string
  since: number
  /** When a version is due, by the monotonic clock. */
  dueAt: number
  cancel: () => void
}

/** A person who goes on typing for hours gets a version in between, after so many quiet times. */
const MAX_QUIET_TIMES = 6
/** After keeping a version, the next one waits so many times as long as that took: typing comes first. */
const REST_TIMES = 3
/** Reports looked up in one turn of the event loop. */
const AT_ONCE = 50

/** Keeps a version when a report has been quiet for a while after edits, and thins old ones. */
export function createAutoVersions(options: AutoVersionOptions): AutoVersions {
  const { db, documents, system, log, idleMs, onKept, minEdits = 1 } = options
  const waiting = new Map<string, Waiting>()
  /** One after another: after a restart many are due at once. */
  let turn: Promise<void> = Promise.resolve()
  let endRest = () => undefined as void
  let isClosed = false

  const stopListening = options.onCommitted((reportId, entries, by) => {
    // Whoever stored the edit keeps the version.
    if (by === 'elsewhere' || isClosed) return
    const last = entries.at(-1)
    if (last) plan(reportId, last.userId, entries.length)
  })

  function plan(reportId: string, userId: string, edits: number): void {
    const now = system.monotonic()
    const known = waiting.get(reportId)
    if (known) {
      known.edits += edits
      known.lastUserId = userId
      known.dueAt = Math.min(now + idleMs, known.since + idleMs * MAX_QUIET_TIMES)
      return
    }
    const due = { edits, lastUserId: userId, since: now, dueAt: now + idleMs, cancel: () => undefined }
    waiting.set(reportId, due)
    arm(reportId, due)
  }

  /** One timer for many edits: when it rings too early it is set again. */
  function arm(reportId: string, due: Waiting): void {
    due.cancel = system.after(Math.max(0, Math.ceil(due.dueAt - system.monotonic())), () => {
      if (system.monotonic() < due.dueAt) return arm(reportId, due)
      turn = turn.then(() => keepInTurn(reportId))
    })
  }

  async function keepInTurn(reportId: string): Promise<void> {
    const began = system.monotonic()
    await keep(reportId).catch((error: unknown) =>
      log.error({ reportId, error: String(error) }, 'an automatic version could not be kept'),
    )
    await rest(REST_TIMES * (system.monotonic() - began))
  }

  async function rest(ms: number): Promise<void> {
    if (isClosed) return
    await new Promise<void>((resolve) => {
      const cancel = system.after(Math.ceil(ms), resolve)
      endRest = () => {
        cancel()
        resolve()
      }
    })
  }

  async function keep(reportId: string): Promise<void> {
    const due = waiting.get(reportId)
    if (!due || isClosed) return
    waiting.delete(reportId)
    if (due.edits < minEdits) return
    const report = await findReport(db, reportId)
    if (!report) return
    const kept = await keepVersion(
      { db, documents, now: () => system.now() },
      { report, kind: 'automatic', name: '', userId: due.lastUserId, deed: null, onlyIfNew: true },
    )
    await thin(reportId)
    if (kept) onKept?.(reportId)
  }

  async function thin(reportId: string): Promise<void> {
    const versions = (await listVersions(db, reportId)).map(({ id, kind, at }) => ({ id, kind, at: Number(at) }))
    const ids = versionsToThin(versions, system.now())
    if (ids.length > 0) await db.transaction().execute((trx) => deleteVersions(trx, ids))
  }

  return {
    async resume() {
      const rows = await db
        .selectFrom('part')
        .innerJoin('report', 'report.id', 'part.report_id')
        .select((eb) => ['part.report_id', 'report.created_by', eb.fn.max('part.updated_at').as('edited_at')])
        .groupBy(['part.report_id', 'report.created_by'])
        .having((eb) =>
          eb(
            eb.fn.max('part.updated_at'),
            '>',
            eb
              .selectFrom('version')
              .select((version) => version.fn.max('version.at').as('at'))
              .whereRef('version.report_id', '=', 'part.report_id'),
          ),
        )
        .execute()
      for (const [index, { report_id, created_by }] of rows.entries()) {
        if (index % AT_ONCE === 0) await new Promise<void>((resolve) => system.endOfTurn(resolve))
        if (isClosed) return
        const last = await db
          .selectFrom('update_log')
          .select('user_id')
          .where('report_id', '=', report_id)
          .orderBy('at', 'desc')
          .limit(1)
          .executeTakeFirst()
        plan(report_id, last?.user_id ?? created_by, minEdits)
      }
    },
    async close() {
      isClosed = true
      stopListening()
      for (const { cancel } of waiting.values()) cancel()
      waiting.clear()
      endRest()
      await turn
    },
  }
}
