import type { Part } from '@gongping/permissions'

/** What the rest of the server asks of the open documents. Handed in, so that reports know neither rooms nor sockets. */
export interface LiveDocuments {
  /**
   * Holds incoming edits of one report back, waits until what was accepted is on the disk, and runs `work`. Edits are
   * let in again afterwards and judged by the rights as they are then. One at a time per report.
   */
  hold<T>(reportId: string, work: () => Promise<T>): Promise<T>
  /** Stores the committed documents as snapshots and scores them, now. */
  scoreNow(reportId: string): Promise<void>
  /** Every open socket of the report learns its new rights. After the commit; within `hold` too. `by` is who caused it. */
  accessChanged(reportId: string, by: string): Promise<void>
  /** The user signed out or got another password: ends sockets whose session no longer stands. */
  userChanged(userId: string): Promise<void>
  /** Everything committed in a part, as one Yjs update. */
  readPart(key: { reportId: string; part: Part }): Promise<Uint8Array>
  /**
   * An edit in a user's name, stored when this resolves; within `hold` too. Bytes that are stored already change
   * nothing. Whether the user may write is the caller's to judge; with `epoch`, the report's when that was judged, the
   * edit is refused when rights have moved since, also at another node.
   */
  applyAs(edit: { reportId: string; part: Part; userId: string; update: Uint8Array; epoch?: number }): Promise<void>
}
