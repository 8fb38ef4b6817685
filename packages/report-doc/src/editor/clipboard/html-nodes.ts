import { $createListItemNode, $createListNode } from '@lexical/list'
import { $createTableCellNode, $createTableNode, $createTableRowNode } from '@lexical/table'
import {
  $createLineBreakNode,
  $createParagraphNode,
  $createTextNode,
  type ElementFormatType,
  type ElementNode,
  type LexicalNode,
  type TextFormatType,
} from 'lexical'
import { cleanProse } from '../../clean-text.ts'
import { $createFactFieldNode } from '../nodes/fact-field-node.ts'
import { $createScoreFieldNode, SCORE_FIELD_FORMS } from '../nodes/score-field-node.ts'
import { $createSectionHeadingNode, headingLevelOf } from '../nodes/section-heading-node.ts'
import { SCORE_COLUMNS } from '@gongping/scoring'

/**
 * What of a foreign page can stand in a report: headings, paragraphs, lists, tables, bold, underline, alignment, and
 * fields of ours. Everything else is reduced to its text; scripts, styles, pictures and form controls leave nothing.
 */
export function $nodesFromHtml(page: Document): ElementNode[] {
  return $blocksOf(page.body, { formats: [], depth: 0 })
}

interface Context {
  readonly formats: readonly TextFormatType[]
  readonly depth: number
}

/** Word nests deeply, but not like this. */
const MAX_DEPTH = 200

const DROPPED = new Set(
  'SCRIPT STYLE NOSCRIPT TEMPLATE IMG PICTURE SVG CANVAS VIDEO AUDIO IFRAME OBJECT EMBED HEAD META LINK TITLE INPUT SELECT TEXTAREA BUTTON'.split(
    ' ',
  ),
)
const BLOCKS = new Set(
  'P DIV SECTION ARTICLE MAIN HEADER FOOTER ASIDE NAV BLOCKQUOTE PRE ADDRESS CENTER FIGURE FIGCAPTION DL DT DD FORM FIELDSET DETAILS SUMMARY HR H1 H2 H3 H4 H5 H6 UL OL LI TABLE THEAD TBODY TFOOT TR TD TH CAPTION'.split(
    ' ',
  ),
)

function $blocksOf(parent: Element, context: Context): ElementNode[] {
  const blocks: ElementNode[] = []
  let line: LexicalNode[] = []
  const closeLine = () => {
    if (line.some((node) => node.getTextContent().trim() !== '' || node.getType().endsWith('-field')))
      blocks.push($createParagraphNode().append(...trimmed(line)))
    line = []
  }
  for (const child of parent.childNodes) {
    if (isElement(child) && hasBlocks(child, context.depth)) {
      closeLine()
      blocks.push(...$blockOf(child, { formats: formatsOf(child, context), depth: context.depth + 1 }))
    } else line.push(...$inlineOf(child, context))
  }
  closeLine()
  return blocks
}

function $blockOf(element: HTMLElement, context: Context): ElementNode[] {
  if (context.depth > MAX_DEPTH) return [$createParagraphNode().append(...$textOf(element.textContent, context))]
  const tag = element.tagName
  switch (true) {
    case /^H[1-6]$/.test(tag): {
      const heading = $createSectionHeadingNode({ level: headingLevelOf(element) })
      return [heading.append(...$lineOf(element, { ...context, formats: [] }))]
    }
    case tag === 'UL' || tag === 'OL': {
      const items = [...element.children].flatMap((item) => $listItems(item, context))
      return items.length === 0 ? [] : [$createListNode(tag === 'OL' ? 'number' : 'bullet').append(...items)]
    }
    case tag === 'TABLE':
      return $table(element as HTMLTableElement, context)
    default: {
      const blocks = $blocksOf(element, context)
      const format = alignmentOf(element)
      if (format !== '') for (const block of blocks) block.setFormat(format)
      return blocks
    }
  }
}

/** Lists in lists become one list: a report numbers its depth by headings. */
function $listItems(item: Element, context: Context): ElementNode[] {
  if (context.depth > MAX_DEPTH || DROPPED.has(item.tagName.toUpperCase())) return []
  const deeper = { ...context, depth: context.depth + 1 }
  const isList = (node: Element) => node.tagName === 'UL' || node.tagName === 'OL'
  if (isList(item)) return [...item.children].flatMap((child) => $listItems(child, deeper))
  const own = item.cloneNode(true) as Element
  for (const list of own.querySelectorAll('ul, ol')) list.remove()
  const line = $lineOf(own, context)
  const inner = [...item.children].filter(isList).flatMap((list) => $listItems(list, deeper))
  return [...(line.length > 0 || inner.length === 0 ? [$createListItemNode().append(...line)] : []), ...inner]
}

/** Merged cells come apart into a regular grid, the text in the first of them. */
function $table(table: HTMLTableElement, context: Context): ElementNode[] {
  const grid = [...table.rows].map((row) =>
    [...row.cells].flatMap((cell) => [cell, ...Array.from({ length: Math.min(cell.colSpan, 50) - 1 }, () => null)]),
  )
  const width = Math.max(0, ...grid.map((row) => row.length))
  if (width === 0) return []
  const rows = grid.map((row) =>
    $createTableRowNode().append(
      ...Array.from({ length: width }, (_, column) => {
        const cell = row[column] ?? null
        const line = cell === null ? [] : $lineOf(cell, { ...context, depth: context.depth + 1 })
        return $createTableCellNode().append($createParagraphNode().append(...line))
      }),
    ),
  )
  return [$createTableNode().append(...rows)]
}

/** Everything in an element as one line, blocks in it set apart by line breaks. */
function $lineOf(element: Element, context: Context): LexicalNode[] {
  const blocks = $blocksOf(element, context)
  return blocks.flatMap((block, index) => {
    const nodes = block.getType() === 'table' ? $textOf(block.getTextContent(), context) : block.getChildren()
    const flat = nodes.flatMap((node) => (node.getType() === 'listitem' ? (node as ElementNode).getChildren() : [node]))
    return index === 0 ? flat : [$createLineBreakNode(), ...flat]
  })
}

function $inlineOf(node: ChildNode, context: Context): LexicalNode[] {
  if (node.nodeType === 3) return $textOf(node.textContent, context)
  if (!isElement(node) || DROPPED.has(node.tagName.toUpperCase()) || context.depth > MAX_DEPTH) return []
  if (node.tagName === 'BR') return [$createLineBreakNode()]
  const field = $fieldOf(node)
  if (field !== null) return [field]
  const inner = { formats: formatsOf(node, context), depth: context.depth + 1 }
  return [...node.childNodes].flatMap((child) => $inlineOf(child, inner))
}

function $textOf(text: string | null, { formats }: Context): LexicalNode[] {
  const clean = cleanProse(text ?? '').replace(/[ \t\n\f]+/g, ' ')
  if (clean === '') return []
  const node = $createTextNode(clean)
  for (const format of formats) node.toggleFormat(format)
  return [node]
}

function $fieldOf(element: HTMLElement): LexicalNode | null {
  const { fact, indicator = null, column, form } = element.dataset
  if (element.className === 'fact-field' && fact !== undefined) return $createFactFieldNode(fact)
  const knownColumn = SCORE_COLUMNS.find((name) => name === column)
  const knownForm = SCORE_FIELD_FORMS.find((name) => name === form)
  if (element.className !== 'score-field' || knownColumn === undefined || knownForm === undefined) return null
  return $createScoreFieldNode({ indicatorId: indicator, column: knownColumn, form: knownForm })
}

function formatsOf(element: HTMLElement, { formats }: Context): readonly TextFormatType[] {
  const next = new Set(formats)
  const { fontWeight, textDecoration, textDecorationLine } = element.style
  if (/^(B|STRONG)$/.test(element.tagName)) next.add('bold')
  // Some word processors wrap everything in <b style="font-weight: normal">.
  if (fontWeight !== '') {
    if (fontWeight === 'bold' || Number(fontWeight) >= 600) next.add('bold')
    else next.delete('bold')
  }
  const isLink = element.tagName === 'A'
  if (!isLink && (/^(U|INS)$/.test(element.tagName) || /underline/.test(`${textDecoration} ${textDecorationLine}`)))
    next.add('underline')
  return [...next]
}

function alignmentOf(element: HTMLElement): ElementFormatType {
  const align = element.style.textAlign || element.getAttribute('align') || ''
  return align === 'center' || align === 'right' || align === 'justify' ? align : ''
}

/** Google Docs and others put blocks into inline elements. */
function hasBlocks(element: HTMLElement, depth: number): boolean {
  if (BLOCKS.has(element.tagName)) return true
  return (
    depth < MAX_DEPTH &&
    [...element.children].some((child) => BLOCKS.has(child.tagName) || hasBlocks(child as HTMLElement, depth + 1))
  )
}

function trimmed(line: LexicalNode[]): LexicalNode[] {
  const isBlank = (node: LexicalNode | undefined) =>
    node !== undefined && !node.getType().endsWith('-field') && node.getTextContent().trim() === ''
  const start = line.findIndex((node) => !isBlank(node))
  const end = line.findLastIndex((node) => !isBlank(node))
  return line.slice(start, end + 1)
}

const isElement = (node: Node): node is HTMLElement => node.nodeType === 1
