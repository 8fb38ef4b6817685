/** `length` equal elements, from `a` in the one and from `b` in the other sequence. */
export interface Match {
  readonly a: number
  readonly b: number
  readonly length: number
}

/** Beyond so many differences in one gap the sequences count as different there; bounds time and memory. */
const MAX_EDITS = 1000

/**
 * The elements two sequences have in common, in order: a longest common subsequence (Myers), cut at the elements that
 * are unique in both when there are very many differences.
 */
export function matchSequence(a: readonly (string | number)[], b: readonly (string | number)[]): readonly Match[] {
  const { matches, add } = collectMatches()
  matchRange({ a, b, aFrom: 0, aTo: a.length, bFrom: 0, bTo: b.length }, add)
  return matches
}

/** The same for identities, which stand once in each: without a search, in time n log n. */
export function matchIdentities(a: readonly string[], b: readonly string[]): readonly Match[] {
  const { matches, add } = collectMatches()
  for (const match of uniqueInBoth({ a, b, aFrom: 0, aTo: a.length, bFrom: 0, bTo: b.length })) add(match)
  return matches
}

/** Joins matches that follow each other. */
function collectMatches(): { matches: readonly Match[]; add: (match: Match) => void } {
  const matches: Match[] = []
  return {
    matches,
    add(match) {
      if (match.length === 0) return
      const last = matches.at(-1)
      if (last && last.a + last.length === match.a && last.b + last.length === match.b) {
        matches[matches.length - 1] = { ...last, length: last.length + match.length }
      } else matches.push(match)
    },
  }
}

interface Range {
  readonly a: readonly (string | number)[]
  readonly b: readonly (string | number)[]
  readonly aFrom: number
  readonly aTo: number
  readonly bFrom: number
  readonly bTo: number
}

function matchRange(range: Range, add: (match: Match) => void): void {
  const { a, b } = range
  let { aFrom, aTo, bFrom, bTo } = range
  let prefix = 0
  while (aFrom + prefix < aTo && bFrom + prefix < bTo && a[aFrom + prefix] === b[bFrom + prefix]) prefix++
  add({ a: aFrom, b: bFrom, length: prefix })
  aFrom += prefix
  bFrom += prefix
  let suffix = 0
  while (aTo - suffix > aFrom && bTo - suffix > bFrom && a[aTo - suffix - 1] === b[bTo - suffix - 1]) suffix++
  aTo -= suffix
  bTo -= suffix
  if (aFrom < aTo && bFrom < bTo) matchMiddle({ a, b, aFrom, aTo, bFrom, bTo }, add)
  add({ a: aTo, b: bTo, length: suffix })
}

function matchMiddle(range: Range, add: (match: Match) => void): void {
  const found = myers(range)
  if (found) {
    for (const match of found) add(match)
    return
  }
  const anchors = uniqueInBoth(range)
  if (anchors.length === 0) return
  let { aFrom, bFrom } = range
  for (const anchor of anchors) {
    matchRange({ ...range, aFrom, aTo: anchor.a, bFrom, bTo: anchor.b }, add)
    add(anchor)
    aFrom = anchor.a + 1
    bFrom = anchor.b + 1
  }
  matchRange({ ...range, aFrom, bFrom }, add)
}

/** Null when the two differ in more than `MAX_EDITS` places. */
function myers({ a, b, aFrom, aTo, bFrom, bTo }: Range): readonly Match[] | null {
  const n = aTo - aFrom
  const m = bTo - bFrom
  const most = Math.min(n + m, MAX_EDITS)
  const reach = new Int32Array(2 * most + 3)
  const trace: Int32Array[] = []
  for (let d = 0; d <= most; d++) {
    trace.push(reach.slice(most - d, most + d + 3))
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && reach[most + k]! < reach[most + k + 2]!)
      let x = down ? reach[most + k + 2]! : reach[most + k]! + 1
      let y = x - k
      while (x < n && y < m && a[aFrom + x] === b[bFrom + y]) {
        x++
        y++
      }
      reach[most + k + 1] = x
      if (x >= n && y >= m) return walkBack({ trace, n, m, d, aFrom, bFrom })
    }
  }
  return null
}

function walkBack(end: {
  trace: readonly Int32Array[]
  n: number
  m: number
  d: number
  aFrom: number
  bFrom: number
}) {
  const { trace, aFrom, bFrom } = end
  const matches: Match[] = []
  let x = end.n
  let y = end.m
  for (let d = end.d; d >= 0; d--) {
    const before = trace[d]!
    // `before[i]` is how far the diagonal i - d - 1 had come before this round.
    const at = (k: number) => before[k + d + 1]!
    const k = x - y
    const down = k === -d || (k !== d && at(k - 1) < at(k + 1))
    const previousX = d === 0 ? 0 : down ? at(k + 1) : at(k - 1)
    const previousY = d === 0 ? 0 : previousX - (down ? k + 1 : k - 1)
    const startX = d === 0 ? 0 : down ? previousX : previousX + 1
    const startY = startX - k
    if (x > startX) matches.push({ a: aFrom + startX, b: bFrom + startY, length: x - startX })
    x = previousX
    y = previousY
  }
  return matches.toReversed()
}

/** Elements that stand once in each, as far as their order agrees (a longest increasing run). */
function uniqueInBoth({ a, b, aFrom, aTo, bFrom, bTo }: Range): readonly Match[] {
  const inA = positions(a, aFrom, aTo)
  const inB = positions(b, bFrom, bTo)
  const pairs: Match[] = []
  for (const [value, at] of inA) {
    const other = inB.get(value)
    if (at >= 0 && other !== undefined && other >= 0) pairs.push({ a: at, b: other, length: 1 })
  }
  pairs.sort((one, two) => one.a - two.a)
  const tails: number[] = []
  const previous = Array.from({ length: pairs.length }, () => -1)
  pairs.forEach(({ b: value }, index) => {
    let low = 0
    let high = tails.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (pairs[tails[middle]!]!.b < value) low = middle + 1
      else high = middle
    }
    previous[index] = low > 0 ? tails[low - 1]! : -1
    tails[low] = index
  })
  const run: Match[] = []
  for (let at = tails.at(-1) ?? -1; at >= 0; at = previous[at]!) run.push(pairs[at]!)
  return run.toReversed()
}

/** Minus one for a value that stands more than once. */
function positions(values: readonly (string | number)[], from: number, to: number): Map<string | number, number> {
  const found = new Map<string | number, number>()
  for (let at = from; at < to; at++) found.set(values[at]!, found.has(values[at]!) ? -1 : at)
  return found
}
