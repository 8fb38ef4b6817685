/** Bounds at the sync socket and in documents. Sizes in bytes, times in milliseconds. */
export const LIMITS = {
  maxFrameBytes: 1024 * 1024,
  maxPresenceBytes: 4096,
  /** Bytes queued towards one reader before it is cut off and resynced. */
  maxQueuedBytes: 4 * 1024 * 1024,
  /** Bytes queued towards one reader from which on it gets no more frames, but one difference once it has caught up. */
  maxLagBytes: 512 * 1024,
  maxStructsPerUpdate: 20_000,
  maxNewClientIdsPerConnection: 8,
  maxPartBytes: 20 * 1024 * 1024,
  pingEveryMs: 20_000,
  deadAfterMs: 45_000,
} as const

/** Layout number of the Y.Docs. A client built for another number is asked to reload (close code 4426). */
export const DOC_LAYOUT = 1
