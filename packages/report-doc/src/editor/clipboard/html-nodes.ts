import { $createListItemNode, $createListNode, $isListNode } from '@lexical/list'
import { $createTableCellNode, $createTableNode, $createTableRowNode } from '@lexical/table'
import {
  $createLineBreakNode,
  $createParagraphNode,
  $createTextNode,
  $isTextNode,
  type ElementFormatType,
  type ElementNode,
  type LexicalNode,
  type TextFormatType,
} from 'lexical'
import { cleanProse } from '../../clean-text.ts'
import { $createFactFieldNode } from '../nodes/fact-field-node.ts'
import { $createScoreFieldNode, SCORE_FIELD_FORMS } from '../nodes/score-field-node.ts'
import {
  $createSectionHeadingNode,
  headingLevelOf,
  type SectionLevel,
  toSectionLevel,
} from '../nodes/section-heading-node.ts'
import { readTypedNumber } from '../../typed-number.ts'
import type { ForeignPage } from './foreign-page.ts'
import { SCORE_COLUMNS } from '@gongping/scoring'

/**
 * What of a foreign page can stand in a report: headings, paragraphs, lists, tables, bold, underline, alignment, and
 * fields of ours. Everything else is reduced to its text; scripts, styles, pictures, form controls, deleted text of tracked
 * changes and comments of a word processor leave nothing.
 */
export function $nodesFromHtml(page: ForeignPage): ElementNode[] {
  return $blocksOf(page.body, { page, formats: [], script: 'normal', depth: 0 })
}

interface Context {
  readonly page: ForeignPage
  readonly formats: readonly TextFormatType[]
  readonly script: Script
  readonly depth: number
}

type Script = 'normal' | 'super' | 'sub'

/** Word nests deeply, but not like this. */
const MAX_DEPTH = 200

const DROPPED = new Set(
  'SCRIPT STYLE NOSCRIPT TEMPLATE IMG PICTURE SVG CANVAS VIDEO AUDIO IFRAME OBJECT EMBED HEAD META LINK TITLE INPUT SELECT TEXTAREA BUTTON DEL'.split(
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
    if (line.some((node) => node.getTextContent().trim() !== '' || node.getType().endsWith('-field'))) {
      const paragraph = $createParagraphNode().append(...trimmed(line))
      $dropStart(paragraph.getChildren(), typedIndent(paragraph.getTextContent()))
      blocks.push(paragraph)
    }
    line = []
  }
  for (const child of parent.childNodes) {
    if (isElement(child) && hasBlocks(child, context.depth)) {
      closeLine()
      for (const block of $blockOf(child, deeper(context, child)))
        if (!$joinLists(blocks.at(-1), block)) blocks.push(block)
    } else line.push(...$inlineOf(child, context))
  }
  closeLine()
  return blocks
}

function $blockOf(element: HTMLElement, context: Context): ElementNode[] {
  if (context.depth > MAX_DEPTH) return [$createParagraphNode().append(...$textOf(element.textContent, context))]
  if (isHidden(element, context)) return []
  const level = headingOf(element, context)
  if (level !== null) return [$heading(element, { ...context, level })]
  const tag = element.tagName
  switch (true) {
    case isWordListItem(element, context):
      return [
        $createListNode(hasNumber(element, context) ? 'number' : 'bullet').append(
          $createListItemNode().append(...$lineOf(element, context)),
        ),
      ]
    case tag === 'UL' || tag === 'OL': {
      const items = [...element.children].flatMap((item) => $listItems(item, context))
      return items.length === 0 ? [] : [$createListNode(tag === 'OL' ? 'number' : 'bullet').append(...items)]
    }
    case tag === 'TABLE':
      return $table(element as HTMLTableElement, context)
    default: {
      const blocks = $blocksOf(element, context)
      const format = alignmentOf(element, context)
      if (format !== '') for (const block of blocks) if (block.getFormatType() === '') block.setFormat(format)
      return blocks
    }
  }
}

/** A heading numbers itself and is bold enough: a number that was typed before it goes, and so do its formats. */
function $heading(element: HTMLElement, context: Context & { readonly level: SectionLevel }): ElementNode {
  const heading = $createSectionHeadingNode({ level: context.level }).append(...$lineOf(element, context))
  for (const text of heading.getAllTextNodes()) text.setFormat(0)
  $dropStart(heading.getChildren(), readTypedNumber(heading.getTextContent())?.length ?? 0)
  return heading
}

/** Wide spaces at the start of a paragraph: the page indents by itself. In characters. */
const typedIndent = (line: string) => /^\s*[\u00a0\u3000]\s*/.exec(line)?.[0].length ?? 0

/** Takes so many characters away at the start of a line. */
function $dropStart(line: readonly LexicalNode[], length: number): void {
  let left = length
  for (const node of line) {
    if (left === 0 || !$isTextNode(node)) return
    const text = node.getTextContent()
    if (text.length <= left) node.remove()
    else node.setTextContent(text.slice(left))
    left -= Math.min(left, text.length)
  }
}

/** Word processors write every item of a list as a paragraph of its own. */
function $joinLists(before: ElementNode | undefined, next: ElementNode): boolean {
  if (!$isListNode(before) || !$isListNode(next) || before.getListType() !== next.getListType()) return false
  before.append(...next.getChildren())
  return true
}

/** Lists in lists become one list: a report numbers its depth by headings. */
function $listItems(item: Element, context: Context): ElementNode[] {
  if (context.depth > MAX_DEPTH || DROPPED.has(item.tagName.toUpperCase())) return []
  const inner = { ...context, depth: context.depth + 1 }
  const isList = (node: Element) => node.tagName === 'UL' || node.tagName === 'OL'
  if (isList(item)) return [...item.children].flatMap((child) => $listItems(child, inner))
  const own = item.cloneNode(true) as Element
  for (const list of own.querySelectorAll('ul, ol')) list.remove()
  const line = $lineOf(own, context)
  const items = [...item.children].filter(isList).flatMap((list) => $listItems(list, inner))
  return [...(line.length > 0 || items.length === 0 ? [$createListItemNode().append(...line)] : []), ...items]
}

/** Merged cells come apart into a regular grid, the text in the first of them. */
function $table(table: HTMLTableElement, context: Context): ElementNode[] {
  const grid = gridOf(table)
  const width = Math.max(0, ...grid.map((row) => row.length))
  if (width === 0) return []
  const rows = grid.map((row) =>
    $createTableRowNode().append(
      ...Array.from({ length: width }, (_, column) => {
        const cell = row[column]
        const content = $createParagraphNode()
        if (cell) content.append(...$lineOf(cell, deeper(context, cell))).setFormat($alignmentIn(cell, context))
        return $createTableCellNode().append(content)
      }),
    ),
  )
  return [$createTableNode().append(...rows)]
}

/** Cells by row and column; null where a cell reaches over from the left or from above. */
function gridOf(table: HTMLTableElement): readonly (HTMLTableCellElement | null | undefined)[][] {
  const rows = [...table.rows]
  const grid: (HTMLTableCellElement | null | undefined)[][] = rows.map(() => [])
  for (const [y, row] of rows.entries()) {
    let x = 0
    for (const cell of row.cells) {
      while (grid[y]?.[x] !== undefined) x++
      const right = x + Math.min(cell.colSpan || 1, MAX_SPAN)
      const bottom = Math.min(y + (cell.rowSpan || 1), rows.length)
      for (let below = y; below < bottom; below++)
        for (let across = x; across < right; across++) grid[below]![across] = null
      grid[y]![x] = cell
      x = right
    }
  }
  return grid
}

const MAX_SPAN = 50

/** Of the cell or of its only paragraph. */
function $alignmentIn(cell: Element, context: Context): ElementFormatType {
  const [only, ...others] = cell.children
  const own = alignmentOf(cell, context)
  return own === '' && only !== undefined && others.length === 0 ? alignmentOf(only, context) : own
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
  if (isHidden(node, context)) return []
  if (node.tagName === 'BR') return [$createLineBreakNode()]
  const field = $fieldOf(node)
  if (field !== null) return [field]
  const inner = deeper(context, node)
  return [...node.childNodes].flatMap((child) => $inlineOf(child, inner))
}

/** A line of the page's source that ends between two Chinese characters; anywhere else it means a space. */
const BROKEN_LINE =
  /(?<=[\p{Script=Han}\u3000-\u303f\uff00-\uffef])[ \t]*\n[ \t]*(?=[\p{Script=Han}\u3000-\u303f\uff00-\uffef])/gu

function $textOf(text: string | null, { formats, script }: Context): LexicalNode[] {
  const clean = raised(
    cleanProse(text ?? '')
      .replace(BROKEN_LINE, '')
      .replace(/[ \t\n\f]+/g, ' '),
    script,
  )
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

const deeper = (context: Context, element: HTMLElement): Context => ({
  ...context,
  formats: formatsOf(element, context),
  script: scriptOf(element, context),
  depth: context.depth + 1,
})

function formatsOf(element: HTMLElement, { page, formats }: Context): readonly TextFormatType[] {
  const next = new Set(formats)
  const weight = page.styleOf(element, 'font-weight')
  const decoration = `${page.styleOf(element, 'text-decoration')} ${page.styleOf(element, 'text-decoration-line')}`
  if (/^(B|STRONG)$/.test(element.tagName)) next.add('bold')
  // Some word processors wrap everything in <b style="font-weight: normal">.
  if (weight !== '') {
    if (weight.startsWith('bold') || Number.parseInt(weight, 10) >= 600) next.add('bold')
    else next.delete('bold')
  }
  const isLink = element.tagName === 'A'
  if (!isLink && (element.tagName === 'U' || /underline/.test(decoration))) next.add('underline')
  return [...next]
}

function scriptOf(element: HTMLElement, { page, script }: Context): Script {
  const align = page.styleOf(element, 'vertical-align')
  if (element.tagName === 'SUP' || align === 'super') return 'super'
  if (element.tagName === 'SUB' || align === 'sub') return 'sub'
  return script
}

/** Raised and lowered digits as characters of their own, since m² without its format is m2; other text as it is. */
function raised(text: string, script: Script): string {
  if (script === 'normal' || !/^[0-9]+$/.test(text)) return text
  const digits = script === 'super' ? '⁰¹²³⁴⁵⁶⁷⁸⁹' : '₀₁₂₃₄₅₆₇₈₉'
  return text.replace(/[0-9]/g, (digit) => digits[Number(digit)]!)
}

function alignmentOf(element: Element, { page }: Context): ElementFormatType {
  const align = page.styleOf(element, 'text-align') || (element.getAttribute('align') ?? '').toLowerCase()
  // Reports are justified anyway.
  return align === 'center' || align === 'right' ? align : ''
}

/** The numbers and bullets of Word's own lists stand in the text, marked to be ignored; its comments, beside and below it. */
function isHidden(element: HTMLElement, { page }: Context): boolean {
  return (
    page.styleOf(element, 'display') === 'none' ||
    page.styleOf(element, 'mso-hide') === 'all' ||
    page.styleOf(element, 'mso-list') === 'ignore' ||
    page.styleOf(element, 'mso-element') === 'comment-list' ||
    page.styleOf(element, 'mso-special-character') === 'comment' ||
    element.classList.contains('msocomanchor')
  )
}

/**
 * The level of a heading, null for other blocks. A heading is one by its tag or its outline level, and so is a short
 * line that is numbered like one and set apart as official documents do, in bold, 黑体 or 楷体. A number tells the level
 * better than the tag, which follows the habits of another document.
 */
function headingOf(element: HTMLElement, context: Context): SectionLevel | null {
  if (!/^(P|DIV|H[1-6])$/.test(element.tagName)) return null
  const marked = listMarkOf(element, context)
  const text = (element.textContent ?? '').trim()
  const typed = readTypedNumber(marked === null ? text : `${marked} `)
  const outline = Number.parseInt(context.page.styleOf(element, 'mso-outline-level'), 10)
  if (element.dataset['level'] !== undefined) return headingLevelOf(element)
  if (/^H[1-6]$/.test(element.tagName)) return typed?.level ?? headingLevelOf(element)
  if (hasBlocksInside(element) || text === '') return null
  if (outline >= 1 && outline <= 6) return typed?.level ?? toSectionLevel(outline)
  const isLine = text.length <= MAX_HEADING_LENGTH && !/[。；;，,：:！!？?]$/u.test(text)
  if (typed === null || typed.level > 2 || !isLine) return null
  return marked !== null || isSetApart(element, context) ? typed.level : null
}

const MAX_HEADING_LENGTH = 40

/** Every word of it stands in bold or in one of the fonts official documents keep for headings. */
function isSetApart(block: HTMLElement, context: Context): boolean {
  const all = [block, ...block.querySelectorAll<HTMLElement>('*')]
  return all.every((inner) => {
    if (![...inner.childNodes].some((node) => node.nodeType === 3 && (node.textContent ?? '').trim() !== ''))
      return true
    let font = ''
    let formats = context.formats
    for (const one of wayTo(inner, block)) {
      font = context.page.styleOf(one, 'font-family') || font
      formats = formatsOf(one, { ...context, formats })
    }
    return formats.includes('bold') || /黑体|楷体|simhei|kaiti/.test(font)
  })
}

/** The elements from a block down to one inside it, both included. */
function wayTo(inner: HTMLElement, block: HTMLElement): readonly HTMLElement[] {
  const way = [inner]
  for (let at = inner; at !== block && at.parentElement !== null; at = at.parentElement) way.unshift(at.parentElement)
  return way
}

const isWordListItem = (element: HTMLElement, { page }: Context) =>
  element.tagName === 'P' && /level\d/.test(page.styleOf(element, 'mso-list'))

/** What Word prints before an item of a list, null for other paragraphs. */
function listMarkOf(element: HTMLElement, context: Context): string | null {
  const { page } = context
  const marks = [...element.querySelectorAll('span')].filter((span) => page.styleOf(span, 'mso-list') === 'ignore')
  return marks.length === 0 ? null : (marks[0]?.textContent ?? '').trim()
}

/** Bullets are single letters of a symbol font; numbers have a dot, a bracket or 、 beside them. */
const hasNumber = (element: HTMLElement, context: Context) =>
  /^[\p{N}一二三四五六七八九十]|^[（(]?[a-z]+[.)）、]/iu.test(listMarkOf(element, context) ?? '')

const hasBlocksInside = (element: HTMLElement) => [...element.children].some((child) => BLOCKS.has(child.tagName))

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
