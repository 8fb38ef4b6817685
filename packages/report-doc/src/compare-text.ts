import type { Ownership } from './attribution.ts'
import { type CharRun, type Step, alignText, matchIdentities, matchSequence } from './diff/index.ts'
import { FIELD_MARK, type TextLine } from './text-lines.ts'

export type TextOp = 'equal' | 'insert' | 'delete'

/** A run of text with one fate and one author. */
export interface TextRun {
  readonly op: TextOp
  readonly text: string
  /** User id of who inserted or deleted it between the two versions; null when nobody did or the log does not tell. */
  readonly by: string | null
  /** The value of a field that is now another one, because a score or fact is. */
  readonly isField?: true
}

/**
 * A line of the comparison. Runs that are not inserted make the line as it was, those that are not deleted as it is;
 * the line's own end belongs to it, so a line that is new as a whole is `insert`.
 */
export interface ComparedLine {
  readonly op: TextOp
  /** As it is, or as it was when it is gone. */
  readonly line: TextLine
  /** As it was; null when it is new. */
  readonly before: TextLine | null
  readonly runs: readonly TextRun[]
}

/** The way from one version of the text to a later one, line by line and word by word, with authors. */
export function compareLines(
  before: readonly TextLine[],
  after: readonly TextLine[],
  ownership: Ownership,
): readonly ComparedLine[] {
  const compared: ComparedLine[] = []
  let a = 0
  let b = 0
  const gap = (aTo: number, bTo: number) => {
    for (; a < aTo; a++) compared.push(wholeLine('delete', before[a]!, ownership))
    for (; b < bTo; b++) compared.push(wholeLine('insert', after[b]!, ownership))
  }
  for (const [i, j] of pairLines(before, after)) {
    gap(i, j)
    compared.push({
      op: 'equal',
      line: after[j]!,
      before: before[i]!,
      runs: compareChars(before[i]!.chars, after[j]!.chars, ownership),
    })
    a = i + 1
    b = j + 1
  }
  gap(before.length, after.length)
  return compared
}

/** The same for two states of one text. */
export function compareChars(before: CharRun, after: CharRun, ownership: Ownership): readonly TextRun[] {
  const steps = alignText(before, after)
  const runs: TextRun[] = []
  const put = (run: TextRun) => {
    const last = runs.at(-1)
    if (last && last.op === run.op && last.by === run.by)
      runs[runs.length - 1] = { ...last, text: last.text + run.text }
    else runs.push(run)
  }
  const had = idsOf(before)
  const has = steps.length > 1 ? idsOf(after) : had
  for (const [index, step] of steps.entries()) {
    if (step.op === 'equal') {
      put({ op: 'equal', text: after.text.slice(step.bFrom, step.bTo), by: null })
      continue
    }
    const authors =
      step.op === 'insert'
        ? authorsOf(after, step.bFrom, step.bTo, (client, clock) =>
            had.has(idOf(client, clock)) ? null : ownership.insertedBy(client, clock),
          )
        : authorsOf(before, step.aFrom, step.aTo, (client, clock) =>
            has.has(idOf(client, clock)) ? null : ownership.deletedBy(client, clock),
          )
    const text = step.op === 'insert' ? after.text.slice(step.bFrom, step.bTo) : before.text.slice(step.aFrom, step.aTo)
    const fallback = neighbourAuthor(steps, index, { before, after, had, has, ownership })
    const chars = step.op === 'insert' ? after : before
    let at = step.op === 'insert' ? step.bFrom : step.aFrom
    for (const part of splitByAuthor(text, authors)) {
      const isField = chars.clients.slice(at, at + part.text.length).every((client) => client === FIELD_MARK)
      at += part.text.length
      if (isField) put({ op: step.op, text: part.text, by: null, isField })
      else put({ op: step.op, text: part.text, by: part.by ?? fallback })
    }
  }
  return runs
}

function wholeLine(op: 'insert' | 'delete', line: TextLine, ownership: Ownership): ComparedLine {
  const { chars } = line
  const authorOf = op === 'insert' ? ownership.insertedBy : ownership.deletedBy
  const [client, clock] = line.key.split(':').map(Number)
  const own = client === undefined || clock === undefined ? null : authorOf(client, clock)
  const runs = splitByAuthor(
    chars.text,
    authorsOf(chars, 0, chars.text.length, (one, at) => authorOf(one, at)),
  ).map(({ text, by }) => ({ op, text, by: by ?? own }))
  return { op, line, before: op === 'delete' ? line : null, runs: runs.length > 0 ? runs : [{ op, text: '', by: own }] }
}

/** Who did what stands beside it in the same change, for characters that are both there and not: moved or matched otherwise. */
function neighbourAuthor(
  steps: readonly Step[],
  index: number,
  context: {
    before: CharRun
    after: CharRun
    had: ReadonlySet<string>
    has: ReadonlySet<string>
    ownership: Ownership
  },
): string | null {
  const { before, after, had, has, ownership } = context
  for (const near of [index, index - 1, index + 1]) {
    const step = steps[near]
    if (!step || step.op === 'equal') continue
    const chars = step.op === 'insert' ? after : before
    const [from, to] = step.op === 'insert' ? [step.bFrom, step.bTo] : [step.aFrom, step.aTo]
    for (let at = from; at < to; at++) {
      const client = chars.clients[at]!
      const clock = chars.clocks[at]!
      if (client === FIELD_MARK) return null
      const known = (step.op === 'insert' ? had : has).has(idOf(client, clock))
      const by = known
        ? null
        : step.op === 'insert'
          ? ownership.insertedBy(client, clock)
          : ownership.deletedBy(client, clock)
      if (by !== null) return by
    }
  }
  return null
}

function authorsOf(
  chars: CharRun,
  from: number,
  to: number,
  authorOf: (client: number, clock: number) => string | null,
): readonly (string | null)[] {
  const authors: (string | null)[] = []
  for (let at = from; at < to; at++) {
    const client = chars.clients[at]!
    authors.push(client < 0 ? null : authorOf(client, chars.clocks[at]!))
  }
  return authors
}

/** A gap without an author goes with what stands before it. */
function splitByAuthor(text: string, authors: readonly (string | null)[]): { text: string; by: string | null }[] {
  const parts: { text: string; by: string | null }[] = []
  for (let at = 0; at < text.length; at++) {
    const by = authors[at] ?? null
    const last = parts.at(-1)
    if (last && (last.by === by || by === null)) last.text += text[at]
    else if (last && last.by === null) {
      last.text += text[at]
      last.by = by
    } else parts.push({ text: text[at]!, by })
  }
  return parts
}

const idOf = (client: number, clock: number) => `${client}:${clock}`

function idsOf({ clients, clocks }: CharRun): ReadonlySet<string> {
  const ids = new Set<string>()
  for (let at = 0; at < clients.length; at++) if (clients[at]! >= 0) ids.add(idOf(clients[at]!, clocks[at]!))
  return ids
}

/** Lines that are the same line: first by identity, then by equal text, then by likeness. Pairs of indexes, ascending. */
function pairLines(before: readonly TextLine[], after: readonly TextLine[]): readonly (readonly [number, number])[] {
  const pairs: [number, number][] = []
  let a = 0
  let b = 0
  const gap = (aTo: number, bTo: number) => {
    const texts = (lines: readonly TextLine[], from: number, to: number, side: string) =>
      lines.slice(from, to).map(({ chars }, index) => (chars.text.trim() === '' ? `${side}${index}` : `=${chars.text}`))
    const aStart = a
    const bStart = b
    let i = a
    let j = b
    const similar = (iTo: number, jTo: number) => {
      pairs.push(...pairSimilar(before, after, { i, iTo, j, jTo }))
    }
    for (const match of matchSequence(texts(before, a, aTo, 'a'), texts(after, b, bTo, 'b'))) {
      similar(aStart + match.a, bStart + match.b)
      for (let at = 0; at < match.length; at++) pairs.push([aStart + match.a + at, bStart + match.b + at])
      i = aStart + match.a + match.length
      j = bStart + match.b + match.length
    }
    similar(aTo, bTo)
    a = aTo
    b = bTo
  }
  for (const match of matchIdentities(
    before.map(({ key }) => key),
    after.map(({ key }) => key),
  )) {
    gap(match.a, match.b)
    for (let at = 0; at < match.length; at++) pairs.push([match.a + at, match.b + at])
    a = match.a + match.length
    b = match.b + match.length
  }
  gap(before.length, after.length)
  return pairs
}

/** Gaps larger than this are not compared line against line. */
const MAX_PAIRED = 60
const MIN_LIKENESS = 0.4

function pairSimilar(
  before: readonly TextLine[],
  after: readonly TextLine[],
  { i, iTo, j, jTo }: { i: number; iTo: number; j: number; jTo: number },
): [number, number][] {
  const n = iTo - i
  const m = jTo - j
  if (n === 0 || m === 0 || n > MAX_PAIRED || m > MAX_PAIRED) return []
  const likeness = (x: number, y: number) => {
    const one = before[i + x]!
    const other = after[j + y]!
    const value = (one.kind === other.kind ? 0.05 : 0) + likenessOf(one.chars.text, other.chars.text)
    return value >= MIN_LIKENESS ? value : 0
  }
  const best = Array.from({ length: n + 1 }, () => new Float64Array(m + 1))
  for (let x = n - 1; x >= 0; x--) {
    for (let y = m - 1; y >= 0; y--) {
      const own = likeness(x, y)
      best[x]![y] = Math.max(best[x + 1]![y]!, best[x]![y + 1]!, own > 0 ? own + best[x + 1]![y + 1]! : 0)
    }
  }
  const pairs: [number, number][] = []
  for (let x = 0, y = 0; x < n && y < m;) {
    const value = best[x]![y]!
    if (value === best[x + 1]![y]) x++
    else if (value === best[x]![y + 1]) y++
    else pairs.push([i + x++, j + y++])
  }
  return pairs
}

/** Shared pairs of characters, from 0 to 1 (Dice). */
export function likenessOf(one: string, other: string): number {
  if (one === other) return 1
  if (one.length < 2 || other.length < 2) return 0
  const counts = new Map<string, number>()
  for (let at = 0; at + 1 < one.length; at++) {
    const pair = one.slice(at, at + 2)
    counts.set(pair, (counts.get(pair) ?? 0) + 1)
  }
  let shared = 0
  for (let at = 0; at + 1 < other.length; at++) {
    const pair = other.slice(at, at + 2)
    const left = counts.get(pair) ?? 0
    if (left === 0) continue
    counts.set(pair, left - 1)
    shared++
  }
  return (2 * shared) / (one.length + other.length - 2)
}
