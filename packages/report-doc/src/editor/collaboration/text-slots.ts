import type { BindingV2 } from '@lexical/yjs'
import { $getNodeByKey, $isElementNode, type NodeKey } from 'lexical'
import * as Y from 'yjs'

const TEXT_BLOCKS = new Set(['paragraph', 'section', 'heading', 'quote', 'listitem'])

/**
 * Gives every empty block of text an empty shared text, so that two people who begin to type in it at the same time
 * write into one. Only whoever made or emptied the block does it; two slots would be as bad as none.
 */
export function $ensureTextSlots(binding: BindingV2, keys: Iterable<NodeKey>): void {
  for (const key of keys) {
    const node = $getNodeByKey(key)
    if (!$isElementNode(node) || !TEXT_BLOCKS.has(node.getType()) || !node.isEmpty()) continue
    const type = binding.mapping.getSharedType(node)
    if (type instanceof Y.XmlElement && type.length === 0) type.insert(0, [new Y.XmlText()])
  }
}
