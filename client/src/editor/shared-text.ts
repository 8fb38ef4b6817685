import type { TextPoint, TextRange } from '@gongping/report-doc'
import {
  $getNearestNodeFromDOMNode,
  $getRoot,
  $isElementNode,
  $isTextNode,
  type ElementNode,
  type LexicalEditor,
  type NodeKey,
} from 'lexical'
import * as Y from 'yjs'
import { placeAt } from './place-at.ts'

/** Between the shared text and the words on the page, in both directions. Works with and without the pen. */
export interface SharedText {
  /** What is selected in the text; start and end are the same for a caret. Null when the selection is elsewhere. */
  selection(): SelectedText | null
  /** The words of a range where they stand on the page; a caret gives one collapsed range. */
  rangesOf(range: TextRange): readonly Range[]
  /** The shared text under a point of the window; null beside the text. */
  pointAt(x: number, y: number): TextPoint | null
  /** Calls back after every change of the text on the page. */
  onChange(listener: () => void): () => void
}

interface SelectedText {
  readonly start: TextPoint
  readonly end: TextPoint
  readonly range: Range
}

export function createSharedText(editor: LexicalEditor, root: () => Y.XmlElement | null): SharedText {
  let layout: Layout | null = null
  const getLayout = (): Layout => {
    const shared = root()
    layout ??= shared === null ? EMPTY : editor.read('latest', () => $layOut(shared))
    return layout
  }
  const listeners = new Set<() => void>()
  editor.registerUpdateListener(({ dirtyElements, dirtyLeaves }) => {
    if (dirtyElements.size === 0 && dirtyLeaves.size === 0) return
    layout = null
    for (const listener of listeners) listener()
  })

  const domTextOf = (key: NodeKey): Text | null => {
    const element = editor.getElementByKey(key)
    return element === null
      ? null
      : (document.createTreeWalker(element, NodeFilter.SHOW_TEXT).nextNode() as Text | null)
  }
  const pointIn = (node: Node, offset: number): TextPoint | null => {
    const key = editor.read('latest', () => $getNearestNodeFromDOMNode(node)?.getKey())
    const pieces = key === undefined ? undefined : getLayout().byKey.get(key)
    if (!pieces || key === undefined || domTextOf(key) !== node) return null
    const piece = pieces.findLast(({ inNode }) => inNode <= offset) ?? pieces[0]!
    return { type: piece.type, offset: piece.from + Math.min(offset - piece.inNode, piece.length) }
  }
  const slotAt = (node: Node): TextPoint | null => {
    const key = editor.read('latest', () => $getNearestNodeFromDOMNode(node)?.getKey())
    const slot = key === undefined ? undefined : getLayout().slots.get(key)
    return slot ? { type: slot, offset: 0 } : null
  }
  /** The words of a selection may begin or end beside the text nodes, e.g. in a number field. */
  const boundsOf = (range: Range): { start: TextPoint; end: TextPoint } | null => {
    const start = range.startContainer instanceof Text ? pointIn(range.startContainer, range.startOffset) : null
    const end = range.endContainer instanceof Text ? pointIn(range.endContainer, range.endOffset) : null
    if (start && end) return { start, end }
    if (range.collapsed) {
      const slot = slotAt(range.startContainer)
      return slot && { start: slot, end: slot }
    }
    const inside = getLayout().pieces.filter((piece) => {
      const text = domTextOf(piece.key)
      return text !== null && range.comparePoint(text, 0) >= 0 && range.comparePoint(text, text.length) <= 0
    })
    const first = start ?? (inside[0] && { type: inside[0].type, offset: inside[0].from })
    const last = inside.at(-1)
    const final = end ?? (last && { type: last.type, offset: last.from + last.length })
    return first && final ? { start: first, end: final } : null
  }

  return {
    selection() {
      const selection = getSelection()
      const element = editor.getRootElement()
      if (!selection || selection.rangeCount === 0 || element === null) return null
      const range = selection.getRangeAt(0)
      if (!element.contains(range.startContainer) || !element.contains(range.endContainer)) return null
      const bounds = boundsOf(range)
      return bounds && { ...bounds, range: range.cloneRange() }
    },
    rangesOf(range) {
      return range.flatMap(({ text, from, to }) => {
        const pieces = getLayout().byText.get(text) ?? []
        if (pieces.length === 0) {
          const key = getLayout().keyOfSlot.get(text)
          const element = key === undefined ? null : editor.getElementByKey(key)
          return element === null ? [] : [collapsedIn(element)]
        }
        return pieces.flatMap((piece) => {
          const start = Math.max(from, piece.from)
          const end = Math.min(to, piece.from + piece.length)
          const isCaret = from === to && start === end && start === from
          if (start > end || (start === end && !isCaret)) return []
          const node = domTextOf(piece.key)
          if (node === null) return []
          const dom = document.createRange()
          dom.setStart(node, Math.min(node.length, piece.inNode + start - piece.from))
          dom.setEnd(node, Math.min(node.length, piece.inNode + end - piece.from))
          return [dom]
        })
      })
    },
    pointAt(x, y) {
      const place = placeAt(x, y)
      return place?.node instanceof Text ? pointIn(place.node, place.offset) : null
    },
    onChange(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

/** A run of characters that one text node of the editor shows. */
interface Piece {
  readonly type: Y.XmlText
  /** Where it begins in the shared text, and in the node; UTF-16. */
  readonly from: number
  readonly inNode: number
  readonly length: number
  readonly key: NodeKey
}

interface Layout {
  /** In the order of reading. */
  readonly pieces: readonly Piece[]
  readonly byKey: ReadonlyMap<NodeKey, readonly Piece[]>
  readonly byText: ReadonlyMap<Y.XmlText, readonly Piece[]>
  /** Empty texts of empty blocks. */
  readonly slots: ReadonlyMap<NodeKey, Y.XmlText>
  readonly keyOfSlot: ReadonlyMap<Y.XmlText, NodeKey>
}

const EMPTY: Layout = { pieces: [], byKey: new Map(), byText: new Map(), slots: new Map(), keyOfSlot: new Map() }

/** Walks both trees side by side: the binding forgets texts whose nodes were joined. */
function $layOut(root: Y.XmlElement): Layout {
  const pieces: Piece[] = []
  const slots = new Map<NodeKey, Y.XmlText>()
  $walk(root, $getRoot(), { pieces, slots })
  return {
    pieces,
    byKey: Map.groupBy(pieces, ({ key }) => key),
    byText: Map.groupBy(pieces, ({ type }) => type),
    slots,
    keyOfSlot: new Map(Array.from(slots, ([key, text]) => [text, key])),
  }
}

function $walk(shared: Y.XmlElement, node: ElementNode, found: { pieces: Piece[]; slots: Map<NodeKey, Y.XmlText> }) {
  const children = node.getChildren()
  let at = 0
  let inNode = 0
  for (const child of shared.toArray() as unknown[]) {
    if (child instanceof Y.XmlText) {
      if (child.length === 0 && node.isEmpty()) found.slots.set(node.getKey(), child)
      for (let from = 0; from < child.length;) {
        const text = children[at]
        if (!$isTextNode(text)) break
        const size = text.getTextContentSize()
        const length = Math.min(size - inNode, child.length - from)
        if (length > 0) found.pieces.push({ type: child, from, inNode, length, key: text.getKey() })
        from += length
        inNode += length
        if (inNode < size) continue
        at++
        inNode = 0
      }
    } else if (child instanceof Y.XmlElement) {
      if (inNode > 0) at++
      inNode = 0
      const target = children[at++]
      if ($isElementNode(target)) $walk(child, target, found)
    }
  }
}

function collapsedIn(element: HTMLElement): Range {
  const range = document.createRange()
  range.setStart(element, 0)
  range.collapse(true)
  return range
}
