import type { Suggestion, Thread } from '@gongping/protocol/http'
import { diffWords, type TextRange } from '@gongping/report-doc'
import type { Paper } from '../editor/open-paper.ts'
import { placeAt } from '../editor/place-at.ts'
import { DRAFT_ID, type ReviewDesk } from './review-desk.ts'

/** Words marked in the text, and who is behind them. */
interface Marked {
  readonly id: string
  readonly ranges: readonly Range[]
}

/** Something to be put in between the words: it is drawn over the text, the document does not change. */
export interface Insertion {
  readonly id: string
  readonly role: string
  readonly text: string
  /** Within the frame of the text, in pixels: right below the place between two letters. */
  readonly left: number
  readonly top: number
  /** To the edge of the text. */
  readonly room: number
}

export interface HighlightLayer {
  /** Records whose words stand under a point of the window, the shortest first. */
  idsAt(x: number, y: number): readonly string[]
  stop(): void
}

/**
 * Marks what is commented and what is suggested in the text with the CSS Custom Highlight API, so that neither the
 * document nor the elements of the text change, and overlapping ones lie over each other.
 */
export function paintHighlights(
  desk: ReviewDesk,
  { frame, onInsertions }: { frame: () => HTMLElement | null; onInsertions: (insertions: Insertion[]) => void },
): HighlightLayer {
  const { paper } = desk
  let marked: readonly Marked[] = []
  let shown = new Set<string>()

  const paint = () => {
    const layers = new Map<string, Range[]>()
    const add = (name: string, ranges: readonly Range[]) => {
      const layer = layers.get(name)
      if (layer) layer.push(...ranges)
      else layers.set(name, [...ranges])
    }
    const next: Marked[] = []
    const placed = desk.placed.get()
    const active = desk.active.get()
    const view = desk.view.get()
    const rangesOf = (id: string) => {
      const range = placed.get(id)?.range
      return range ? paper.shared.rangesOf(range) : []
    }
    const reached = new Map<string, { text: unknown; to: number }>()
    const mark = (id: string, name: string) => {
      const ranges = rangesOf(id)
      const range = placed.get(id)?.range
      const first = range?.[0]
      const last = range?.at(-1)
      if (ranges.length === 0 || !first || !last) return
      next.push({ id, ranges })
      if (id === active) return add('review-active', ranges)
      // Ranges of one highlight are painted as one: what lies over another goes into a layer of its own.
      const before = reached.get(name)
      const overlaps = before?.text === first.text && first.from < before.to
      if (!overlaps) reached.set(name, { text: last.text, to: last.to })
      add(overlaps ? `${name}-over` : name, ranges)
    }
    const byPlace = (a: { id: string }, b: { id: string }) => compare(orderOf(a.id), orderOf(b.id))
    const orderOf = (id: string) => placed.get(id)?.place.order ?? ''
    for (const thread of desk.threads.get().toSorted(byPlace)) {
      if (isShown(thread, active)) mark(thread.id, `review-${thread.author.role}`)
    }
    for (const item of desk.items.get()) {
      if (item.status !== 'accepted') mark(item.id, `review-${item.author.role}`)
    }
    add('review-active', rangesOf(DRAFT_ID))
    for (const { range } of desk.rewriting.get() ?? []) add('review-active', paper.shared.rangesOf(range))

    const insertions: Insertion[] = []
    const base = frame()?.getBoundingClientRect()
    if (view === 'tracked' && base) {
      for (const suggestion of desk.suggestions.get()) {
        const range = placed.get(suggestion.id)?.range
        if (suggestion.status !== 'open' || suggestion.proposal.kind !== 'text' || !range) continue
        const { removed, added } = changesOf(suggestion, range)
        const ranges = removed.flatMap((one) => paper.shared.rangesOf(one))
        next.push({ id: suggestion.id, ranges })
        add(`removed-${suggestion.author.role}`, ranges)
        if (suggestion.id === active) add('review-active', ranges)
        for (const { at, text } of added) {
          const box = boxAfter(paper, at)
          if (box === null) continue
          // At the end of a line it moves to the left until it can be read.
          const wide = Math.min(base.width, text.length * LETTER_PX + 20)
          const left = Math.max(0, Math.min(box.left - base.left, base.width - wide))
          insertions.push({
            id: suggestion.id,
            role: suggestion.author.role,
            text,
            left,
            top: box.bottom - base.top,
            room: base.width - left,
          })
        }
      }
    }
    marked = next
    onInsertions(withRoom(insertions))
    // Older than Chromium 105: the list in the panel still leads to the words.
    if (typeof Highlight === 'undefined') return
    for (const name of shown) if (!layers.has(name)) CSS.highlights.delete(name)
    for (const [name, ranges] of layers) {
      const highlight = new Highlight(...ranges)
      // Over those of the roles, so that the one in focus stands out.
      highlight.priority = name === 'review-active' ? 2 : name.startsWith('removed') ? 1 : 0
      CSS.highlights.set(name, highlight)
    }
    shown = new Set(layers.keys())
  }
  let frameId: number | undefined
  const paintSoon = () => {
    frameId ??= requestAnimationFrame(() => {
      frameId = undefined
      paint()
    })
  }
  const stops = [
    desk.placed.subscribe(paint),
    desk.threads.subscribe(paintSoon),
    desk.suggestions.subscribe(paintSoon),
    desk.items.subscribe(paintSoon),
    desk.active.subscribe(paintSoon),
    desk.view.subscribe(paintSoon),
    desk.rewriting.subscribe(paintSoon),
  ]
  // Another width moves the words, and with them what is drawn over them.
  const resize = new ResizeObserver(paintSoon)
  const element = frame()
  if (element) resize.observe(element)
  paintSoon()

  return {
    idsAt(x, y) {
      const place = placeAt(x, y)
      if (!place) return []
      const { node, offset } = place
      const lengthOf = ({ ranges }: Marked) => ranges.reduce((sum, range) => sum + range.toString().length, 0)
      return marked
        .filter(({ ranges }) => ranges.some((range) => range.isPointInRange(node, offset)))
        .toSorted((a, b) => lengthOf(a) - lengthOf(b))
        .map(({ id }) => id)
    },
    stop() {
      if (frameId !== undefined) cancelAnimationFrame(frameId)
      resize.disconnect()
      for (const stop of stops) stop()
      for (const name of shown) CSS.highlights.delete(name)
    },
  }
}

const isShown = (thread: Thread, active: string | null) => thread.status !== 'closed' || thread.id === active

/** About as wide as a letter of a mark is, in pixels. */
const LETTER_PX = 12
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

interface Changes {
  readonly removed: readonly TextRange[]
  readonly added: readonly { readonly at: TextRange; readonly text: string }[]
}

/** The words a suggestion takes away, and the places where it puts others. */
function changesOf({ proposal }: Suggestion, [segment]: TextRange): Changes {
  const removed: TextRange[] = []
  const added: { at: TextRange; text: string }[] = []
  if (proposal.kind !== 'text' || !segment) return { removed, added }
  let at = segment.from
  for (const { op, text } of diffWords(proposal.oldText, proposal.newText)) {
    if (op === 'insert') added.push({ at: [{ ...segment, from: at, to: at }], text })
    else {
      if (op === 'delete') removed.push([{ ...segment, from: at, to: at + text.length }])
      at += text.length
    }
  }
  return { removed, added }
}

function boxAfter(paper: Paper, at: TextRange): { left: number; bottom: number } | null {
  // At the edge of two text nodes: after the first, or the mark would stand at the start of the next line.
  const [place] = paper.shared.rangesOf(at)
  if (!place) return null
  const boxes = place.getClientRects()
  const box = boxes[0]
  if (box) return { left: box.left, bottom: box.bottom }
  const container = place.startContainer
  const element = container instanceof Element ? container : container.parentElement
  const around = element?.getBoundingClientRect()
  return around ? { left: around.left, bottom: around.top + Math.min(around.height, 30) } : null
}

/** No longer than to the next one in the same line. */
function withRoom(insertions: readonly Insertion[]): Insertion[] {
  const sorted = insertions.toSorted((a, b) => a.top - b.top || a.left - b.left)
  return sorted.map((insertion, index) => {
    const next = sorted[index + 1]
    const shares = next !== undefined && Math.abs(next.top - insertion.top) < 6
    return shares
      ? { ...insertion, room: Math.min(insertion.room, Math.max(20, next.left - insertion.left)) }
      : insertion
  })
}
