import { $isListNode } from '@lexical/list'
import { $isTableNode } from '@lexical/table'
import { $isHeadingNode } from '@lexical/rich-text'
import { $getRoot, $isElementNode, $isParagraphNode, type NodeKey } from 'lexical'
import { FIELD_CHAR } from '@gongping/scoring'
import { createBlockIds } from '../block-ids.ts'
import { $isFactFieldNode } from './nodes/fact-field-node.ts'
import { $isScoreFieldNode } from './nodes/score-field-node.ts'
import { $isSectionHeadingNode, headingLevelOfTag } from './nodes/section-heading-node.ts'

/**
 * The editor's nodes by the ids that the plain narrative, its findings and the outline use: sections (`s4.1`, their
 * heading) and blocks (`s4.1.p2`), in the order of the text. Good until the next change.
 */
export function $blockKeys(): ReadonlyMap<string, NodeKey> {
  const ids = createBlockIds()
  const keys = new Map<string, NodeKey>()
  for (const node of $getRoot().getChildren()) {
    if ($isSectionHeadingNode(node)) keys.set(ids.heading(node.getLevel()).id, node.getKey())
    else if ($isHeadingNode(node)) keys.set(ids.heading(headingLevelOfTag(node.getTag())).id, node.getKey())
    else if ($isElementNode(node)) {
      if ($isListNode(node) && node.isEmpty()) continue
      if ($isTableNode(node) && !node.getChildren().some((row) => $isElementNode(row) && !row.isEmpty())) continue
      const id = ids.block({ isBlank: $isParagraphNode(node) && $plainText(node).trim() === '' })?.id
      if (id !== undefined) keys.set(id, node.getKey())
    }
  }
  return keys
}

/** A field counts as text whatever it shows. */
const $plainText = (paragraph: { getChildren(): Parameters<typeof $isScoreFieldNode>[0][] }) =>
  paragraph
    .getChildren()
    .map((node) => ($isScoreFieldNode(node) || $isFactFieldNode(node) ? FIELD_CHAR : (node?.getTextContent() ?? '')))
    .join('')
