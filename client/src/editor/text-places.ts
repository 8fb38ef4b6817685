import { $isSectionHeadingNode } from '@gongping/report-doc/editor'
import { LOOSE_SECTION } from '@gongping/report-doc'
import { $isListNode } from '@lexical/list'
import { $isHeadingNode } from '@lexical/rich-text'
import { $isTableNode } from '@lexical/table'
import { $getRoot, $isElementNode, type LexicalNode, type NodeKey } from 'lexical'

/** Where the positional ids of the plain narrative are in the editor, and back. */
export interface TextPlaces {
  /** Node key of the heading of a section, of a paragraph, list or table. */
  readonly keys: ReadonlyMap<string, NodeKey>
  /** Section of every top-level node. */
  readonly sections: ReadonlyMap<NodeKey, string>
  /** Headings in reading order. */
  readonly headings: readonly { readonly sectionId: string; readonly key: NodeKey }[]
}

/** Gives sections and blocks the same ids as `readNarrative` does, from the editor's nodes. */
export function $readTextPlaces(): TextPlaces {
  const keys = new Map<string, NodeKey>()
  const sections = new Map<NodeKey, string>()
  const headings: { sectionId: string; key: NodeKey }[] = []
  const open: { id: string; level: number; children: number; blocks: number }[] = []
  let topLevel = 0
  const loose = { id: LOOSE_SECTION, level: 1, children: 0, blocks: 0 }
  for (const node of $getRoot().getChildren()) {
    const level = $headingLevel(node)
    if (level !== null) {
      while (open.length > 0 && open.at(-1)!.level >= level) open.pop()
      const parent = open.at(-1)
      const position = parent ? ++parent.children : ++topLevel
      const id = parent ? `${parent.id}.${position}` : `s${position}`
      open.push({ id, level, children: 0, blocks: 0 })
      keys.set(id, node.getKey())
      sections.set(node.getKey(), id)
      headings.push({ sectionId: id, key: node.getKey() })
      continue
    }
    const section = open.at(-1) ?? loose
    sections.set(node.getKey(), section.id)
    if ($isListNode(node) && node.isEmpty()) continue
    if ($isTableNode(node) && node.isEmpty()) continue
    if (section === loose && section.blocks === 0) {
      if ($isElementNode(node) && node.getTextContent().trim() === '' && node.getChildrenSize() === 0) continue
      keys.set(LOOSE_SECTION, node.getKey())
    }
    section.blocks++
    keys.set(`${section.id}.p${section.blocks}`, node.getKey())
  }
  return { keys, sections, headings }
}

function $headingLevel(node: LexicalNode): number | null {
  if ($isSectionHeadingNode(node)) return node.getLevel()
  if ($isHeadingNode(node)) return Math.min(5, Number(node.getTag().slice(1)))
  return null
}
