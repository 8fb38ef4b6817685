/**
 * Structs of a document that the edits of one user may make everybody walk over, as counted without the document: before
 * anybody has looked at it, after it was seen to open quickly, and a second. A forger, who puts thousands of edits as far as
 * can be from their place, makes every reader of the document stand still, today's and next year's.
 */
const EFFORT = { unseen: 10_000, burst: 5_000_000, perSecond: 200 } as const
/** Of looks at the document, milliseconds: at once, and of each second. */
const LOOKS = { burstMs: 1000, msPerSecond: 20 } as const

/** What the edits of each user may still cost those who read one document. Times by the monotonic clock, milliseconds. */
export class Effort {
  readonly #byUser = new Map<string, { left: number; at: number }>()
  /** As last seen. */
  #opensQuickly = false
  #looks = { leftMs: LOOKS.burstMs as number, at: 0 }

  /** @param cost structs to walk over; @returns false, and takes nothing, when too little is left */
  spend(cost: number, { userId, now }: { readonly userId: string; readonly now: number }): boolean {
    const before = this.#byUser.get(userId)
    const first = this.#opensQuickly ? EFFORT.burst : EFFORT.unseen
    const filled = before ? before.left + ((now - before.at) / 1000) * EFFORT.perSecond : first
    const left = Math.min(EFFORT.burst, filled) - cost
    if (left < 0) return false
    this.#byUser.set(userId, { left, at: now })
    return true
  }

  /** Whether the document may be built to look at it: a slow one not often. */
  mayLook(now: number): boolean {
    const { leftMs, at } = this.#looks
    this.#looks = { leftMs: Math.min(LOOKS.burstMs, leftMs + ((now - at) / 1000) * LOOKS.msPerSecond), at: now }
    return this.#looks.leftMs > 0
  }

  /** It was built, which took so long; when it opens quickly, nothing that was put into it costs anybody anything. */
  looked({ ms, isQuick }: { readonly ms: number; readonly isQuick: boolean }): void {
    this.#looks.leftMs -= ms
    this.#opensQuickly = isQuick
    if (isQuick) this.#byUser.clear()
  }
}
