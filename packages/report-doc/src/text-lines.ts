import { type FieldRef, type IndicatorId, trimClosing } from '@gongping/scoring'
import * as Y from 'yjs'
import { createBlockIds } from './block-ids.ts'
import { type CharRun, type CharRunBuilder, emptyRun, pushItem, pushOne, pushStructure } from './diff/char-run.ts'
import { fieldOf, headingLevel, isInline, narrativeRoot, textAttribute } from './read-narrative.ts'
import { sectionNumber } from './section-number.ts'

/** One heading, paragraph, list item or table row, with the Yjs id of every character. */
export interface TextLine {
  /** Yjs id of the element: the same line in another version of the document has the same. */
  readonly key: string
  readonly kind: 'heading' | 'paragraph' | 'item' | 'row'
  /** 1 to 5 for headings, depth from 1 for list items, else 0. */
  readonly level: number
  /** As printed before a heading, e.g. `（一）`; empty for other lines. */
  readonly number: string
  readonly sectionId: string
  /** Number and title of the section. */
  readonly section: string
  readonly indicatorId: IndicatorId | null
  readonly chars: CharRun
}

/** What a field in the text shows. */
export type FieldValue = (ref: FieldRef) => string

/** Marks the characters of a field's value in `CharRun.clients`. */
export const FIELD_MARK = -2

/** The text of a report as a row of lines. Never throws, whatever is in the document. */
export function readLines(doc: Y.Doc, fieldValue: FieldValue): readonly TextLine[] {
  const body = narrativeRoot(doc)
  return body === null ? [] : linesOf(body.toArray(), fieldValue)
}

/** The same for some blocks of it; sections are counted from the first. */
export function linesOf(nodes: readonly unknown[], fieldValue: FieldValue): readonly TextLine[] {
  const lines: TextLine[] = []
  const ids = createBlockIds()
  const positions = new Map<string, number>()
  let sectionId = 's0'
  let section = ''
  const add = (line: Pick<TextLine, 'key' | 'kind' | 'level' | 'chars'>) =>
    lines.push({ ...line, number: '', sectionId, section, indicatorId: null })
  for (const node of nodes) {
    const level = headingLevel(node)
    if (level !== null && node instanceof Y.XmlElement) {
      const place = ids.heading(level)
      const group = `${place.parentId ?? ''}/${level}`
      const position = (positions.get(group) ?? 0) + 1
      positions.set(group, position)
      const number = sectionNumber(level, position)
      const title = charsOf(node.toArray(), () => '')
      const chars = charsOf(node.toArray(), fieldValue)
      sectionId = place.id
      section = `${number}${trimClosing(title.text, '。：:').trim()}`
      const indicatorId = textAttribute(node, '__indicatorId')
      lines.push({ key: keyOf(node), kind: 'heading', level, number, sectionId, section, indicatorId, chars })
      continue
    }
    if (!(node instanceof Y.XmlElement)) {
      const chars = charsOf([node], fieldValue)
      if (chars.text !== '') add({ key: keyOf(node), kind: 'paragraph', level: 0, chars })
    } else if (node.nodeName === 'list') {
      addItems(node, 1)
    } else if (node.nodeName === 'table') {
      for (const row of node.toArray() as unknown[]) {
        if (row instanceof Y.XmlElement)
          add({ key: keyOf(row), kind: 'row', level: 0, chars: rowChars(row, fieldValue) })
      }
    } else add({ key: keyOf(node), kind: 'paragraph', level: 0, chars: charsOf(node.toArray(), fieldValue) })
  }
  return lines

  function addItems(list: Y.XmlElement, depth: number): void {
    if (depth > MAX_DEPTH) return
    for (const item of list.toArray() as unknown[]) {
      if (!(item instanceof Y.XmlElement)) continue
      if (item.nodeName === 'list') {
        addItems(item, depth + 1)
        continue
      }
      const parts = item.toArray() as unknown[]
      const isList = (part: unknown): part is Y.XmlElement => part instanceof Y.XmlElement && part.nodeName === 'list'
      const inner = parts.filter(isList)
      const chars = charsOf(
        parts.filter((part) => !isList(part)),
        fieldValue,
      )
      if (chars.text !== '' || inner.length === 0) add({ key: keyOf(item), kind: 'item', level: depth, chars })
      for (const nested of inner) addItems(nested, depth + 1)
    }
  }
}

/** Deeper than this nothing is read; the editor's own trees are at most seven deep. */
const MAX_DEPTH = 40

function rowChars(row: Y.XmlElement, fieldValue: FieldValue): CharRun {
  const run = emptyRun()
  for (const [index, cell] of (row.toArray() as unknown[]).entries()) {
    if (index > 0) pushStructure(run, '\t')
    collect(run, cell instanceof Y.XmlElement ? cell.toArray() : [cell], fieldValue, 0)
  }
  return run
}

function charsOf(nodes: readonly unknown[], fieldValue: FieldValue): CharRun {
  const run = emptyRun()
  collect(run, nodes, fieldValue, 0)
  return run
}

function collect(run: CharRunBuilder, nodes: readonly unknown[], fieldValue: FieldValue, depth: number): void {
  if (depth > MAX_DEPTH) return
  let needsBreak = false
  for (const node of nodes) {
    if (node instanceof Y.XmlElement && !isInline(node)) {
      if (needsBreak) pushStructure(run, '\n')
      collect(run, node.toArray(), fieldValue, depth + 1)
      needsBreak = true
      continue
    }
    if (node instanceof Y.Text) pushText(run, node)
    else if (node instanceof Y.XmlElement) {
      const field = fieldOf(node)
      if (field !== null) pushStructure(run, fieldValue(field), FIELD_MARK)
      else {
        const id = node._item?.id
        pushOne(run, '\n', id?.client ?? -1, id?.clock ?? 0)
      }
    }
  }
}

/** The characters of a shared text with their ids. */
export function textChars(text: Y.Text): CharRun {
  const run = emptyRun()
  pushText(run, text)
  return run
}

function pushText(run: CharRunBuilder, text: Y.Text): void {
  for (let item = text._start; item !== null; item = item.right) {
    if (item.deleted || !(item.content instanceof Y.ContentString)) continue
    const { client, clock } = item.id
    // One unit stands for one unit, so that the ids stay beside their characters.
    const clean = item.content.str.replaceAll('\0', '\uFFFD').replaceAll('\uFFFC', '\uFFFD').replaceAll('\r', '\n')
    pushItem(run, clean.toWellFormed(), client, clock)
  }
}

export function keyOf(node: unknown): string {
  const id = node instanceof Y.AbstractType ? node._item?.id : undefined
  return id ? `${id.client}:${id.clock}` : ''
}

/** A heading with everything up to the next one of its level or above, as positions in the body. */
export interface PlacedSection {
  readonly id: string
  readonly from: number
  readonly to: number
  readonly level: number
  readonly heading: Y.XmlElement
}

export function listSections(body: Y.XmlElement): readonly PlacedSection[] {
  const ids = createBlockIds()
  const nodes = body.toArray() as unknown[]
  const open: Omit<PlacedSection, 'to'>[] = []
  nodes.forEach((node, from) => {
    const level = headingLevel(node)
    if (level !== null && node instanceof Y.XmlElement)
      open.push({ id: ids.heading(level).id, from, level, heading: node })
  })
  return open.map((section, index) => {
    const next = open.slice(index + 1).find(({ level }) => level <= section.level)
    return { ...section, to: next?.from ?? nodes.length }
  })
}

/** The indicator a heading is about. */
export const headingIndicator = (heading: Y.XmlElement) => textAttribute(heading, '__indicatorId')
