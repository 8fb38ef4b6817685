import type { Db } from '../db/dialect.ts'
import { findThinnedSeq } from '../db/part-store.ts'
import type { PartKey, SyncLog } from '../sync/types.ts'
import type { Pace } from './pace.ts'
import { thinLog } from './thin-log.ts'

/** Folded rows of a part that are worth joining while it is written on. */
const THIN_FROM = 1000

interface Backlog extends PartKey {
  /** Last row of the stored state. */
  foldedSeq: number
  /** Up to here rows were joined; undefined until it is read. */
  thinnedSeq: number | undefined
  /** Joined from so many rows on. */
  from: number
}

export interface LogThinner {
  /** The stored state of a part reaches this row now. */
  noteFolded(key: PartKey, seq: number): void
  /** Nobody writes in the report any more: what is left is joined, too. */
  finish(reportId: string): void
  /** Waits for the piece it is at; what is left is joined after the next start, once somebody writes in the part. */
  close(): Promise<void>
}

/** Joins rows of the logs of all documents in the background, a piece of one after a piece of another. */
export function createLogThinner(options: { db: Db; pace: Pace; log: SyncLog }): LogThinner {
  const { db, pace, log } = options
  /** The one that waits longest comes first. */
  const backlogs = new Map<string, Backlog>()
  let working: Promise<void> | undefined
  let isClosed = false

  function work(): void {
    working ??= (async () => {
      for (let next = findDue(); next; next = findDue()) {
        await pace.untilRested()
        if (isClosed) return
        await pace.run(() => thinPiece(next))
      }
      working = undefined
    })()
  }

  function findDue(): Backlog | undefined {
    for (const backlog of backlogs.values()) {
      const { foldedSeq, thinnedSeq, from } = backlog
      if (thinnedSeq === undefined || foldedSeq - thinnedSeq >= from) return backlog
      if (from === 1) backlogs.delete(nameOf(backlog))
    }
    return undefined
  }

  /** A failure costs space and nothing else: what could not be joined is passed over. */
  async function thinPiece(backlog: Backlog): Promise<void> {
    const { reportId, part, foldedSeq } = backlog
    backlogs.delete(nameOf(backlog))
    backlogs.set(nameOf(backlog), backlog)
    try {
      backlog.thinnedSeq ??= (await findThinnedSeq(db, backlog)) ?? foldedSeq
      if (foldedSeq - backlog.thinnedSeq < backlog.from) return
      const { upTo } = await thinLog(db, { reportId, part, after: backlog.thinnedSeq, upTo: foldedSeq })
      backlog.thinnedSeq = upTo
    } catch (error) {
      backlog.thinnedSeq = foldedSeq
      log.error({ reportId, part, error: String(error) }, 'log rows could not be joined')
    }
  }

  return {
    noteFolded({ reportId, part }, seq) {
      const known = backlogs.get(nameOf({ reportId, part }))
      if (known) Object.assign(known, { foldedSeq: seq, from: THIN_FROM })
      else {
        const backlog = { reportId, part, foldedSeq: seq, thinnedSeq: undefined, from: THIN_FROM }
        backlogs.set(nameOf(backlog), backlog)
      }
      work()
    },
    finish(reportId) {
      for (const backlog of backlogs.values()) if (backlog.reportId === reportId) backlog.from = 1
      work()
    },
    async close() {
      isClosed = true
      await working
    },
  }
}

const nameOf = ({ reportId, part }: PartKey) => `${reportId}/${part}`
