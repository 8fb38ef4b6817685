import type { LogEntry, PartKey } from './types.ts'

/** Where one part and its report are now. */
export interface Position extends PartKey {
  /** Last row of the log. */
  readonly seq: number
  /** Last row in the stored state. */
  readonly stateSeq: number
  /** Raised with every change of rights on the report. */
  readonly epoch: number
  /** UTC milliseconds; undefined before the first score. */
  readonly scoredAt: number | undefined
}

/** The log as several processes share it. Implemented over Kysely in server/src/db/shared-log.ts. */
export interface SharedLog {
  /**
   * Rows after `seq`, ascending and without a gap; undefined when they are no longer kept one by one. `seenClients` are
   * all client ids they were the first to bring.
   */
  readAfter(key: PartKey, seq: number): Promise<readonly LogEntry[] | undefined>
  /** Every part of these reports; asks the database also for an empty list. */
  positions(reportIds: readonly string[]): Promise<readonly Position[]>
  /** Those of these sessions that have not ended. */
  standingSessions(sessionIds: readonly string[]): Promise<ReadonlySet<string>>
}

/** Another process wrote these parts under the same sequence numbers; none of the rows was stored. */
export class SequenceTakenError extends Error {
  override name = 'SequenceTakenError'
  readonly parts: readonly PartKey[]
  constructor(parts: readonly PartKey[]) {
    super(`rows of ${parts.map(({ reportId, part }) => `${reportId}/${part}`).join(', ')} are somebody else's`)
    this.parts = parts
  }
}

/** Rights on these reports changed since the rows were judged; none of the rows was stored. */
export class RightsMovedError extends Error {
  override name = 'RightsMovedError'
  readonly reportIds: readonly string[]
  constructor(reportIds: readonly string[]) {
    super(`rights on ${reportIds.join(', ')} have changed`)
    this.reportIds = reportIds
  }
}
