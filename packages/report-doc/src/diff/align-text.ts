import type { CharRun } from './char-run.ts'
import { plainRun } from './char-run.ts'
import { matchIdentities, matchSequence } from './match-sequence.ts'
import { segmentWords } from './segment-words.ts'

/** A piece of the way from `a` to `b`; offsets are UTF-16 units, `to` is exclusive. */
export interface Step {
  readonly op: 'equal' | 'delete' | 'insert'
  readonly aFrom: number
  readonly aTo: number
  readonly bFrom: number
  readonly bTo: number
}

export interface WordChange {
  readonly op: 'equal' | 'delete' | 'insert'
  readonly text: string
}

/** The way from one text to another, word by word. Equal and deleted pieces make `before`, equal and inserted ones `after`. */
export function diffWords(before: string, after: string): readonly WordChange[] {
  return alignText(plainRun(before), plainRun(after)).map(({ op, aFrom, aTo, bFrom, bTo }) => ({
    op,
    text: op === 'insert' ? after.slice(bFrom, bTo) : before.slice(aFrom, aTo),
  }))
}

/**
 * The way from `a` to `b`, word by word. A word whose very characters are still there stays where it is, whatever else
 * reads the same; only what is left is matched by its text.
 */
export function alignText(a: CharRun, b: CharRun): readonly Step[] {
  if (a.text === b.text) return a.text === '' ? [] : [step('equal', 0, a.text.length, 0, b.text.length)]
  const aWords = words(a)
  const bWords = words(b)
  const steps = createSteps()
  let aAt = 0
  let bAt = 0
  const gap = (aTo: number, bTo: number) => {
    const inA = aWords.slice(aAt, aTo)
    const inB = bWords.slice(bAt, bTo)
    let i = 0
    let j = 0
    const texts = (run: readonly Word[]) => run.map(({ text }) => text)
    for (const match of withoutCrumbs(matchSequence(texts(inA), texts(inB)), inA, inB)) {
      steps.change(inA.slice(i, match.a), inB.slice(j, match.b))
      steps.keep(inA.slice(match.a, match.a + match.length), inB.slice(match.b, match.b + match.length))
      i = match.a + match.length
      j = match.b + match.length
    }
    steps.change(inA.slice(i), inB.slice(j))
    aAt = aTo
    bAt = bTo
  }
  for (const match of matchIdentities(identities(aWords, 'a'), identities(bWords, 'b'))) {
    gap(match.a, match.b)
    steps.keep(aWords.slice(match.a, match.a + match.length), bWords.slice(match.b, match.b + match.length))
    aAt = match.a + match.length
    bAt = match.b + match.length
  }
  gap(aWords.length, bWords.length)
  return steps.done()
}

interface Word {
  readonly text: string
  readonly from: number
  readonly to: number
  /** Equal for words of the very same characters; undefined for what nobody wrote. */
  readonly identity: string | undefined
}

function words({ text, clients, clocks }: CharRun): readonly Word[] {
  let from = 0
  return segmentWords(text).map((word) => {
    const to = from + word.length
    let identity: string | undefined = ''
    for (let at = from; at < to && identity !== undefined; at++) {
      const client = clients[at]!
      if (client < 0) identity = undefined
      else if (at === from || clients[at - 1] !== client || clocks[at - 1]! + 1 !== clocks[at]!)
        identity += `${client}:${clocks[at]},`
    }
    const result = { text: word, from, to, identity: identity === undefined ? undefined : `${identity}${word}` }
    from = to
    return result
  })
}

const identities = (run: readonly Word[], side: string) =>
  run.map(({ identity }, index) => identity ?? `${side}#${index}`)

/** One short word that happens to stand on both sides amid longer changes would only tear them apart. */
function withoutCrumbs(
  matches: ReturnType<typeof matchSequence>,
  inA: readonly Word[],
  inB: readonly Word[],
): ReturnType<typeof matchSequence> {
  const size = (run: readonly Word[], from: number, to: number) =>
    run.slice(from, to).reduce((sum, { text }) => sum + text.length, 0)
  return matches.filter((match, index) => {
    const before = matches[index - 1]
    const after = matches[index + 1]
    const aStart = before ? before.a + before.length : 0
    const bStart = before ? before.b + before.length : 0
    const aEnd = after?.a ?? inA.length
    const bEnd = after?.b ?? inB.length
    const own = size(inA, match.a, match.a + match.length)
    const left = Math.min(size(inA, aStart, match.a), size(inB, bStart, match.b))
    const right = Math.min(size(inA, match.a + match.length, aEnd), size(inB, match.b + match.length, bEnd))
    return own > 2 || left < 2 || right < 2
  })
}

function createSteps() {
  const steps: Step[] = []
  const put = (next: Step) => {
    if (next.aFrom === next.aTo && next.bFrom === next.bTo) return
    const last = steps.at(-1)
    if (last?.op === next.op) steps[steps.length - 1] = { ...last, aTo: next.aTo, bTo: next.bTo }
    else steps.push(next)
  }
  let a = 0
  let b = 0
  return {
    keep(inA: readonly Word[], inB: readonly Word[]) {
      const aTo = inA.at(-1)?.to ?? a
      const bTo = inB.at(-1)?.to ?? b
      put(step('equal', a, aTo, b, bTo))
      a = aTo
      b = bTo
    },
    change(inA: readonly Word[], inB: readonly Word[]) {
      const aTo = inA.at(-1)?.to ?? a
      const bTo = inB.at(-1)?.to ?? b
      put(step('delete', a, aTo, b, b))
      put(step('insert', aTo, aTo, b, bTo))
      a = aTo
      b = bTo
    },
    done: (): readonly Step[] => steps,
  }
}

const step = (op: Step['op'], aFrom: number, aTo: number, bFrom: number, bTo: number): Step => ({
  op,
  aFrom,
  aTo,
  bFrom,
  bTo,
})
