import {
  $createParagraphNode,
  $getSelection,
  $isParagraphNode,
  $isRangeSelection,
  $isRootNode,
  type ElementNode,
  type LexicalNode,
} from 'lexical'
import { $isHeadingNode } from '@lexical/rich-text'
import { $createSectionHeadingNode, $isSectionHeadingNode, type SectionLevel } from './nodes/section-heading-node.ts'

/** Makes the selected paragraphs headings of a level, changes the level of selected headings, or takes it away (null). */
export function $setSectionLevel(level: SectionLevel | null): void {
  for (const block of $selectedBlocks()) {
    if (level === null) {
      if (!$isParagraphNode(block)) $replaceBlock(block, $createParagraphNode())
    } else if ($isSectionHeadingNode(block)) block.setLevel(level)
    else $replaceBlock(block, $createSectionHeadingNode({ level }))
  }
}

/** The level all selected headings share, null when there is a paragraph among them or they differ. */
export function $getSectionLevel(): SectionLevel | null {
  const levels = new Set($selectedBlocks().map((block) => ($isSectionHeadingNode(block) ? block.getLevel() : null)))
  const [level] = levels
  return levels.size === 1 ? (level ?? null) : null
}

type Block = ElementNode

/** Paragraphs and headings of the text itself; lists have no level, and what is in a table is no heading. */
function $selectedBlocks(): readonly Block[] {
  const selection = $getSelection()
  if (!$isRangeSelection(selection)) return []
  const blocks = new Set<Block>()
  for (const node of [selection.anchor.getNode(), ...selection.getNodes(), selection.focus.getNode()]) {
    const block: LexicalNode | null = node.getTopLevelElement()
    if (!$isRootNode(block?.getParent())) continue
    if ($isParagraphNode(block) || $isSectionHeadingNode(block) || $isHeadingNode(block)) blocks.add(block)
  }
  return [...blocks]
}

function $replaceBlock(block: Block, by: Block) {
  by.setFormat(block.getFormatType())
  block.replace(by, true)
}
