import type { System } from '../../src/sync/system.ts'
import { randomFrom } from '../guard-support.ts'
import type { Random } from '../guard-support.ts'

/** One run of the server program: what it has in memory is gone when it ends. */
export interface Life {
  alive: boolean
}

interface Event {
  readonly at: number
  readonly tie: number
  readonly label: string
  readonly run: () => void
  readonly repeats: boolean
  cancelled: boolean
}

const START = Date.UTC(2025, 0, 6, 8)

/** Time, chance, and everything that is going to happen. The same seed gives the same history. */
export class World {
  readonly random: Random
  now = START
  readonly #events: Event[] = []
  #pending = 0
  #hash = 0x811c9dc5
  #hash2 = 0x9747b28c

  constructor(seed: number) {
    this.random = randomFrom(seed)
  }

  /** Events to come, apart from those that come again for ever. */
  get pending(): number {
    return this.#pending
  }

  /** Of everything that happened so far. */
  get traceHash(): string {
    return [this.#hash, this.#hash2].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
  }

  /** @returns cancels it */
  schedule(delayMs: number, label: string, run: () => void, options: { repeats?: boolean } = {}): () => void {
    const { repeats = false } = options
    const event = { at: this.now + delayMs, tie: this.random.next(), label, run, repeats, cancelled: false }
    this.#push(event)
    if (!repeats) this.#pending += 1
    return () => {
      if (event.cancelled) return
      event.cancelled = true
      if (!repeats) this.#pending -= 1
    }
  }

  /** Runs the next event and all that follows from it at once. @returns false when there is none */
  async step(): Promise<boolean> {
    for (let event = this.#pop(); event; event = this.#pop()) {
      if (event.cancelled) continue
      event.cancelled = true
      if (!event.repeats) this.#pending -= 1
      this.now = Math.max(this.now, event.at)
      this.note(event.label)
      event.run()
      await settleTurn()
      return true
    }
    return false
  }

  /** Lets so much time pass. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms
    await settleTurn()
    while ((this.#events[0]?.at ?? Infinity) <= until) await this.step()
    this.now = Math.max(this.now, until)
  }

  /** Adds to the trace. */
  note(what: string | Uint8Array): void {
    const isText = typeof what === 'string'
    for (let at = 0; at < what.length; at += 1) {
      const unit = isText ? what.charCodeAt(at) : (what[at] as number)
      this.#hash = Math.imul(this.#hash ^ unit, 0x01000193)
      this.#hash2 = Math.imul(this.#hash2 ^ (unit + at), 0x85ebca6b) ^ (this.#hash2 >>> 13)
    }
    this.#hash = Math.imul(this.#hash ^ (this.now & 0xffff), 0x01000193)
  }

  /** The clock and timers of one run of the server; they end with it. */
  systemOf(life: Life): System {
    const ifAlive = (run: () => void) => () => {
      if (life.alive) run()
    }
    const every = (ms: number, run: () => void): (() => void) => {
      let cancel = () => undefined as void
      const plan = () => {
        cancel = this.schedule(
          ms,
          'every',
          () => {
            if (!life.alive) return
            plan()
            run()
          },
          { repeats: true },
        )
      }
      plan()
      return () => cancel()
    }
    return {
      now: () => this.now,
      monotonic: () => this.now - START,
      after: (ms, run) => this.schedule(ms, 'after', ifAlive(run)),
      every,
      endOfTurn: (run) => void this.schedule(0, 'turn', ifAlive(run)),
    }
  }

  #push(event: Event): void {
    const heap = this.#events
    let at = heap.length
    heap.push(event)
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBefore(event, heap[above] as Event)) break
      heap[at] = heap[above] as Event
      at = above
    }
    heap[at] = event
  }

  #pop(): Event | undefined {
    const heap = this.#events
    const first = heap[0]
    const last = heap.pop()
    if (!first || !last || heap.length === 0) return first
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Event, heap[below] as Event)) below += 1
      if (!isBefore(heap[below] as Event, last)) break
      heap[at] = heap[below] as Event
      at = below
    }
    heap[at] = last
    return first
  }
}

const isBefore = (one: Event, other: Event) => one.at < other.at || (one.at === other.at && one.tie < other.tie)

/** All promise reactions have run when this resolves, as long as only simulated promises are awaited. */
const settleTurn = () => new Promise<void>((resolve) => void setImmediate(resolve))
