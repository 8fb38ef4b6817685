import type { Part, Pen, ReportState, Role } from '@gongping/permissions'
import type { CloseCode } from '@gongping/protocol'
import type { Outgoing } from './outgoing.ts'

export interface PartKey {
  readonly reportId: string
  readonly part: Part
}

/** What a socket's user may do in a report, judged once per rights epoch. */
export interface Access {
  readonly userId: string
  readonly displayName: string
  /** Role shown to others: the first of the membership's roles, or admin. */
  readonly role: Role | 'admin'
  readonly pen: Pen
  /** Parts that do not exist for this user as things stand. */
  readonly hidden?: readonly Part[]
  readonly state: ReportState
  /** Number of the report's rights these were read under; absent where only one process writes. */
  readonly epoch?: number
}

export interface StoredPart {
  /** Sequence of the last row, in state or tail. */
  readonly seq: number
  readonly state: Uint8Array
  /** Updates after `state`, ascending and without a gap: the last one is `seq`. */
  readonly tail: readonly Uint8Array[]
  readonly owners: ReadonlyMap<number, string>
}

export interface LogEntry extends PartKey {
  readonly seq: number
  readonly userId: string
  readonly at: number
  readonly bytes: Uint8Array
  /** Client ids that write for the first time, to be stored with this row. */
  readonly newClientIds: readonly number[]
  /**
   * Client ids that others have seen in presence, with their users: theirs from now on, also after a restart. Of a row read
   * from the log, those that began to write with it, too.
   */
  readonly seenClients?: readonly (readonly [clientId: number, userId: string])[] | undefined
  /** Rights it was judged under: stored only while they stand. Absent: an edit of the server itself. */
  readonly epoch?: number | undefined
}

/** The storage the sync core is handed. Implemented over Kysely in server/src/db/part-store.ts. */
export interface PartStore {
  /** Undefined when there is no such part; throws when it can't be read or fails its checksum. */
  load(key: PartKey): Promise<StoredPart | undefined>
  /**
   * All entries in one transaction: after it resolves they are on the disk. When it throws, none is, or nobody knows;
   * appending the same entries again is then safe.
   */
  append(entries: readonly LogEntry[]): Promise<void>
}

/** Rights, handed in; undefined means the report does not exist for this user. */
export type FindAccess = (userId: string, reportId: string) => Promise<Access | undefined>

/**
 * Asked with the bytes of each edit before it is stored: `used-up` when its writer, or all in its report, have added too
 * much to the disk, `later` when that is not known yet.
 */
export type CountBytes = (bytes: number) => 'counted' | 'used-up' | 'later'

/** Called after the commit that holds them, once per report and commit; `elsewhere`: another process stored them. */
export type OnCommitted = (reportId: string, entries: readonly LogEntry[], by: 'here' | 'elsewhere') => void

/** One open line, as the core sees it. */
export interface Transport {
  /** Never throws; a line that is closing swallows it. */
  send(outgoing: Outgoing): void
  /** Bytes handed over and not yet taken by the network. */
  readonly queuedBytes: number
  /** Runs once, when the network has taken everything handed over so far. Absent: lagging lines are closed. */
  onDrained?(run: () => void): void
  close(code: CloseCode, reason: string): void
}

export interface SyncLog {
  warn(fields: Record<string, unknown>, message: string): void
  error(fields: Record<string, unknown>, message: string): void
}
