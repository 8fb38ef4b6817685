import { simpleDiffStringWithCursor } from 'lib0/diff'

/** One replacement in a text, in UTF-16 units. */
export interface TextChange {
  readonly index: number
  readonly remove: number
  readonly insert: string
}

/** A Y.Text event's delta, as far as plain text has one. */
export type TextDelta = readonly { readonly retain?: number; readonly insert?: unknown; readonly delete?: number }[]

/** The smallest replacement from one text to another; the caret after the change tells which of equal letters was typed. */
export function changeBetween(before: string, after: string, caret: number): TextChange | null {
  if (before === after) return null
  return simpleDiffStringWithCursor(before, after, caret - Math.max(0, after.length - before.length))
}

/** Where a position of the old text stands after a change. Text inserted exactly there goes before it with `stay: false`. */
export function mapPosition(delta: TextDelta, position: number, { stay }: { stay: boolean }): number {
  let old = 0
  let now = 0
  for (const step of delta) {
    if (step.retain !== undefined) {
      if (position < old + step.retain) break
      old += step.retain
      now += step.retain
    } else if (step.insert !== undefined) {
      if (position === old && stay) break
      now += lengthOf(step.insert)
    } else if (step.delete !== undefined) {
      if (position < old + step.delete) return now
      old += step.delete
    }
    if (position < old) break
  }
  return now + (position - old)
}

/**
 * A change made to an older text, as changes to the text after `deltas`: of what it removes, only what is still there;
 * what others inserted in between stays. To be applied in the given order.
 */
export function rebase(change: TextChange, deltas: readonly TextDelta[]): TextChange[] {
  let ranges = [{ from: change.index, to: change.index + change.remove }]
  let at = change.index
  for (const delta of deltas) {
    ranges = ranges.flatMap((range) => survivors(delta, range))
    at = mapPosition(delta, at, { stay: false })
  }
  const removals = ranges
    .filter(({ from, to }) => to > from)
    // From the end, so that earlier positions stay true.
    .toReversed()
    .map(({ from, to }) => ({ index: from, remove: to - from, insert: '' }))
  if (!change.insert) return removals
  const removedBefore = removals.reduce(
    (sum, one) => sum + Math.max(0, Math.min(at, one.index + one.remove) - one.index),
    0,
  )
  return [...removals, { index: at - removedBefore, remove: 0, insert: change.insert }]
}

interface Range {
  readonly from: number
  readonly to: number
}

/** The pieces of a range that a change leaves, in positions after it. */
function survivors(delta: TextDelta, { from, to }: Range): Range[] {
  const pieces: Range[] = []
  let old = 0
  let now = 0
  const keep = (length: number) => {
    const start = Math.max(from, old)
    const end = Math.min(to, old + length)
    if (end > start) pieces.push({ from: start - old + now, to: end - old + now })
    old += length
    now += length
  }
  for (const step of delta) {
    if (step.retain !== undefined) keep(step.retain)
    else if (step.insert !== undefined) now += lengthOf(step.insert)
    else old += step.delete ?? 0
  }
  if (old < to) keep(to - old)
  return pieces
}

const lengthOf = (insert: unknown) => (typeof insert === 'string' ? insert.length : 1)
