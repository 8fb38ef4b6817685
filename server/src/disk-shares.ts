import { Counter } from 'prom-client'
import type { Registry } from 'prom-client'
import type { Db } from './db/dialect.ts'
import { takeOfShare } from './db/rate-shares.ts'
import { DISK, type DiskLimits } from './quotas.ts'
import type { CountBytes } from './sync/types.ts'

/** What people add to the disk, by whose it is and in which report. */
export interface DiskShares {
  /** @returns to be asked before something of so many bytes is stored */
  of(userId: string, reportId: string): CountBytes
  /** Whether nothing more may be stored for a while. */
  isUsedUp(userId: string, reportId: string): boolean
  /** Of what has been stored and was not asked about, because its size was not known. */
  add(written: { userId: string; reportId: string; bytes: number }): void
}

/** What is left of one share. */
interface Purse {
  readonly key: string
  readonly most: number
  /** Bytes; below zero they are owed. */
  left: number
  /** UTC milliseconds. */
  emptyUntil: number
  isAsking: boolean
}

/**
 * Counts in memory, and takes each further MiB from the shares in the database: so all servers count together, a restart
 * forgets less than one MiB of a person, and who writes less in a day is never asked for.
 */
export function createDiskShares(options: {
  db: Db
  registry: Registry
  /** UTC milliseconds. */
  now: () => number
  onError: (error: unknown) => void
  /** Absent: `DISK`. */
  limits?: DiskLimits
}): DiskShares {
  const { db, registry, now, onError, limits = DISK } = options
  const purses = new Map<string, Purse>()
  let written = 0
  const counter: Counter = new Counter({
    name: 'gongping_sync_written_bytes_total',
    help: 'Bytes of edits taken for the log',
    registers: [registry],
    collect() {
      counter.reset()
      counter.inc(written)
    },
  })

  return {
    of(userId, reportId) {
      const { mine, common } = pursesOf(userId, reportId)
      return (bytes) => {
        if (mine.left < bytes || common.left < bytes) {
          const answer = askedFor(mine, bytes) ?? askedFor(common, bytes)
          if (answer) return answer
        }
        mine.left -= bytes
        common.left -= bytes
        written += bytes
        return 'counted'
      }
    },
    isUsedUp(userId, reportId) {
      const { mine, common } = pursesOf(userId, reportId)
      return [mine, common].some(({ emptyUntil }) => emptyUntil > now())
    },
    add({ userId, reportId, bytes }) {
      const { mine, common } = pursesOf(userId, reportId)
      for (const purse of [mine, common]) {
        purse.left -= bytes
        if (purse.left < 0) void fill(purse, 0)
      }
    },
  }

  function pursesOf(userId: string, reportId: string) {
    return { mine: purseOf(`log by ${userId}`, limits.user), common: purseOf(`log on ${reportId}`, limits.report) }
  }

  function purseOf(key: string, most: number): Purse {
    let purse = purses.get(key)
    if (!purse) purses.set(key, (purse = { key, most, left: limits.unitBytes, emptyUntil: 0, isAsking: false }))
    return purse
  }

  /** @returns why not; undefined: it may be taken, and what is owed is asked for */
  function askedFor(purse: Purse, bytes: number): 'used-up' | 'later' | undefined {
    if (purse.left >= bytes) return undefined
    if (purse.emptyUntil > now()) return 'used-up'
    void fill(purse, bytes)
    return purse.left - bytes < -limits.owedBytes ? 'later' : undefined
  }

  async function fill(purse: Purse, bytes: number): Promise<void> {
    if (purse.isAsking) return
    purse.isAsking = true
    try {
      do {
        const { key, most } = purse
        const waitMs = await takeOfShare(db, { key, most, perMs: limits.perMs, at: now() })
        if (waitMs > 0) {
          purse.emptyUntil = now() + waitMs
          return
        }
        purse.left += limits.unitBytes
      } while (purse.left < 0 || purse.left < Math.min(bytes, limits.unitBytes))
    } catch (error) {
      onError(error)
    } finally {
      purse.isAsking = false
    }
  }
}
