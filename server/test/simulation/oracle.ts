export interface Counts {
  attempted: number
  /** Seen by somebody else, or answered `saved`. */
  known: number
  /** Known and not there after a fresh start. */
  lost: number
  twice: number
  /** Documents that differ from the stored one when everything has settled. */
  diverged: number
  /** Answered `saved` and not on the disk at that moment. */
  falselySaved: number
  /** Shown to somebody and not on the disk at that moment. */
  shownEarly: number
  /** Stored for somebody without the pen. */
  forbidden: number
  /** Stored or shown on a line whose session or membership had ended. */
  outlived: number
  /** Presence under a name that is not its writer's. */
  spoofed: number
  /** More waits for one reader than the marks allow. */
  overfull: number
  /** Anything else that must not be: an honest client refused, an answer that never came, an error of our own. */
  other: number
  /** Readers that fell behind and were told all they missed in one. */
  caughtUp: number
  /** Lines closed because their reader was too slow or too greedy. */
  tooSlow: number
  /** Lines that ended with their session or membership. */
  shutOut: number
  /** Rows a node read from the log because no hint had brought them. */
  healed: number
  /** Commits that found their number taken by another node. */
  overtaken: number
}

export const BAD = [
  'lost',
  'twice',
  'diverged',
  'falselySaved',
  'shownEarly',
  'forbidden',
  'outlived',
  'spoofed',
  'overfull',
  'other',
] as const satisfies readonly (keyof Counts)[]

export const noCounts = (): Counts => ({
  attempted: 0,
  known: 0,
  lost: 0,
  twice: 0,
  diverged: 0,
  falselySaved: 0,
  shownEarly: 0,
  forbidden: 0,
  outlived: 0,
  spoofed: 0,
  overfull: 0,
  other: 0,
  caughtUp: 0,
  tooSlow: 0,
  shutOut: 0,
  healed: 0,
  overtaken: 0,
})

/** Remembers what was attempted, what people know, and what must not have happened. */
export class Oracle {
  readonly counts = noCounts()
  readonly known = new Set<string>()
  /** Somebody tried to delete these: whether they are there says nothing. */
  readonly deleted = new Set<string>()
  /** The first few, in words. */
  readonly findings: string[] = []

  find(kind: (typeof BAD)[number], what: string): void {
    this.counts[kind] += 1
    if (this.findings.length < 10) this.findings.push(`${kind}: ${what}`)
  }

  get isGood(): boolean {
    return BAD.every((kind) => this.counts[kind] === 0)
  }

  know(tokens: readonly string[]): void {
    for (const token of tokens) this.known.add(token)
  }
}
