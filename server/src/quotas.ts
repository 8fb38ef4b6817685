/** So many at once, and as many again spread over the time. */
export interface Rate {
  readonly most: number
  readonly perMs: number
}

const MINUTE_MS = 60_000

/**
 * What one person, and all people on one report, may do in a time: far above what somebody at work does, far below what
 * would fill the disk or keep the server busy. Reading is not limited, except where it is work.
 */
export const RATES = {
  /** Comments, replies, suggestions, answers, settings. */
  write: { user: { most: 1000, perMs: 10 * MINUTE_MS }, report: { most: 3000, perMs: 10 * MINUTE_MS } },
  /** Named versions and restores. */
  version: { user: { most: 300, perMs: 10 * MINUTE_MS }, report: { most: 600, perMs: 10 * MINUTE_MS } },
  move: { user: { most: 300, perMs: 10 * MINUTE_MS }, report: { most: 300, perMs: 10 * MINUTE_MS } },
  create: { user: { most: 1000, perMs: 60 * MINUTE_MS }, report: undefined },
  /** Comparisons, histories, opened versions, exports. */
  compute: { user: { most: 600, perMs: 10 * MINUTE_MS }, report: undefined },
} as const satisfies Record<string, { user: Rate; report: Rate | undefined }>
export type RateKind = keyof typeof RATES
export type Rates = Readonly<Record<RateKind, { readonly user: Rate; readonly report: Rate | undefined }>>

/** `compute` requests of one person at the same time. */
export const MAX_COMPUTING = 6

/**
 * What may be added to the disk in a day, MiB: so many at once, and as many again spread over the day. Eight hours of typing
 * are less than 2, a large paste less than 1, twenty times undone and done again 20.
 */
export const DISK = {
  user: 48,
  /** By all who write in it. */
  report: 192,
  perMs: 24 * 60 * MINUTE_MS,
  unitBytes: 1024 * 1024,
  /** Taken on trust while the database is asked. */
  owedBytes: 4 * 1024 * 1024,
} as const

export type DiskLimits = Readonly<Record<keyof typeof DISK, number>>

/** What is kept at most. */
export const MOST_KEPT = {
  threadsPerReport: 5000,
  repliesPerReport: 20_000,
  suggestionsPerReport: 5000,
  namedVersionsPerReport: 1000,
  reportsPerMaker: 5000,
} as const
