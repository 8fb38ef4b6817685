import { Counter, Gauge, Histogram } from 'prom-client'
import type { Registry } from 'prom-client'

const VERDICTS = ['apply', 'nothing', 'missing', 'deletes', 'refuse'] as const

/** Numbers of the sync core. */
export interface SyncMetrics {
  committed(updates: number, seconds: number): void
  commitFailed(): void
  /** @param by whose line it was; refusals before there is one are told by `attachSync` */
  refused(reason: string, by: { readonly userId: string; readonly reportId: string }): void
  joined(): void
  /** What is stored is no document the editor could open. */
  unopenable(): void
  updates(verdict: (typeof VERDICTS)[number]): void
}

export interface SyncStats {
  readonly rooms: number
  readonly sockets: number
  /** Bytes of edits that wait for their commit. */
  readonly queuedBytes: number
  /** Bytes that wait for the reader who reads slowest. */
  readonly longestQueue: number
}

export const noMetrics: SyncMetrics = {
  committed: () => undefined,
  commitFailed: () => undefined,
  refused: () => undefined,
  joined: () => undefined,
  unopenable: () => undefined,
  updates: () => undefined,
}

/** @param stats asked at each scrape */
export function syncMetrics(registry: Registry, stats: () => SyncStats): SyncMetrics {
  const registers = [registry]
  const gauge = (name: string, help: string, read: (stats: SyncStats) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read(stats()))
      },
    })
  gauge('gongping_sync_rooms', 'Documents in memory', ({ rooms }) => rooms)
  gauge('gongping_sync_sockets', 'Open sync sockets', ({ sockets }) => sockets)
  gauge('gongping_sync_queued_bytes', 'Bytes of edits waiting for their commit', ({ queuedBytes }) => queuedBytes)
  gauge('gongping_sync_longest_queue_bytes', 'Bytes waiting for the slowest reader', (now) => now.longestQueue)
  const commits = new Counter({ name: 'gongping_sync_commits_total', help: 'Group commits', registers })
  const failures = new Counter({
    name: 'gongping_sync_commit_failures_total',
    help: 'Group commits that failed',
    registers,
  })
  const refusals = new Counter({
    name: 'gongping_sync_refusals_total',
    help: 'Refusals by reason',
    labelNames: ['reason'],
    registers,
  })
  const joins = new Counter({ name: 'gongping_sync_joins_total', help: 'Sockets that joined a document', registers })
  const unopenable = new Counter({
    name: 'gongping_document_unopenable_total',
    help: 'Reports found stored in a form the editor could not open',
    registers,
  })
  // Counted in plain numbers and handed over at each scrape: a counter of the library costs more than judging an edit.
  const counted = { apply: 0, nothing: 0, missing: 0, deletes: 0, refuse: 0 }
  const verdicts: Counter = new Counter({
    name: 'gongping_sync_updates_total',
    help: 'Update frames by verdict',
    labelNames: ['verdict'],
    registers,
    collect() {
      verdicts.reset()
      for (const verdict of VERDICTS) verdicts.inc({ verdict }, counted[verdict])
    },
  })
  const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
  const seconds = new Histogram({
    name: 'gongping_sync_commit_seconds',
    help: 'Duration of a group commit',
    buckets,
    registers,
  })
  const sizes = new Histogram({
    name: 'gongping_sync_commit_updates',
    help: 'Updates in a group commit',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000],
    registers,
  })
  return {
    committed(updates, duration) {
      commits.inc()
      seconds.observe(duration)
      sizes.observe(updates)
    },
    commitFailed: () => failures.inc(),
    refused: (reason) => refusals.inc({ reason }),
    joined: () => joins.inc(),
    unopenable: () => unopenable.inc(),
    updates: (verdict) => void (counted[verdict] += 1),
  }
}
