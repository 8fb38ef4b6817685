/** So few are put in one by one. */
const FEW = 16

/** Disjoint, non-adjoining half-open ranges of clocks, ascending. Starts and ends in two flat arrays. */
export class Ranges {
  readonly starts: number[] = []
  readonly ends: number[] = []

  covers(start: number, end: number): boolean {
    const index = this.#lastStartingAtOrBefore(start)
    return index >= 0 && (this.ends[index] as number) >= end
  }

  add(start: number, end: number): void {
    const { starts, ends } = this
    const size = starts.length
    // Typing and deleting go forward: most ranges join or follow the last one.
    if (size === 0 || start > (ends[size - 1] as number)) {
      starts.push(start)
      ends.push(end)
      return
    }
    let first = this.#lastStartingAtOrBefore(start)
    if (first < 0 || (ends[first] as number) < start) first += 1
    let after = first
    let from = start
    let to = end
    while (after < size && (starts[after] as number) <= to) {
      from = Math.min(from, starts[after] as number)
      to = Math.max(to, ends[after] as number)
      after += 1
    }
    starts.splice(first, after - first, from)
    ends.splice(first, after - first, to)
  }

  /** Many at once, in any order: linear in both, where one by one each would move all that follow it. */
  addAll(added: readonly { readonly clock: number; readonly length: number }[]): void {
    if (added.length <= FEW) {
      for (const { clock, length } of added) this.add(clock, clock + length)
      return
    }
    const news = isAscending(added) ? added : added.toSorted((one, other) => one.clock - other.clock)
    const starts = this.starts.splice(0)
    const ends = this.ends.splice(0)
    let at = 0
    for (const { clock, length } of news) {
      for (; at < starts.length && (starts[at] as number) <= clock; at += 1) {
        this.add(starts[at] as number, ends[at] as number)
      }
      this.add(clock, clock + length)
    }
    for (; at < starts.length; at += 1) this.add(starts[at] as number, ends[at] as number)
  }

  /** The parts of [start, end) that are not in here. */
  missing(start: number, end: number): [number, number][] {
    const gaps: [number, number][] = []
    let from = start
    for (let index = Math.max(0, this.#lastStartingAtOrBefore(start)); from < end; index += 1) {
      const rangeStart = this.starts[index] ?? Infinity
      if (rangeStart > from) gaps.push([from, Math.min(rangeStart, end)])
      from = Math.max(from, this.ends[index] ?? Infinity)
    }
    return gaps
  }

  #lastStartingAtOrBefore(clock: number): number {
    let low = 0
    let high = this.starts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.starts[middle] as number) <= clock) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

function isAscending(ranges: readonly { readonly clock: number }[]): boolean {
  return ranges.every(({ clock }, index) => index === 0 || (ranges[index - 1] as { clock: number }).clock <= clock)
}
