import { Counter, Gauge } from 'prom-client'
import type { Registry } from 'prom-client'

/** Numbers of a node among others. */
export interface ClusterMetrics {
  heard(type: string): void
  healed(rows: number): void
  overtaken(): void
  pollFailed(error: unknown): void
}

export interface ClusterStats {
  readonly nodes: number
  readonly isBusUp: boolean
  readonly isCut: boolean
}

/** @param stats asked at each scrape */
export function clusterMetrics(registry: Registry, stats: () => ClusterStats): ClusterMetrics {
  const registers = [registry]
  const gauge = (name: string, help: string, read: (stats: ClusterStats) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read(stats()))
      },
    })
  gauge('gongping_cluster_nodes', 'Other nodes heard of in the last seconds', ({ nodes }) => nodes)
  gauge('gongping_cluster_bus_up', '1 while hints travel over Redis', ({ isBusUp }) => Number(isBusUp))
  gauge('gongping_cluster_cut_off', '1 while the database does not answer', ({ isCut }) => Number(isCut))
  const hints = new Counter({
    name: 'gongping_cluster_hints_total',
    help: 'Hints of other nodes, by kind',
    labelNames: ['type'],
    registers,
  })
  const healed = new Counter({
    name: 'gongping_cluster_healed_rows_total',
    help: 'Rows of other nodes read from the log because no hint brought them in order',
    registers,
  })
  const overtaken = new Counter({
    name: 'gongping_cluster_overtaken_total',
    help: 'Commits that found their place in the log taken by another node and were made again',
    registers,
  })
  const failures = new Counter({
    name: 'gongping_cluster_poll_failures_total',
    help: 'Looks at the shared log that failed',
    registers,
  })
  return {
    heard: (type) => hints.inc({ type }),
    healed: (rows) => healed.inc(rows),
    overtaken: () => overtaken.inc(),
    pollFailed: () => failures.inc(),
  }
}
