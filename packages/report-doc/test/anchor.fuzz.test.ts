import { expect, test } from 'vitest'
import * as Y from 'yjs'
import {
  type TextAnchor,
  type TextProposal,
  applyProposal,
  createAnchorIndex,
  readNarrative,
  resolveAnchor,
  restoreNarrative,
} from '../src/index.ts'
import { flattenNarrative } from '../src/anchor-text.ts'
import { expectConverged } from './support/converged.ts'
import { editSomething } from './support/edits.ts'
import type { Room } from './support/people.ts'
import type { Random } from './support/random.ts'
import { failuresOver, fuzzDocuments, work } from './support/session.ts'

const documents = fuzzDocuments(60)

test(
  '[A1] after any work of three people a thread is at the text it quoted, or known to be changed or lost',
  {
    timeout: documents * 1000,
  },
  () => {
    const kinds = { found: 0, changed: 0, moved: 0, lost: 0 }
    let restored = 0
    const failures = failuresOver({
      documents,
      firstSeed: 300_001,
      check: (seed) => {
        const anchors: TextAnchor[] = []
        let version: Uint8Array | undefined
        const room = work({
          seed,
          steps: 120,
          switching: 0.1,
          edit: (random, person, shared) => {
            const dice = random.below(100)
            if (dice < 2) version = Y.encodeStateAsUpdate(shared.server)
            else if (dice < 4 && version) restored += restoreAtServer(shared, version)
            else if (dice < 19) {
              person.editor.read(() => {})
              const anchor = anchorSomewhere(random, person.doc)
              if (anchor) anchors.push(anchor)
            } else editSomething(random, person)
          },
        })
        expectConverged(room)
        for (const anchor of anchors) {
          const results = [room.server, ...room.people.map(({ doc }) => doc)].map((doc) => resolveAnchor(doc, anchor))
          const [result] = results
          if (!result) throw new Error('no result')
          kinds[result.kind] += 1
          for (const other of results) expect(describe(other)).toEqual(describe(result))
          if (result.kind === 'found' || result.kind === 'moved') {
            expect(squeezed(textAt(room.server, result.range))).toBe(squeezed(anchor.quote))
          }
          if (result.kind === 'moved') {
            const again = resolveAnchor(room.server, result.anchor)
            expect(describe(again)).toEqual({ ...describe(result), kind: 'found' })
          }
        }
        room.close()
      },
    })
    expect(failures).toEqual([])
    for (const kind of ['found', 'changed', 'moved', 'lost'] as const) expect(kinds[kind]).toBeGreaterThan(0)
    expect(restored).toBeGreaterThan(0)
  },
)

test(
  '[A6] a suggestion is applied exactly or not at all, whatever was done meanwhile',
  {
    timeout: documents * 1000,
  },
  () => {
    const outcomes = { applied: 0, refused: 0 }
    const failures = failuresOver({
      documents,
      firstSeed: 400_001,
      check: (seed) => {
        const proposals: TextProposal[] = []
        const room = work({
          seed,
          steps: 120,
          switching: 0.1,
          edit: (random, person, shared) => {
            const dice = random.below(100)
            if (dice < 10) {
              person.editor.read(() => {})
              const proposal = proposeSomething(random, person.doc)
              if (proposal) proposals.push(proposal)
            } else if (dice < 19 && proposals.length > 0) {
              const at = random.below(proposals.length)
              const [proposal] = proposals.splice(at, 1)
              if (proposal) acceptAtServer(shared, proposal, outcomes)
            } else editSomething(random, person)
          },
        })
        for (const proposal of proposals) acceptAtServer(room, proposal, outcomes)
        room.settle()
        expectConverged(room)
        room.close()
      },
    })
    expect(failures).toEqual([])
    expect(outcomes.applied).toBeGreaterThan(0)
    expect(outcomes.refused).toBeGreaterThan(0)
  },
)

/** As the server does it: an update on top of the committed state, sent to everybody. @returns 1 when there was one */
function restoreAtServer(room: Room, version: Uint8Array): number {
  const update = restoreNarrative(Y.encodeStateAsUpdate(room.server), version, { kind: 'all' })
  if (!update) return 0
  Y.applyUpdate(room.server, update)
  for (const person of room.people) person.inbox.push(update)
  return 1
}

/** As the server does it: on the committed state, sent to everybody as one update. */
function acceptAtServer(room: Room, proposal: TextProposal, outcomes: { applied: number; refused: number }): void {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(room.server))
  const vector = Y.encodeStateVector(copy)
  const before = flattenNarrative(copy).runs
  const found = resolveAnchor(copy, proposal.anchor)
  const isApplied = applyProposal({ doc: copy, proposal, origin: null })
  const after = flattenNarrative(copy).runs.map(({ content }) => content)
  if (isApplied) {
    const place = found.kind === 'found' || found.kind === 'moved' ? found.range[0] : undefined
    if (!place) throw new Error(`applied although ${found.kind}`)
    const { oldText, newText } = proposal
    const expected = before.map(({ text, content }) =>
      text === place.text
        ? content.slice(0, place.from) + newText + content.slice(place.from + oldText.length)
        : content,
    )
    expect(after).toEqual(expected)
    outcomes.applied += 1
  } else {
    expect(after).toEqual(before.map(({ content }) => content))
    outcomes.refused += 1
  }
  const update = Y.encodeStateAsUpdate(copy, vector)
  if (isApplied) {
    Y.applyUpdate(room.server, update)
    for (const person of room.people) person.inbox.push(update)
    expect(readNarrative(room.server)).toEqual(readNarrative(copy))
  }
  copy.destroy()
}

function anchorSomewhere(random: Random, doc: Y.Doc): TextAnchor | null {
  const { runs } = flattenNarrative(doc)
  const filled = runs.filter(({ content }) => content.length > 0)
  const first = random.below(filled.length)
  const start = filled[first]
  const end = random.chance(0.8) ? start : filled[Math.min(filled.length - 1, first + random.below(3))]
  if (!start || !end) return null
  const from = random.below(start.content.length)
  const to = start === end ? from + 1 + random.below(start.content.length - from) : 1 + random.below(end.content.length)
  // Null where it would cut a pair in two.
  return createAnchorIndex(doc).anchorOf({
    start: { type: start.text, offset: from },
    end: { type: end.text, offset: to },
  })
}

function proposeSomething(random: Random, doc: Y.Doc): TextProposal | null {
  const { runs } = flattenNarrative(doc)
  const run = random.pick(runs)
  const from = random.below(run.content.length + 1)
  const to = from + random.below(run.content.length - from + 1)
  const anchor = createAnchorIndex(doc).anchorOf({
    start: { type: run.text, offset: from },
    end: { type: run.text, offset: to },
  })
  if (!anchor) return null
  const newText = random.pick(['', '绩效', `${anchor.quote}😀`, `${anchor.quote.slice(0, 1).toWellFormed()}改`])
  return newText === anchor.quote ? null : { anchor, oldText: anchor.quote, newText }
}

const squeezed = (text: string) => text.replace(/\s/g, '')

function textAt(doc: Y.Doc, range: readonly { text: Y.XmlText; from: number; to: number }[]): string {
  const { runs, text } = flattenNarrative(doc)
  const at = (segment: { text: Y.XmlText } | undefined) => runs.find((run) => run.text === segment?.text)?.at ?? NaN
  const last = range.at(-1)
  return text.slice(at(range[0]) + (range[0]?.from ?? 0), at(last) + (last?.to ?? 0))
}

const describe = (result: ReturnType<typeof resolveAnchor>) => ({
  kind: result.kind,
  range:
    'range' in result ? result.range.map(({ from, to, blockId, sectionId }) => ({ from, to, blockId, sectionId })) : [],
})
