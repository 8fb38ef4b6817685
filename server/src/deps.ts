import type { Logger } from 'pino'
import type { Registry } from 'prom-client'
import type { Auth } from './auth/accounts.ts'
import type { NoteActivity, ReadSession } from './auth/session.ts'
import type { OidcConfig } from './config.ts'
import type { Database, Db } from './db/dialect.ts'
import type { DiskShares } from './disk-shares.ts'
import type { TurnLimits } from './http/take-turns.ts'
import type { EventFeed } from './reports/event-feed.ts'
import type { LiveDocuments } from './reports/live-documents.ts'
import type { RefusalCounts } from './reports/refusal-counts.ts'
import type { Rates } from './quotas.ts'
import type { ChangeCounter } from './versions/count-changes.ts'

/** Everything routes need, put together once in main.ts. */
export interface Deps {
  /** Public origin, the only one accepted for writes and sockets. */
  readonly baseUrl: string
  readonly database: Database
  readonly db: Db
  readonly auth: Auth
  readonly oidc: OidcConfig | undefined
  readonly readSession: ReadSession
  readonly log: Logger
  readonly registry: Registry
  readonly feed: EventFeed
  readonly documents: LiveDocuments
  readonly changeCounter: ChangeCounter
  readonly refusals: RefusalCounts
  /** Whether the database is out of reach for so long that other nodes may be better off; absent: never. */
  readonly isCutOff?: (() => boolean) | undefined
  /** Addresses and networks whose X-Forwarded-For counts. */
  readonly trustProxy?: readonly string[] | undefined
  /** Opens the metrics from anywhere; undefined: they are read on this machine only. */
  readonly metricsToken?: string | undefined
  /** Password of the demo accounts; undefined outside demo mode. */
  readonly demoPassword: string | undefined
  readonly noteActivity: NoteActivity
  /** Sessions one account may have at the same time; absent: 3. */
  readonly maxSessions?: number | undefined
  /** Absent: `RATES`. */
  readonly rates?: Rates | undefined
  /** What people add to the disk; absent: nobody counts it. */
  readonly disk?: DiskShares | undefined
  /** Absent: `TURNS`. */
  readonly turns?: TurnLimits | undefined
  /** Whether there is a mail server to send notices by. */
  readonly hasMail?: boolean | undefined
  /** Folder of the built client. */
  readonly clientDir: string
  /** UTC milliseconds. */
  now(): number
}
