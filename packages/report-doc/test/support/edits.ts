import { $createListItemNode, $createListNode, $isListItemNode, ListNode } from '@lexical/list'
import {
  $createTableNodeWithDimensions,
  $deleteTableColumn,
  $insertTableColumnAtNode,
  $insertTableRowAtNode,
  $isTableCellNode,
  $isTableRowNode,
  $isTableNode,
  type TableNode,
} from '@lexical/table'
import {
  $createLineBreakNode,
  $createParagraphNode,
  $createRangeSelection,
  $createTextNode,
  $getRoot,
  $isElementNode,
  $isTextNode,
  $setSelection,
  type ElementNode,
  type RangeSelection,
  type TextNode,
} from 'lexical'
import {
  $createFactFieldNode,
  $createScoreFieldNode,
  $isSectionHeadingNode,
  $setSectionLevel,
  SECTION_LEVELS,
} from '../../src/editor/index.ts'
import type { Person } from './people.ts'
import type { Random } from './random.ts'

/** One random thing somebody does in the text. */
export function editSomething(random: Random, person: Person): void {
  const { undoManager } = person.collaboration
  if (random.chance(0.08)) {
    person.editor.read(() => {})
    if (random.chance(0.3)) undoManager.redo()
    else undoManager.undo()
    return
  }
  if (random.chance(0.1)) undoManager.stopCapturing()
  const $edit = random.pick(EDITS)
  // An edit that is left pending is committed by the next one, or before something from others is shown.
  const isPending = random.chance(0.2)
  person.editor.update(() => $edit(random), isPending ? {} : { discrete: true })
}

/** Types a text somewhere, at times into a place just made. Nothing is ever deleted or moved. False if there is no place. */
export function insertSomething(random: Random, person: Person, token: string): boolean {
  let isTyped = false
  person.editor.update(
    () => {
      if (random.chance(0.15)) random.pick(GROWTHS)(random)
      const caret = $caretSomewhere(random)
      caret?.insertText(token)
      isTyped = caret !== null
    },
    { discrete: true },
  )
  return isTyped
}

const $typeWord = (random: Random) => $caretSomewhere(random)?.insertText(random.pick(WORDS))

const EDITS: readonly ((random: Random) => void)[] = [
  $typeWord,
  $typeWord,
  $typeWord,
  $typeWord,
  $deleteRange,
  $deleteRange,
  $format,
  $pressEnter,
  $pressEnter,
  $joinWithPrevious,
  $changeLevel,
  $makeList,
  $addListItem,
  $removeListItem,
  $addTable,
  $addRow,
  $removeRow,
  $addColumn,
  $removeColumn,
  $addField,
  $removeBlock,
  $duplicateBlock,
  $breakLine,
]
const GROWTHS: readonly ((random: Random) => void)[] = [$addParagraph, $addListItem, $addRow, $addTable]

const WORDS = ['绩效', '目标完成', '。', '2021年', 'a', 'bc ', '😀', '\t', '资金足额到位，']

function $caretSomewhere(random: Random): RangeSelection | null {
  const block = $someTextBlock(random)
  if (block === null) return null
  const texts = block.getChildren().filter($isTextNode)
  const selection = $createRangeSelection()
  if (texts.length === 0) {
    const offset = random.below(block.getChildrenSize() + 1)
    for (const point of [selection.anchor, selection.focus]) point.set(block.getKey(), offset, 'element')
  } else {
    const text = random.pick(texts)
    const offset = $someOffset(random, text)
    for (const point of [selection.anchor, selection.focus]) point.set(text.getKey(), offset, 'text')
  }
  $setSelection(selection)
  return selection
}

/** A caret cannot stand inside a surrogate pair. */
function $someOffset(random: Random, text: TextNode): number {
  const content = text.getTextContent()
  const offset = random.below(content.length + 1)
  const code = content.charCodeAt(offset)
  return code >= 0xdc00 && code < 0xe000 ? offset - 1 : offset
}

/** Some text, at most two blocks long. */
function $rangeSomewhere(random: Random): RangeSelection | null {
  const selection = $caretSomewhere(random)
  if (selection === null || selection.anchor.type !== 'text') return null
  const start = selection.anchor.getNode() as TextNode
  const candidates = [start, start.getNextSibling(), ...($nextBlock(start)?.getChildren() ?? [])].filter($isTextNode)
  const end = random.chance(0.8) ? start : random.pick(candidates)
  selection.focus.set(end.getKey(), $someOffset(random, end), 'text')
  $setSelection(selection)
  return selection
}

function $nextBlock(text: TextNode): ElementNode | null {
  const next = text.getParent()?.getNextSibling() ?? null
  return $isElementNode(next) ? next : null
}

function $deleteRange(random: Random) {
  $rangeSomewhere(random)?.removeText()
}

function $format(random: Random) {
  $rangeSomewhere(random)?.formatText(random.pick(['bold', 'underline']))
}

function $pressEnter(random: Random) {
  $caretSomewhere(random)?.insertParagraph()
}

function $breakLine(random: Random) {
  $caretSomewhere(random)?.insertNodes([$createLineBreakNode()])
}

function $joinWithPrevious(random: Random) {
  const block = $someTextBlock(random)
  const previous = block?.getPreviousSibling()
  if (!block || !$isElementNode(previous) || !isTextBlock(previous) || !isTextBlock(block)) return
  previous.append(...block.getChildren())
  block.remove()
}

function $changeLevel(random: Random) {
  $caretSomewhere(random)
  $setSectionLevel(random.chance(0.2) ? null : random.pick(SECTION_LEVELS))
}

function $makeList(random: Random) {
  const block = $someTextBlock(random)
  if (block === null || block.getParent() !== $getRoot() || $isSectionHeadingNode(block)) return
  const item = $createListItemNode().append(...block.getChildren())
  block.replace($createListNode(random.pick(['number', 'bullet'])).append(item))
}

function $addListItem(random: Random) {
  const list = $some(random, (node): node is ListNode => node instanceof ListNode)
  const items = list?.getChildren().filter($isListItemNode) ?? []
  if (items.length > 0) random.pick(items).insertAfter($createListItemNode())
}

function $removeListItem(random: Random) {
  const item = $some(random, $isListItemNode)
  const list = item?.getParent()
  item?.remove()
  if (list?.isEmpty()) list.remove()
}

function $addTable(random: Random) {
  const blocks = $getRoot().getChildren()
  if (blocks.filter($isTableNode).length >= 3) return
  random.pick(blocks).insertAfter($createTableNodeWithDimensions(2, 2, false))
}

function $addRow(random: Random) {
  const cell = $someRegularCell(random)
  if (cell) $insertTableRowAtNode(cell, random.chance(0.5))
}

function $removeRow(random: Random) {
  const row = $some(random, $isTableRowNode)
  const table = row?.getParent()
  row?.remove()
  if (table?.isEmpty()) table.remove()
}

function $addColumn(random: Random) {
  const cell = $someRegularCell(random)
  if (cell) $insertTableColumnAtNode(cell, random.chance(0.5))
}

function $removeColumn(random: Random) {
  const table = $some(random, $isTableNode)
  if (!table || !$isRegular(table)) return
  const width = $width(table)
  if (width > 1) $deleteTableColumn(table, random.below(width))
  else table.remove()
}

/** Row and column added at the same time leave a ragged table, which Lexical's commands refuse. */
function $someRegularCell(random: Random) {
  const cell = $some(random, $isTableCellNode)
  const table = cell?.getParent()?.getParent()
  return $isTableNode(table) && $isRegular(table) ? cell : null
}
const $isRegular = (table: TableNode) =>
  table.getChildren().every((row) => $isElementNode(row) && row.getChildrenSize() === $width(table))
const $width = (table: TableNode) => {
  const row = table.getFirstChild()
  return $isElementNode(row) ? row.getChildrenSize() : 0
}

function $addField(random: Random) {
  const field = random.chance(0.7)
    ? $createScoreFieldNode({
        indicatorId: random.pick(['gd.decision', 'gd.output', null]),
        column: 'self',
        form: 'score',
      })
    : $createFactFieldNode('budgetAmount')
  $caretSomewhere(random)?.insertNodes([field])
}

function $removeBlock(random: Random) {
  const blocks = $getRoot().getChildren()
  if (blocks.length > 2) random.pick(blocks).remove()
}

/** Equal blocks side by side are what the stock binding gets wrong. */
function $duplicateBlock(random: Random) {
  const block = random.pick($getRoot().getChildren())
  if (!$isElementNode(block) || !isTextBlock(block)) return
  const copy = $createParagraphNode()
  block.insertAfter(copy.append($createTextNode(block.getTextContent() || 'x')))
}

function $addParagraph(random: Random) {
  random.pick($getRoot().getChildren()).insertAfter($createParagraphNode())
}

const TEXT_BLOCKS = new Set(['paragraph', 'section', 'listitem'])
const isTextBlock = (node: ElementNode) => TEXT_BLOCKS.has(node.getType())

const $someTextBlock = (random: Random) =>
  $some(random, (node): node is ElementNode => $isElementNode(node) && isTextBlock(node))

function $some<T extends ElementNode>(random: Random, test: (node: ElementNode) => node is T): T | null {
  const found = $descendants($getRoot()).filter(test)
  return found.length === 0 ? null : random.pick(found)
}

function $descendants(parent: ElementNode): ElementNode[] {
  return parent.getChildren().flatMap((node) => ($isElementNode(node) ? [node, ...$descendants(node)] : []))
}
