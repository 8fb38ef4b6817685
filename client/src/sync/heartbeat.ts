export interface Heartbeat {
  /** Something came in. */
  heard(): void
  /** To be called about once a second while the line is up. */
  check(): void
}

export interface HeartbeatOptions {
  /** Asks the server something it answers at once. */
  readonly ask: () => void
  /** No answer: the line is dead, or the server stands still. */
  readonly onSilence: () => void
}

/**
 * Notices a line that died without a word, at latest 9 s after: asks after a while of silence, and gives the line up
 * when no answer comes. What counts is the time since the question was asked, so that a tab whose timers were slowed
 * down, or a computer that slept, asks first. A line on which news flow is never asked anything.
 */
export function createHeartbeat({ ask, onSilence }: HeartbeatOptions): Heartbeat {
  let heardAt = Date.now()
  let askedAt: number | null = null
  let patience = ANSWER_MS
  return {
    heard() {
      heardAt = Date.now()
      if (askedAt !== null) patience = ANSWER_MS
      askedAt = null
    },
    check() {
      const now = Date.now()
      if (askedAt === null) {
        if (now - heardAt < QUIET_MS) return
        askedAt = now
        ask()
      } else if (now - askedAt >= patience) {
        heardAt = now
        askedAt = null
        // A server so busy that it answers late would not get better by everybody connecting again and again.
        patience = Math.min(patience * 2, LONGEST_MS)
        onSilence()
      }
    },
  }
}

/** Milliseconds of silence before the server is asked whether it is there. */
const QUIET_MS = 3000
/** Milliseconds to wait for the answer, longer each time it does not come. */
const ANSWER_MS = 4500
const LONGEST_MS = 36_000
