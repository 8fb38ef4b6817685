/** Time, handed in so that a simulator can own it. */
export interface System {
  /** UTC milliseconds. */
  now(): number
  /** Milliseconds that never go backwards. */
  monotonic(): number
  /** @returns cancels it */
  after(ms: number, run: () => void): () => void
  /** @returns stops it */
  every(ms: number, run: () => void): () => void
  /** Runs when this turn's frames have all been read. */
  endOfTurn(run: () => void): void
}

export const realSystem: System = {
  now: Date.now,
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
  every(ms, run) {
    const timer = setInterval(run, ms)
    timer.unref()
    return () => clearInterval(timer)
  },
  endOfTurn: (run) => void setImmediate(run),
}
