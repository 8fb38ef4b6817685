import {
  $createTableCellNode,
  $createTableNode,
  $createTableRowNode,
  $isTableCellNode,
  $isTableNode,
  type TableCellNode,
} from '@lexical/table'
import {
  $addUpdateTag,
  $createParagraphNode,
  $createTextNode,
  $findMatchingParent,
  $getEditor,
  $getSelection,
  $insertNodes,
  $isRangeSelection,
  type BaseSelection,
  COMMAND_PRIORITY_LOW,
  type ElementNode,
  type LexicalEditor,
  type LexicalNode,
  PASTE_COMMAND,
  PASTE_TAG,
  SELECTION_INSERT_CLIPBOARD_NODES_COMMAND,
} from 'lexical'
import { cleanProse } from '../../clean-text.ts'
import { readCells } from '../../spreadsheet-cells.ts'
import { $isSectionHeadingNode } from '../nodes/section-heading-node.ts'
import { readForeignPage } from './foreign-page.ts'
import { $nodesFromHtml } from './html-nodes.ts'

/** Inserts a foreign page at the caret, reduced to what a report can contain. Needs a DOM to parse with. */
export function $insertCleanHtml(html: string): void {
  $insert($nodesFromHtml(readForeignPage(html)))
}

/** What of a page cannot stand in a cell does so as lines. A table alone is laid over the cells from the caret on. */
function $insert(nodes: readonly ElementNode[]): void {
  const selection = $getSelection()
  if (nodes.length === 0 || selection === null) return
  const cell = $firstCell(selection)
  if (cell === null) return $insertNodes($asInline(nodes) ?? [...nodes])
  const [only] = nodes
  if (nodes.length === 1 && $isTableNode(only)) {
    // Of a block that is larger than the selected cells nothing may be left out.
    if (!$isRangeSelection(selection)) cell.selectStart()
    const inCell = $getSelection()!
    if ($getEditor().dispatchCommand(SELECTION_INSERT_CLIPBOARD_NODES_COMMAND, { nodes: [only], selection: inCell }))
      return
  }
  const lines = nodes.flatMap($asLines)
  $insertNodes($asInline(lines) ?? lines)
}

function $firstCell(selection: BaseSelection): TableCellNode | null {
  if (!$isRangeSelection(selection)) return selection.getNodes().find($isTableCellNode) ?? null
  return $findMatchingParent(selection.anchor.getNode(), $isTableCellNode)
}

function $asLines(node: ElementNode): ElementNode[] {
  if ($isTableNode(node)) {
    return node
      .getChildren<ElementNode>()
      .map((row) => $createParagraphNode().append($createTextNode(row.getChildren().map($textOf).join(' '))))
  }
  return $isSectionHeadingNode(node) ? [$createParagraphNode().append(...node.getChildren())] : [node]
}

const $textOf = (node: LexicalNode) => node.getTextContent().trim()

/**
 * Pastes pages of others cleanly, and cells given as plain text into cells. What was copied in an editor of ours goes
 * Lexical's own way, which knows our nodes, and so does other plain text.
 */
export function registerCleanPaste(editor: LexicalEditor): () => void {
  return editor.registerCommand(
    PASTE_COMMAND,
    (event) => {
      const data = 'clipboardData' in event ? event.clipboardData : null
      const selection = $getSelection()
      if (!data || selection === null || data.getData('application/x-lexical-editor') !== '') return false
      const html = data.getData('text/html')
      const text = data.getData('text/plain')
      const isCells = html === '' && text.includes('\t') && $firstCell(selection) !== null
      if (html === '' && !isCells) return false
      event.preventDefault()
      $addUpdateTag(PASTE_TAG)
      if (isCells) $insert([$tableOf(readCells(text))])
      else $insertCleanHtml(html)
      return true
    },
    COMMAND_PRIORITY_LOW,
  )
}

function $tableOf(rows: readonly (readonly string[])[]): ElementNode {
  const width = Math.max(...rows.map((cells) => cells.length))
  const $cell = (text = '') =>
    $createTableCellNode().append(
      ...text.split(/\r\n?|\n/).map((line) => $createParagraphNode().append($createTextNode(cleanProse(line)))),
    )
  return $createTableNode().append(
    ...rows.map((cells) =>
      $createTableRowNode().append(...Array.from({ length: width }, (_, column) => $cell(cells[column]))),
    ),
  )
}

/** One pasted paragraph goes into the line the caret is in. */
function $asInline(nodes: readonly ElementNode[]): LexicalNode[] | null {
  const [only, ...others] = nodes
  return only !== undefined && others.length === 0 && only.getType() === 'paragraph' ? only.getChildren() : null
}
