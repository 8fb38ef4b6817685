/** How many sockets may be opened, and how fast. A page has one for each of the four parts of a report. */
export interface AdmissionLimits {
  readonly socketsPerUser: number
  /** Everybody behind one office's address or proxy counts together. */
  readonly socketsPerAddress: number
  /** Of one user. */
  readonly upgradesPerMinute: number
}

export const ADMISSION_LIMITS: AdmissionLimits = {
  // Sixteen reports in tabs at once.
  socketsPerUser: 64,
  socketsPerAddress: 2000,
  upgradesPerMinute: 240,
}

const MINUTE_MS = 60_000

/** Counts who is coming in: a place is taken before the socket exists and given back when it has closed. */
export class Admissions {
  readonly #limits: AdmissionLimits
  readonly #users = new Map<string, number>()
  readonly #addresses = new Map<string, number>()
  #upgrades = new Map<string, number>()
  #minuteEndsAt = 0

  constructor(limits: AdmissionLimits) {
    this.#limits = limits
  }

  /**
   * @param now milliseconds that never go backwards
   * @returns gives the place back, once; undefined when there is none
   */
  enter(o: { userId: string; address: string; now: number }): (() => void) | undefined {
    const { userId, address, now } = o
    if (now >= this.#minuteEndsAt) {
      this.#upgrades = new Map()
      this.#minuteEndsAt = now + MINUTE_MS
    }
    const upgrades = (this.#upgrades.get(userId) ?? 0) + 1
    this.#upgrades.set(userId, upgrades)
    const { socketsPerUser, socketsPerAddress, upgradesPerMinute } = this.#limits
    if (upgrades > upgradesPerMinute) return undefined
    if ((this.#users.get(userId) ?? 0) >= socketsPerUser) return undefined
    if ((this.#addresses.get(address) ?? 0) >= socketsPerAddress) return undefined
    change(this.#users, userId, 1)
    change(this.#addresses, address, 1)
    let isIn = true
    return () => {
      if (!isIn) return
      isIn = false
      change(this.#users, userId, -1)
      change(this.#addresses, address, -1)
    }
  }
}

function change(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by
  if (count > 0) counts.set(key, count)
  else counts.delete(key)
}
