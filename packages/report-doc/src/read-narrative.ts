import {
  type Block,
  FIELD_CHAR,
  type FieldRef,
  type Line,
  type Narrative,
  SCORE_COLUMNS,
  type ScoreFieldRef,
  type Section,
} from '@gongping/scoring'
import * as Y from 'yjs'
import { LOOSE_SECTION, createBlockIds } from './block-ids.ts'
import { cleanProse, cleanText } from './clean-text.ts'
import { ROOTS } from './layout.ts'

/** Reads the text of a report by walking the Yjs tree, without Lexical. Never throws, whatever is in the document. */
export function readNarrative(doc: Y.Doc): Narrative {
  const body = narrativeRoot(doc)
  return body === null ? { sections: [] } : buildNarrative(children(body).flatMap(parseBlock))
}

export interface NarrativeReader {
  /** The same object until the text changes. */
  read(): Narrative
  destroy(): void
}

/** Reads again and again: only blocks that changed since the last time are parsed. */
export function createNarrativeReader(doc: Y.Doc): NarrativeReader {
  const body = narrativeRoot(doc)
  if (body === null) return { read: () => ({ sections: [] }), destroy: () => {} }
  const parsed = new WeakMap<object, readonly Parsed[]>()
  let current: Narrative | null = null

  const onChange = (events: readonly Y.YEvent<Y.AbstractType<unknown>>[]) => {
    current = null
    for (const event of events) {
      const block = topLevelBlock(event.target, body)
      if (block !== null) parsed.delete(block)
    }
  }
  const parseOnce = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return parseBlock(node)
    const known = parsed.get(node) ?? parseBlock(node)
    parsed.set(node, known)
    return known
  }
  body.observeDeep(onChange)
  return {
    read: () => (current ??= buildNarrative(children(body).flatMap(parseOnce))),
    destroy: () => body.unobserveDeep(onChange),
  }
}

/** The root of the text; null when this process already uses the name as another type. */
export function narrativeRoot(doc: Y.Doc): Y.XmlElement | null {
  try {
    return doc.get(ROOTS.body, Y.XmlElement) as Y.XmlElement
  } catch {
    return null
  }
}

/** The child of `body` that an event's target lies in; null for `body` itself. */
function topLevelBlock(target: Y.AbstractType<unknown>, body: Y.XmlElement): object | null {
  let node: Y.AbstractType<unknown> | null = target
  while (node !== null && node.parent !== (body as unknown)) node = node.parent as Y.AbstractType<unknown> | null
  return node
}

/** Deeper than this nothing is read; the editor's own trees are at most seven deep. */
const MAX_DEPTH = 40

type ParsedBlock =
  | ({ readonly type: 'paragraph' } & Line)
  | { readonly type: 'list'; readonly ordered: boolean; readonly items: readonly Line[] }
  | { readonly type: 'table'; readonly rows: readonly (readonly Line[])[] }
interface ParsedHeading {
  readonly type: 'heading'
  readonly level: number
  readonly indicatorId: string | null
  readonly title: Line
}
type Parsed = ParsedHeading | ParsedBlock

/** A child of the root as plain data; one entry, or none where it has no meaning. */
export function parseBlock(node: unknown): readonly Parsed[] {
  if (node instanceof Y.XmlElement) {
    const level = headingLevel(node)
    if (level !== null) return [heading(node, level)]
    switch (node.nodeName) {
      case 'list': {
        const items = listItems(node, 1)
        return items.length === 0 ? [] : [{ type: 'list', ordered: isOrdered(node), items }]
      }
      case 'table': {
        const rows = tableRows(node)
        return rows.length === 0 ? [] : [{ type: 'table', rows }]
      }
      default:
        return [{ type: 'paragraph', ...lineOf([node]) }]
    }
  }
  const line = lineOf([node])
  return line.text === '' ? [] : [{ type: 'paragraph', ...line }]
}

const heading = (element: Y.XmlElement, level: number): ParsedHeading => ({
  type: 'heading',
  level,
  indicatorId: textAttribute(element, '__indicatorId'),
  title: lineOf(children(element)),
})

/** The default of a property is not stored. */
const isOrdered = (list: Y.XmlElement) => (list.getAttribute('__listType') ?? 'number') === 'number'

function listItems(list: Y.XmlElement, depth: number): readonly Line[] {
  if (depth > MAX_DEPTH) return []
  return children(list).flatMap((item) => {
    if (!(item instanceof Y.XmlElement)) {
      const line = lineOf([item])
      return line.text === '' ? [] : [line]
    }
    if (item.nodeName === 'list') return listItems(item, depth + 1)
    const parts = children(item)
    const isList = (part: unknown): part is Y.XmlElement => part instanceof Y.XmlElement && part.nodeName === 'list'
    const inner = parts.filter(isList)
    const own = lineOf(
      parts.filter((part) => !isList(part)),
      depth,
    )
    // Lexical wraps a nested list in an item that has nothing of its own.
    const hasOwn = own.text !== '' || inner.length === 0
    return [...(hasOwn ? [own] : []), ...inner.flatMap((nested) => listItems(nested, depth + 1))]
  })
}

function tableRows(table: Y.XmlElement): readonly (readonly Line[])[] {
  return children(table)
    .filter((row) => row instanceof Y.XmlElement)
    .map((row) => children(row).map((cell) => lineOf(cell instanceof Y.XmlElement ? children(cell) : [cell])))
    .filter((cells) => cells.length > 0)
}

/** All text below some nodes as one line; blocks among them are set apart by newlines. */
function lineOf(nodes: readonly unknown[], depth = 0): Line {
  const fields: FieldRef[] = []
  const text = collect(nodes, fields, depth)
  return { text, fields }
}

const INLINE = new Set(['linebreak', 'score-field', 'fact-field'])
export const isInline = (element: Y.XmlElement) => INLINE.has(element.nodeName)

/** What a field is bound to; null for any other element. */
export function fieldOf(element: Y.XmlElement): FieldRef | null {
  if (element.nodeName === 'score-field') return scoreField(element)
  return element.nodeName === 'fact-field' ? { kind: 'fact', key: textAttribute(element, '__fact') ?? '' } : null
}

/** 1 to 5 for a heading, null for anything else. */
export function headingLevel(node: unknown): number | null {
  if (!(node instanceof Y.XmlElement)) return null
  if (node.nodeName === 'section') return level(node.getAttribute('__level'))
  return node.nodeName === 'heading' ? level(Number(String(node.getAttribute('__tag')).slice(1))) : null
}

function collect(nodes: readonly unknown[], fields: FieldRef[], depth: number): string {
  if (depth > MAX_DEPTH) return ''
  const lines: string[] = []
  let isAfterBlock = true
  for (const node of nodes) {
    if (node instanceof Y.XmlElement && !isInline(node)) {
      lines.push(collect(children(node), fields, depth + 1))
      isAfterBlock = true
      continue
    }
    const text = inline(node, fields)
    if (text === '') continue
    if (isAfterBlock) lines.push(text)
    else lines[lines.length - 1] += text
    isAfterBlock = false
  }
  return lines.join('\n')
}

function inline(node: unknown, fields: FieldRef[]): string {
  if (typeof node === 'string') return cleanProse(node)
  // An XmlText prints its formats as tags; the characters alone are what Y.Text prints.
  if (node instanceof Y.Text) return cleanProse(Y.Text.prototype.toString.call(node))
  if (!(node instanceof Y.XmlElement)) return ''
  if (node.nodeName === 'linebreak') return '\n'
  const field = fieldOf(node)
  if (field === null) return ''
  fields.push(field)
  return FIELD_CHAR
}

const FORMS: readonly ScoreFieldRef['form'][] = ['heading', 'score', 'grade']

function scoreField(element: Y.XmlElement): ScoreFieldRef {
  const column = element.getAttribute('__column')
  const form = element.getAttribute('__form')
  return {
    kind: 'score',
    indicatorId: textAttribute(element, '__indicatorId'),
    column: SCORE_COLUMNS.find((name) => name === column) ?? 'self',
    form: FORMS.find((name) => name === form) ?? 'score',
  }
}

/** Hangs the flat row of blocks under its headings. */
function buildNarrative(parsed: readonly Parsed[]): Narrative {
  const ids = createBlockIds()
  const sections: OpenSection[] = []
  const byId = new Map<string, OpenSection>()
  const add = (section: OpenSection, parentId: string | null) => {
    byId.set(section.id, section)
    const parent = parentId === null ? undefined : byId.get(parentId)
    ;(parent?.children ?? sections).push(section)
    return section
  }
  for (const item of parsed) {
    if (item.type === 'heading') {
      const { level, title, indicatorId } = item
      const { id, parentId } = ids.heading(level)
      add({ id, level, title, indicatorId, blocks: [], children: [] }, parentId)
      continue
    }
    const place = ids.block({ isBlank: item.type === 'paragraph' && item.text.trim() === '' })
    if (place === null) continue
    const parent = byId.get(place.parentId) ?? add(looseSection(), null)
    parent.blocks.push({ ...item, id: place.id })
  }
  return { sections }
}

interface OpenSection extends Section {
  readonly blocks: Block[]
  readonly children: OpenSection[]
}

const looseSection = (): OpenSection => ({
  id: LOOSE_SECTION,
  level: 1,
  title: { text: '', fields: [] },
  indicatorId: null,
  blocks: [],
  children: [],
})

const level = (value: unknown) => (Number.isInteger(value) ? Math.min(5, Math.max(1, Number(value))) : 1)

const MAX_ID_LENGTH = 200

export function textAttribute(element: Y.XmlElement, name: string): string | null {
  const value: unknown = element.getAttribute(name)
  return typeof value === 'string' && value !== '' && value.length <= MAX_ID_LENGTH ? cleanText(value) : null
}

function children(element: Y.XmlElement): readonly unknown[] {
  return element.toArray()
}
