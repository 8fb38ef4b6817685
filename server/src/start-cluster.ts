import { randomUUID } from 'node:crypto'
import type { Registry } from 'prom-client'
import { openRedisBus } from './bus/redis-bus.ts'
import type { Config } from './config.ts'
import type { Database } from './db/dialect.ts'
import { createPartStore } from './db/part-store.ts'
import { createSharedLog } from './db/shared-log.ts'
import type { EventFeed } from './reports/event-feed.ts'
import type { LiveDocuments } from './reports/live-documents.ts'
import type { ScoredDocuments } from './reports/score-on-save.ts'
import { Cluster } from './sync/cluster.ts'
import { clusterMetrics } from './sync/cluster-metrics.ts'
import type { Hub } from './sync/hub.ts'
import type { System } from './sync/system.ts'
import type { FindAccess, SyncLog } from './sync/types.ts'

export interface ClusterLink {
  readonly cluster: Cluster
  /** The hub as the scorer sees it: what is scored here is told to lines at other nodes. */
  scored(hub: Hub): ScoredDocuments
  /** The feed as routes see it: events reach streams at every node. */
  feed(feed: EventFeed): EventFeed
  /** Changes of rights and sessions reach lines at every node. */
  documents(documents: LiveDocuments): LiveDocuments
  close(): Promise<void>
}

/** Undefined on the embedded database, which belongs to one process. */
export function startCluster(o: {
  config: Config
  database: Database
  secret: string
  findAccess: FindAccess
  system: System
  registry: Registry
  log: SyncLog
  /** Of this node alone. */
  feed: EventFeed
  onScored: (reportId: string) => Promise<void>
  onUnscored: (reportId: string) => Promise<void>
}): ClusterLink | undefined {
  const { config, database, secret, findAccess, system, log } = o
  if (database.kind === 'sqlite') return undefined
  const { db } = database
  const bus = config.redisUrl ? openRedisBus({ url: config.redisUrl, secret, log }) : undefined
  const logged = (work: Promise<void>, reportId: string) =>
    void work.catch((error: unknown) => log.error({ reportId, error: String(error) }, 'a report could not be scored'))
  const cluster: Cluster = new Cluster({
    node: randomUUID(),
    bus,
    store: createPartStore(db),
    shared: createSharedLog(db),
    findAccess,
    system,
    log,
    metrics: clusterMetrics(o.registry, () => cluster),
    abandonConnections: () => database.abandonConnections?.(),
    streams: o.feed,
    onEvent: (event, only) => o.feed.publish(event, only),
    onScored: (reportId) => logged(o.onScored(reportId), reportId),
    onUnscored: (reportId) => logged(o.onUnscored(reportId), reportId),
  })
  return {
    cluster,
    scored: (hub) => ({
      onCommitted: (listener) => hub.onCommitted(listener),
      readPartAt: (key) => hub.readPartAt(key),
      fold: (key, seq, state) => hub.fold(key, seq, state),
      catchUp: (reportId) => cluster.catchUp(reportId),
      push(reportId, frame) {
        hub.push(reportId, frame)
        cluster.tellPush(reportId, frame)
      },
    }),
    feed: (feed) => ({
      ...feed,
      publish(event, only) {
        feed.publish(event, only)
        cluster.tellEvent(event, only)
      },
    }),
    documents: (documents) => ({
      ...documents,
      accessChanged(reportId, by) {
        cluster.tellRights(reportId, by)
        return documents.accessChanged(reportId, by)
      },
      userChanged(userId) {
        cluster.tellUser(userId)
        return documents.userChanged(userId)
      },
    }),
    async close() {
      cluster.close()
      await bus?.close()
    },
  }
}
