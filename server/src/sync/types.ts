import type { Part, Pen, ReportState, Role } from '@gongping/permissions'

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
  readonly state: ReportState
}

export interface StoredPart {
  /** Sequence of the last row, in state or tail. */
  readonly seq: number
  readonly state: Uint8Array
  /** Updates after `state`, ascending. */
  readonly tail: readonly Uint8Array[]
  readonly owners: ReadonlyMap<number, string>
}

export interface LogEntry extends PartKey {
  readonly seq: number
  readonly userId: string
  readonly at: number
  readonly bytes: Uint8Array
  /** Client ids seen for the first time, to be stored with this row. */
  readonly newClientIds: readonly number[]
}

/** The storage the sync core is handed. Implemented over Kysely in server/src/db/part-store.ts. */
export interface PartStore {
  /** Undefined when there is no such part; throws when it can't be read or fails its checksum. */
  load(key: PartKey): Promise<StoredPart | undefined>
  /** All entries in one transaction: after it resolves they are on the disk; when it throws, none is. */
  append(entries: readonly LogEntry[]): Promise<void>
}

/** Rights, handed in; undefined means the report does not exist for this user. */
export type FindAccess = (userId: string, reportId: string) => Promise<Access | undefined>

/** Called after the commit that holds them, once per report and commit. */
export type OnCommitted = (reportId: string, entries: readonly LogEntry[]) => void
