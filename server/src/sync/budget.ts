/** What one line may send, on average and at once. */
export interface LineRate {
  readonly framesPerSecond: number
  readonly burstFrames: number
  readonly bytesPerSecond: number
  readonly burstBytes: number
}

/** Far above what hands and offline copies make, far below what would slow others. */
export const LINE_RATE: LineRate = {
  framesPerSecond: 400,
  burstFrames: 4000,
  bytesPerSecond: 1024 * 1024,
  burstBytes: 8 * 1024 * 1024,
}

/** Two buckets that fill with time. */
export class Budget {
  readonly #rate: LineRate
  #frames: number
  #bytes: number
  #at: number

  /** @param now milliseconds that never go backwards */
  constructor(rate: LineRate, now: number) {
    this.#rate = rate
    this.#frames = rate.burstFrames
    this.#bytes = rate.burstBytes
    this.#at = now
  }

  /** @returns false when it is used up */
  spend(bytes: number, now: number): boolean {
    const { framesPerSecond, burstFrames, bytesPerSecond, burstBytes } = this.#rate
    const seconds = (now - this.#at) / 1000
    this.#at = now
    this.#frames = Math.min(burstFrames, this.#frames + seconds * framesPerSecond) - 1
    this.#bytes = Math.min(burstBytes, this.#bytes + seconds * bytesPerSecond) - bytes
    return this.#frames >= 0 && this.#bytes >= 0
  }
}
