import { type Deed, insertAudit } from '../db/audit.ts'
import type { Db } from '../db/dialect.ts'

interface Refusal {
  /** Code of the refusal, as the caller was told. */
  readonly code: string
  /** Empty when nobody is signed in, or it is not known who. */
  readonly userId: string
  readonly reportId?: string | undefined
  readonly address?: string | undefined
}

export interface RefusalCounts {
  /** Costs a map entry; nothing waits for it. */
  count(refusal: Refusal): void
  /** Writes what was counted so far. */
  flush(): Promise<void>
  /** The same, and nothing later. */
  close(): Promise<void>
}

export interface RefusalCountsOptions {
  readonly db: Db
  readonly now: () => number
  readonly onError: (error: unknown) => void
  /** From the first refusal to the rows that tell of it, milliseconds. */
  readonly flushMs?: number
  /** Different refusals kept apart within that time; what is beyond is counted as one, under `many`. */
  readonly maxKinds?: number
}

/**
 * Refused attempts in the audit trail: one row a minute for each person, report, address and reason, however often it
 * was tried. So an attack is told of, and cannot fill the disk.
 */
export function createRefusalCounts(options: RefusalCountsOptions): RefusalCounts {
  const { db, now, onError, flushMs = 60_000, maxKinds = 200 } = options
  let counts = new Map<string, Counted>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let isClosed = false
  let turn: Promise<void> = Promise.resolve()

  function add(refusal: Refusal, { times, from, to }: { times: number; from: number; to: number }): void {
    const key = JSON.stringify([refusal.code, refusal.userId, refusal.reportId, refusal.address])
    const known = counts.get(key)
    if (known) {
      known.times += times
      known.from = Math.min(known.from, from)
      known.to = Math.max(known.to, to)
    } else if (counts.size < maxKinds || refusal === MANY) counts.set(key, { refusal, times, from, to })
    else add(MANY, { times, from, to })
  }

  function arm(): void {
    if (timer !== undefined || isClosed || counts.size === 0) return
    timer = setTimeout(() => void flush(), flushMs)
    timer.unref()
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    turn = turn.then(write)
    return turn
  }

  async function write(): Promise<void> {
    const taken = counts
    if (taken.size === 0) return
    counts = new Map()
    try {
      await db.transaction().execute(async (trx) => {
        for (const counted of taken.values()) await insertAudit(trx, deedOf(counted))
      })
    } catch (error) {
      // Told with the next ones.
      for (const { refusal, ...counted } of taken.values()) add(refusal, counted)
      onError(error)
      arm()
    }
  }

  return {
    count(refusal) {
      if (isClosed) return
      const at = now()
      add(refusal, { times: 1, from: at, to: at })
      arm()
    },
    flush,
    async close() {
      isClosed = true
      await flush()
    },
  }
}

interface Counted {
  readonly refusal: Refusal
  times: number
  /** UTC milliseconds. */
  from: number
  to: number
}

const MANY: Refusal = { code: 'many', userId: '' }

function deedOf({ refusal, times, from, to }: Counted): Deed {
  const { code, userId, reportId, address } = refusal
  return {
    at: to,
    userId,
    action: 'refused',
    ...(reportId === undefined ? {} : { reportId }),
    detail: { code, times, since: new Date(from).toISOString(), ...(address === undefined ? {} : { address }) },
  }
}
