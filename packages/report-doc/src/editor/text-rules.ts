import { $isHeadingNode, HeadingNode } from '@lexical/rich-text'
import { $isTableRowNode, $createTableCellNode, TableNode } from '@lexical/table'
import {
  $createParagraphNode,
  $getSelection,
  $isElementNode,
  $isParagraphNode,
  $isRangeSelection,
  COMMAND_PRIORITY_LOW,
  INSERT_PARAGRAPH_COMMAND,
  type ElementNode,
  type LexicalEditor,
  TextNode,
  mergeRegister,
} from 'lexical'
import { registerCleanPaste } from './clipboard/paste.ts'
import { $createSectionHeadingNode, $isSectionHeadingNode, headingLevelOfTag } from './nodes/section-heading-node.ts'

/**
 * What holds in every report text whatever a command, a paste or another program puts in: no free styles, bold and
 * underline only, headings of ours, tables without holes, and Enter before a line that leaves the line itself alone.
 */
export function registerReportText(editor: LexicalEditor): () => void {
  return mergeRegister(
    editor.registerNodeTransform(TextNode, $reduceStyle),
    editor.registerNodeTransform(HeadingNode, $toSectionHeading),
    editor.registerNodeTransform(TableNode, $fillTable),
    editor.registerCommand(INSERT_PARAGRAPH_COMMAND, $insertParagraphBefore, COMMAND_PRIORITY_LOW),
    registerCleanPaste(editor),
  )
}

const BOLD = 1
const UNDERLINE = 8

function $reduceStyle(node: TextNode) {
  if (node.getStyle() !== '') node.setStyle('')
  const format = node.getFormat() & (BOLD | UNDERLINE)
  if (format !== node.getFormat()) node.setFormat(format)
}

function $toSectionHeading(node: HeadingNode) {
  if (!$isHeadingNode(node)) return
  const heading = $createSectionHeadingNode({ level: headingLevelOfTag(node.getTag()) })
  heading.setFormat(node.getFormatType())
  node.replace(heading, true)
}

/** A row and a column added at the same time leave a hole; most commands on tables fail over one. */
function $fillTable(table: TableNode) {
  const rows = table.getChildren().filter($isTableRowNode)
  const width = Math.max(0, ...rows.map((row) => row.getChildrenSize()))
  for (const row of rows) {
    if (hasSpans(row)) return
    for (let missing = width - row.getChildrenSize(); missing > 0; missing--)
      row.append($createTableCellNode().append($createParagraphNode()))
  }
}

const hasSpans = (row: ElementNode) =>
  row.getChildren().some((cell) => 'getColSpan' in cell && ((cell as { __colSpan?: number }).__colSpan ?? 1) > 1)

/** Enter at the start of a line puts an empty one before it; moving the text down would lose what others type in it. */
function $insertParagraphBefore(): boolean {
  const selection = $getSelection()
  if (!$isRangeSelection(selection) || !selection.isCollapsed()) return false
  const { anchor } = selection
  const node = anchor.getNode()
  const block = $isElementNode(node) && !node.isInline() ? node : node.getParent()
  if (block === null || !($isSectionHeadingNode(block) || $isParagraphNode(block)) || block.isEmpty()) return false
  const isAtStart = anchor.offset === 0 && (node === block || node === block.getFirstChild())
  if (!isAtStart) return false
  block.insertBefore($createParagraphNode())
  return true
}
