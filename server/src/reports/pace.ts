import type { System } from '../sync/system.ts'

/** Of the time of the process, what may be worked on in the background while somebody types. */
const MAX_SHARE = 0.02
/** The same while nobody has typed anywhere for a moment. */
const QUIET_SHARE = 0.5
const QUIET_AFTER_MS = 2000
const MAX_REST_MS = 500
/** Whoever finds another at work looks again after so long. */
const WHILE_RUNNING_MS = 20

/** Keeps what nobody waits for to its share of the time: after each piece of work all of it rests. */
export class Pace {
  readonly #system: System
  #restUntil = -Infinity
  #typedAt = -Infinity
  #running = 0
  #isOver = false
  readonly #resting = new Set<() => void>()

  constructor(system: System) {
    this.#system = system
  }

  /** Somebody types: that comes first. */
  typed(): void {
    this.#typedAt = this.#system.monotonic()
  }

  /** Milliseconds until the next piece may begin; it looks again then. */
  get waitMs(): number {
    const rest = this.#restUntil - this.#system.monotonic()
    return Math.ceil(Math.max(0, rest, this.#running > 0 ? WHILE_RUNNING_MS : 0))
  }

  /** Does a piece of work; the rest after it is as long as it was, and more. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const began = this.#system.monotonic()
    this.#running += 1
    try {
      return await work()
    } finally {
      this.#running -= 1
      const end = this.#system.monotonic()
      const share = began - this.#typedAt > QUIET_AFTER_MS ? QUIET_SHARE : MAX_SHARE
      this.#restUntil = Math.max(this.#restUntil, end + Math.min(MAX_REST_MS, (end - began) * (1 / share - 1)))
    }
  }

  /** At least one turn of the event loop: a queue of pieces must not keep requests waiting. At once after the end. */
  async untilRested(): Promise<void> {
    do await this.#rest(this.waitMs)
    while (this.waitMs > 0 && !this.#isOver)
  }

  /** Nobody rests any more. */
  close(): void {
    this.#isOver = true
    for (const wake of this.#resting) wake()
  }

  async #rest(ms: number): Promise<void> {
    if (this.#isOver) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = this.#system.after(ms, resolve)
    const wake = () => {
      cancel()
      resolve()
    }
    this.#resting.add(wake)
    await promise
    this.#resting.delete(wake)
  }
}
