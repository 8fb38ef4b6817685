import * as Y from 'yjs'
import { type FlatText, type TextRun, flattenNarrative } from './anchor-text.ts'

/**
 * A place in the text that is kept outside of it: Yjs relative positions (base64), what stood between them, and up to
 * 32 characters around it. Start and end are the same for a caret; `quote` is empty then.
 */
export interface TextAnchor {
  readonly kind: 'text'
  readonly start: string
  readonly end: string
  readonly quote: string
  readonly prefix: string
  readonly suffix: string
}

/** Part of a range within one shared text; UTF-16 offsets. */
export interface TextSegment {
  readonly text: Y.XmlText
  readonly from: number
  readonly to: number
  /** The heading it stands under or in; null above the first heading. */
  readonly sectionId: string | null
  /** The block or heading it stands in. */
  readonly blockId: string | null
}

/** In the order of reading. One segment of no length for a caret, else one or more that are not empty. */
export type TextRange = readonly TextSegment[]

export type Resolution =
  /** It is where it was, and holds what it quoted. */
  | { readonly kind: 'found'; readonly range: TextRange }
  /** It is where it was, but somebody rewrote part of it. */
  | { readonly kind: 'changed'; readonly range: TextRange }
  /** What it quoted stands elsewhere now; `anchor` points there. */
  | { readonly kind: 'moved'; readonly range: TextRange; readonly anchor: TextAnchor }
  | { readonly kind: 'lost' }

export interface TextPoint {
  readonly type: Y.XmlText
  readonly offset: number
}

/** Longest quote, UTF-16 units. */
export const MAX_QUOTE_LENGTH = 2000

/** Anchors over one state of the document: lay it out once, resolve as many as there are. Good until the next change. */
export interface AnchorIndex {
  /** Null when nothing can be quoted: no text in between, more than `MAX_QUOTE_LENGTH`, half a character, or a place outside the text. */
  anchorOf(selection: { readonly start: TextPoint; readonly end: TextPoint }): TextAnchor | null
  /** Never throws, whatever the anchor holds. */
  resolve(anchor: TextAnchor): Resolution
}

/** See `AnchorIndex.anchorOf`. */
export const anchorOf = ({ doc, start, end }: { doc: Y.Doc; start: TextPoint; end: TextPoint }): TextAnchor | null =>
  createAnchorIndex(doc).anchorOf({ start, end })

/** See `AnchorIndex.resolve`. */
export const resolveAnchor = (doc: Y.Doc, anchor: TextAnchor): Resolution => createAnchorIndex(doc).resolve(anchor)

export function createAnchorIndex(doc: Y.Doc): AnchorIndex {
  const flat = flattenNarrative(doc)
  const runOf = new Map(flat.runs.map((run) => [run.text, run]))
  let squeezed: Squeezed | undefined

  function positionOf({ type, offset }: TextPoint): number | null {
    const run = runOf.get(type)
    return run && offset >= 0 && offset <= run.content.length ? run.at + offset : null
  }

  function anchorAt(range: TextRange): TextAnchor | null {
    const { from, to } = boundsOf(range)
    const quote = flat.text.slice(from, to)
    if (quote.length > MAX_QUOTE_LENGTH || !isWhole(from) || !isWhole(to)) return null
    const first = range[0] as TextSegment
    const last = range.at(-1) as TextSegment
    return {
      kind: 'text',
      start: encode(first.text, first.from, 0),
      end: encode(last.text, last.to, -1),
      quote,
      prefix: flat.text.slice(Math.max(0, from - CONTEXT_LENGTH), from).toWellFormed(),
      suffix: flat.text.slice(to, to + CONTEXT_LENGTH).toWellFormed(),
    }
  }

  /** Not between the halves of a pair. */
  function isWhole(at: number): boolean {
    const code = flat.text.charCodeAt(at)
    return !(code >= 0xdc00 && code < 0xe000)
  }

  function boundsOf(range: TextRange): Span {
    const first = range[0] as TextSegment
    const last = range.at(-1) as TextSegment
    return {
      from: positionOf({ type: first.text, offset: first.from }) ?? 0,
      to: positionOf({ type: last.text, offset: last.to }) ?? 0,
    }
  }

  /** Where the stored positions are now; null when a text they stood in is gone. */
  function currentPlace({ start, end }: TextAnchor): { caret: TextSegment; span: Span } | null {
    const first = decode(doc, start)
    const last = decode(doc, end)
    const from = first && positionOf(first)
    const to = last && positionOf(last)
    if (!first || from === null || to === null) return null
    const run = runOf.get(first.type) as TextRun
    return { caret: segment(run, first.offset, first.offset), span: { from, to } }
  }

  function resolveCaret(anchor: TextAnchor): Resolution {
    const place = currentPlace(anchor)
    const before = anchor.prefix.slice(-CARET_CONTEXT)
    const after = anchor.suffix.slice(0, CARET_CONTEXT)
    if (place) {
      const { from } = place.span
      const isBeside =
        (before !== '' && flat.text.slice(0, from).endsWith(before)) ||
        (after !== '' && flat.text.startsWith(after, from)) ||
        (before === '' && after === '')
      return { kind: isBeside ? 'found' : 'changed', range: [place.caret] }
    }
    const around = anchor.prefix + anchor.suffix
    const at = around.length < CARET_CONTEXT ? -1 : flat.text.indexOf(around)
    if (at < 0 || flat.text.includes(around, at + 1)) return LOST
    const caret = caretAt(flat, at + anchor.prefix.length)
    const renewed = caret && anchorAt([caret])
    return caret && renewed ? { kind: 'moved', range: [caret], anchor: renewed } : LOST
  }

  function resolveQuote(anchor: TextAnchor): Resolution {
    const quote = squeeze(anchor.quote).text
    if (quote === '') return LOST
    const span = currentPlace(anchor)?.span
    const range = span && segmentsOf(flat, span)
    const now = span && range && range.length > 0 ? squeeze(flat.text.slice(span.from, span.to)).text : ''
    if (range && now === quote) return { kind: 'found', range }

    squeezed ??= squeeze(flat.text)
    const places = occurrences({ squeezed, quote, anchor })
    const near = span && places.find(({ from, to }) => now !== '' && from < span.to && to > span.from)
    const target = near ?? (now !== '' && resembles(now, quote) ? undefined : best(places, quote))
    if (target) {
      const moved = segmentsOf(flat, target)
      const renewed = moved.length > 0 ? anchorAt(moved) : null
      if (renewed) return { kind: 'moved', range: moved, anchor: renewed }
    }
    return range && now !== '' && resembles(now, quote) ? { kind: 'changed', range } : LOST
  }

  return {
    anchorOf({ start, end }) {
      const from = positionOf(start)
      const to = positionOf(end)
      if (from === null || to === null || from > to) return null
      if (from === to) return anchorAt([segment(runOf.get(start.type) as TextRun, start.offset, start.offset)])
      const range = segmentsOf(flat, { from, to })
      return range.length === 0 ? null : anchorAt(range)
    },
    resolve(anchor) {
      try {
        return anchor.quote === '' ? resolveCaret(anchor) : resolveQuote(anchor)
      } catch {
        return LOST
      }
    },
  }
}

interface Span {
  readonly from: number
  readonly to: number
}

/** Characters kept on each side, and of these so many that have to stand beside a caret still. */
const CONTEXT_LENGTH = 32
const CARET_CONTEXT = 6
const LOST: Resolution = { kind: 'lost' }

const segment = ({ text, sectionId, blockId }: TextRun, from: number, to: number): TextSegment => ({
  text,
  from,
  to,
  sectionId,
  blockId,
})

function segmentsOf({ runs }: FlatText, { from, to }: Span): TextSegment[] {
  return runs.flatMap((run) => {
    const start = Math.max(0, from - run.at)
    const end = Math.min(run.content.length, to - run.at)
    return start < end ? [segment(run, start, end)] : []
  })
}

function caretAt({ runs }: FlatText, position: number): TextSegment | null {
  const run = runs.find(({ at, content }) => at <= position && position <= at + content.length)
  return run ? segment(run, position - run.at, position - run.at) : null
}

/** Text typed at either edge stays outside. */
function encode(text: Y.XmlText, offset: number, assoc: 0 | -1): string {
  const bytes = Y.encodeRelativePosition(Y.createRelativePositionFromTypeIndex(text, offset, assoc))
  return btoa(String.fromCharCode(...bytes))
}

function decode(doc: Y.Doc, stored: string): TextPoint | null {
  try {
    const position = Y.decodeRelativePosition(Uint8Array.from(atob(stored), (char) => char.charCodeAt(0)))
    // Asking for a root by its name would create it.
    if (position.tname !== null) return null
    // Without following what was undone: only the undoer's own copy knows that, and everybody has to find the same.
    const found = Y.createAbsolutePositionFromRelativePosition(position, doc, false)
    return found && found.type instanceof Y.XmlText ? { type: found.type, offset: found.index } : null
  } catch {
    return null
  }
}

interface Squeezed {
  /** Without white space: a paragraph split in two still says the same. */
  readonly text: string
  /** Where each character stands in the text it came from. */
  readonly positions: readonly number[]
}

function squeeze(text: string): Squeezed {
  const positions: number[] = []
  let kept = ''
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] as string
    if (WHITE.test(char)) continue
    kept += char
    positions.push(at)
  }
  return { text: kept.toWellFormed(), positions }
}
const WHITE = /\s/

interface Occurrence extends Span {
  /** How many of the characters around it are those around the quote, at most 64. */
  readonly context: number
}

const MAX_OCCURRENCES = 500

function occurrences(search: { squeezed: Squeezed; quote: string; anchor: TextAnchor }): Occurrence[] {
  const { squeezed, quote, anchor } = search
  const { text, positions } = squeezed
  const prefix = squeeze(anchor.prefix).text
  const suffix = squeeze(anchor.suffix).text
  const found: Occurrence[] = []
  for (let at = text.indexOf(quote); at >= 0 && found.length < MAX_OCCURRENCES; at = text.indexOf(quote, at + 1)) {
    const end = at + quote.length
    const before = commonSuffix(text.slice(Math.max(0, at - prefix.length), at), prefix)
    const after = commonPrefix(text.slice(end, end + suffix.length), suffix)
    found.push({ from: positions[at] as number, to: (positions[end - 1] as number) + 1, context: before + after })
  }
  return found
}

/** Shorter quotes are found anywhere by chance. */
const TELLING_LENGTH = 6
const TELLING_CONTEXT = 4

/** The one that is meant, undefined when that can't be told. */
function best(places: readonly Occurrence[], quote: string): Occurrence | undefined {
  const [first, second] = places.toSorted((one, other) => other.context - one.context)
  if (!first || (second && second.context === first.context)) return undefined
  if (first.context >= TELLING_CONTEXT) return first
  return !second && quote.length >= TELLING_LENGTH ? first : undefined
}

/** One is the other with something typed into it, or at least half of the quote stands there still. */
function resembles(now: string, quote: string): boolean {
  const before = commonPrefix(now, quote)
  const after = Math.min(commonSuffix(now, quote), quote.length - before, now.length - before)
  if ((before + after) * 2 >= quote.length) return true
  if (now.length > quote.length * 2 + 40) return false
  let met = 0
  for (let at = 0; at < now.length; at += 1) if (now[at] === quote[met]) met += 1
  return met >= quote.length
}

function commonPrefix(one: string, other: string): number {
  let length = 0
  while (length < one.length && length < other.length && one[length] === other[length]) length += 1
  return length
}

function commonSuffix(one: string, other: string): number {
  let length = 0
  while (length < one.length && length < other.length && one.at(-1 - length) === other.at(-1 - length)) length += 1
  return length
}
