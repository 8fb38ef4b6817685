import { $findTableNode, $isTableCellNode, $isTableRowNode, type TableCellNode } from '@lexical/table'
import {
  $findMatchingParent,
  $isElementNode,
  $isRangeSelection,
  $isTextNode,
  type BaseSelection,
  type ElementNode,
  type LexicalNode,
} from 'lexical'
import { writeCells } from '../../spreadsheet-cells.ts'

/**
 * What is selected as plain text when it reaches over cells of a table: a line per row, tabs between cells, as
 * spreadsheets take it. Null when it does not.
 */
export function $selectedCellsAsText(selection: BaseSelection): string | null {
  const blocks = $selectedBlocks(selection)
  const cells = new Set(blocks.flatMap(({ cell }) => cell ?? []))
  if (cells.size < 2) return null
  const lines: string[] = []
  /** Of the table the last block stood in. */
  let rows: { readonly key: string; readonly cells: Map<TableCellNode, string> }[] = []
  let table: string | undefined
  const closeTable = () => {
    if (rows.length > 0) lines.push(writeCells(rows.map((row) => [...row.cells.values()])))
    rows = []
  }
  for (const { text, cell } of blocks) {
    const here = cell ? $findTableNode(cell)?.getKey() : undefined
    if (here !== table) closeTable()
    table = here
    if (cell === null) {
      lines.push(text)
      continue
    }
    const key = cell.getParent()!.getKey()
    if (rows.at(-1)?.key !== key) rows.push({ key, cells: new Map() })
    const row = rows.at(-1)!.cells
    const before = row.get(cell)
    row.set(cell, before === undefined ? text : `${before}\n${text}`)
  }
  closeTable()
  return lines.join('\n')
}

interface SelectedBlock {
  readonly text: string
  readonly cell: TableCellNode | null
}

/** Paragraphs, headings and items of lists, each with what of it is selected. */
function $selectedBlocks(selection: BaseSelection): SelectedBlock[] {
  const found = new Map<string, { text: string; cell: TableCellNode | null }>()
  for (const node of selection.getNodes()) {
    const block = $isElementNode(node) && !node.isInline() ? node : $blockOf(node)
    if (block === null || $holdsBlocks(block)) continue
    const key = block.getKey()
    const entry = found.get(key) ?? { text: '', cell: $findMatchingParent(block, $isTableCellNode) }
    found.set(key, entry)
    if (!$isElementNode(node)) entry.text += $selectedText(node, selection)
  }
  return [...found.values()]
}

const $blockOf = (node: LexicalNode) =>
  $findMatchingParent(node, (one): one is ElementNode => $isElementNode(one) && !one.isInline())

const $holdsBlocks = (block: ElementNode) =>
  $isTableCellNode(block) ||
  $isTableRowNode(block) ||
  block.getChildren().some((child) => $isElementNode(child) && !child.isInline())

function $selectedText(node: LexicalNode, selection: BaseSelection): string {
  const text = node.getTextContent()
  if (!$isTextNode(node) || !$isRangeSelection(selection)) return text
  const [start, end] = selection.isBackward()
    ? [selection.focus, selection.anchor]
    : [selection.anchor, selection.focus]
  const from = start.key === node.getKey() ? start.offset : 0
  return text.slice(from, end.key === node.getKey() ? end.offset : undefined)
}
