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
}
