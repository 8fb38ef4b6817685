import { findTemplate } from '@gongping/scoring'
import { $getRoot } from 'lexical'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { flattenNarrative } from '../src/anchor-text.ts'
import {
  type TextAnchor,
  applyProposal,
  createAnchorIndex,
  disableFormatCleanup,
  narrativeRoot,
  readLines,
  readNarrative,
  resolveAnchor,
  restoreNarrative,
} from '../src/index.ts'
import { seedReport } from '../src/seed/index.ts'
import { type Person, person } from './support/people.ts'
import { Random } from './support/random.ts'

const SEEDS = 2000
const template = findTemplate('guangdong-2022')
if (!template) throw new Error('the template is part of the product')
const paragraph = (index: number, text: string) => ({
  type: 'paragraph' as const,
  id: `s1.p${index}`,
  text,
  fields: [],
})
const SEED = seedReport({
  template,
  data: {
    narrative: {
      sections: [
        {
          id: 's1',
          level: 1,
          title: { text: '基本情况', fields: [] },
          indicatorId: null,
          blocks: [
            paragraph(1, '资金已足额到位，支出进度达到百分之九十。'),
            paragraph(2, '项目按时完成，群众满意。'),
            paragraph(3, '项目按时完成，验收合格。'),
          ],
          children: [],
        },
      ],
    },
  },
}).narrative

/**
 * Three people on plain documents: typing, deleting, formatting, cut and paste, splitting, undo, restore of a version.
 * Somebody with an editor looks on all the time, and has to see what the server reads.
 */
test(
  `[A1] [A6] ${SEEDS} runs: no place is wrong, all copies agree, no suggestion loses or doubles a character`,
  {
    timeout: 120_000,
  },
  () => {
    const kinds = { found: 0, changed: 0, moved: 0, lost: 0 }
    const suggestions = { applied: 0, refused: 0, undone: 0, restored: 0 }
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      try {
        work(seed, kinds, suggestions)
      } catch (error) {
        throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
      }
    }
    for (const count of [...Object.values(kinds), ...Object.values(suggestions)]) expect(count).toBeGreaterThan(50)
  },
)

interface Author {
  readonly doc: Y.Doc
  readonly undo: Y.UndoManager
  clipboard: string
}

interface Outcomes {
  applied: number
  refused: number
  undone: number
  restored: number
}

function work(seed: number, kinds: Record<string, number>, suggestions: Outcomes): void {
  const random = new Random(seed)
  const authors = [1, 2, 3].map((clientID): Author => {
    const doc = new Y.Doc({ guid: 'narrative' })
    doc.clientID = clientID
    disableFormatCleanup(doc)
    Y.applyUpdate(doc, SEED)
    const body = narrativeRoot(doc)
    if (!body) throw new Error('a seeded document has a text')
    return { doc, undo: new Y.UndoManager(body, { captureTimeout: 0 }), clipboard: '' }
  })
  const onlooker = person('onlooker', SEED)
  const everybody = [...authors, onlooker]
  const anchors: TextAnchor[] = []
  let version = SEED
  for (let step = 0; step < 25; step += 1) {
    const author = random.pick(authors)
    const dice = random.below(100)
    if (dice < 20) {
      const anchor = anchorSomewhere(random, author.doc)
      if (anchor) anchors.push(anchor)
    } else if (dice < 30) exchange(everybody)
    else if (dice < 40) suggestSomething(random, { authors, everybody }, suggestions)
    else if (dice < 43) version = Y.encodeStateAsUpdate(author.doc)
    else if (dice < 46) suggestions.restored += restore(author.doc, version)
    else edit(random, author)
  }
  exchange(everybody)
  // An editor may tidy up what it is sent.
  exchange(everybody)
  expectSame(everybody, onlooker)
  if (seed % 4 === 0) expectOpensAlike(onlooker)
  for (const anchor of anchors) {
    const results = authors.map(({ doc }) => resolveAnchor(doc, anchor))
    const [first] = results
    if (!first) throw new Error('nobody')
    kinds[first.kind] = (kinds[first.kind] ?? 0) + 1
    for (const other of results) expect(plain(other)).toEqual(plain(first))
    if (first.kind !== 'found' && first.kind !== 'moved') continue
    const words = first.range.map(({ text, from, to }) => contentOf(authors[0]?.doc, text).slice(from, to)).join('')
    expect(words.replace(/\s/g, '')).toBe(anchor.quote.replace(/\s/g, ''))
  }
  onlooker.gate.destroy()
  onlooker.collaboration.destroy()
  for (const { undo } of authors) undo.destroy()
  for (const { doc } of everybody) doc.destroy()
}

/** Documents, what the server reads out of them, and what an editor shows that followed along. */
function expectSame(everybody: readonly { readonly doc: Y.Doc }[], onlooker: Person): void {
  const narrative = readNarrative(onlooker.doc)
  const body = narrativeRoot(onlooker.doc)?.toString()
  for (const { doc } of everybody) {
    expect(narrativeRoot(doc)?.toString()).toBe(body)
    expect(readNarrative(doc)).toEqual(narrative)
  }
  expect(onlooker.problems).toEqual([])
  expect(linesShown(onlooker)).toEqual(readLines(onlooker.doc, () => '').map(({ chars }) => chars.text))
}

/** Whoever opens it only now sees the same. */
function expectOpensAlike(onlooker: Person): void {
  const newcomer = person('newcomer', Y.encodeStateAsUpdate(onlooker.doc))
  expect(newcomer.problems).toEqual([])
  expect(shownBy(newcomer)).toBe(shownBy(onlooker))
  newcomer.gate.destroy()
  newcomer.collaboration.destroy()
  newcomer.doc.destroy()
}

const shownBy = ({ editor }: Person) => JSON.stringify(editor.getEditorState().toJSON())

const linesShown = ({ editor }: Person) =>
  editor.read(() =>
    $getRoot()
      .getChildren()
      .map((block) => block.getTextContent()),
  )

/** @returns 1 when there was something to restore */
function restore(doc: Y.Doc, version: Uint8Array): number {
  const update = restoreNarrative(Y.encodeStateAsUpdate(doc), version, { kind: 'all' })
  if (update) Y.applyUpdate(doc, update)
  const wanted = new Y.Doc({ guid: 'version' })
  Y.applyUpdate(wanted, version)
  expect(readNarrative(doc)).toEqual(readNarrative(wanted))
  wanted.destroy()
  return update ? 1 : 0
}

const plain = (result: ReturnType<typeof resolveAnchor>) => ({
  kind: result.kind,
  places: 'range' in result ? result.range.map(({ from, to, blockId }) => ({ from, to, blockId })) : [],
})

const contentOf = (doc: Y.Doc | undefined, text: Y.XmlText) =>
  (doc && flattenNarrative(doc).runs.find((one) => one.text === text)?.content) ?? ''

/** Everybody sends the first what it lacks, and then has what it collected. */
function exchange([first, ...others]: readonly { readonly doc: Y.Doc }[]): void {
  if (!first) return
  const send = (from: Y.Doc, to: Y.Doc) => Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)))
  for (const { doc } of others) send(doc, first.doc)
  for (const { doc } of others) send(first.doc, doc)
}

const WORDS = ['绩效', '。', '2021年', 'a', '足额到位', '😀']

function edit(random: Random, author: Author): void {
  const { doc, undo } = author
  const { runs } = flattenNarrative(doc)
  const { text, content } = random.pick(runs)
  const at = whole(content, random.below(content.length + 1))
  const length = whole(content, at + random.below(Math.min(8, content.length - at) + 1)) - at
  switch (random.below(8)) {
    case 0:
    case 1:
      return text.insert(at, random.pick(WORDS))
    case 2:
      return text.delete(at, length)
    case 3:
      return text.format(at, length, { bold: random.chance(0.5) ? true : null })
    case 4:
      author.clipboard = content.slice(at, at + length)
      return text.delete(at, length)
    case 5:
      return author.clipboard === '' ? undefined : text.insert(at, author.clipboard)
    case 6:
      return random.chance(0.7) ? void undo.undo() : void undo.redo()
    default:
      return split(doc, { text, at, content })
  }
}

/** A caret cannot stand inside a surrogate pair. */
function whole(content: string, at: number): number {
  const code = content.charCodeAt(at)
  return code >= 0xdc00 && code < 0xe000 ? at - 1 : at
}

/** As Enter does it: the tail is taken away and written again in a paragraph behind. */
function split(doc: Y.Doc, { text, at, content }: { text: Y.XmlText; at: number; content: string }): void {
  const block = text.parent
  const body = narrativeRoot(doc)
  if (!body || !(block instanceof Y.XmlElement) || block.nodeName !== 'paragraph') return
  const index = body.toArray().indexOf(block)
  if (index < 0) return
  doc.transact(() => {
    text.delete(at, content.length - at)
    const next = new Y.XmlElement('paragraph')
    const run = new Y.XmlText()
    run.insert(0, content.slice(at))
    next.insert(0, [run])
    body.insert(index + 1, [next])
  })
}

function anchorSomewhere(random: Random, doc: Y.Doc): TextAnchor | null {
  const { runs } = flattenNarrative(doc)
  const first = random.below(runs.length)
  const start = runs[first]
  const end = random.chance(0.8) ? start : runs[Math.min(runs.length - 1, first + 1)]
  if (!start || !end) return null
  const from = random.below(start.content.length + 1)
  const to = start === end ? from + random.below(start.content.length - from + 1) : random.below(end.content.length + 1)
  const anchor = createAnchorIndex(doc).anchorOf({
    start: { type: start.text, offset: from },
    end: { type: end.text, offset: to },
  })
  return anchor?.quote.trim() ? anchor : null
}

/** Somebody proposes, others go on, and it is accepted on what the first of them has then. */
function suggestSomething(
  random: Random,
  { authors, everybody }: { authors: readonly Author[]; everybody: readonly { readonly doc: Y.Doc }[] },
  outcomes: Outcomes,
): void {
  exchange(everybody)
  const [accepter] = authors
  if (!accepter) throw new Error('nobody')
  const { doc } = accepter
  const anchor = anchorSomewhere(random, doc)
  if (!anchor) return
  const proposal = { anchor, oldText: anchor.quote, newText: random.pick(['', '改', `${anchor.quote}绩效`, '😀']) }
  for (let count = random.below(4); count > 0; count -= 1) edit(random, random.pick(authors))
  exchange(everybody)
  accepter.undo.stopCapturing()
  const before = flattenNarrative(doc).runs
  const found = resolveAnchor(doc, anchor)
  const place = found.kind === 'found' || found.kind === 'moved' ? found.range[0] : undefined
  const isApplied = applyProposal({ doc, proposal, origin: null })
  const expected = before.map(({ text, content }) =>
    isApplied && text === place?.text
      ? content.slice(0, place.from) + proposal.newText + content.slice(place.from + proposal.oldText.length)
      : content,
  )
  expect(textsOf(doc)).toEqual(expected)
  outcomes[isApplied ? 'applied' : 'refused'] += 1
  if (!isApplied || !random.chance(0.3)) return
  // Taken back in one step, letter by letter.
  accepter.undo.undo()
  expect(textsOf(doc)).toEqual(before.map(({ content }) => content))
  outcomes.undone += 1
}

const textsOf = (doc: Y.Doc) => flattenNarrative(doc).runs.map(({ content }) => content)
