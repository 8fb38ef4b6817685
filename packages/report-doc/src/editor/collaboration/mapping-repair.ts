import type { BindingV2 } from '@lexical/yjs'
import { $getRoot, $isElementNode, $isTextNode, type ElementNode, type LexicalNode, type TextNode } from 'lexical'
import * as Y from 'yjs'

type Mapping = BindingV2['mapping']
/** What Yjs children stand for: a node, or a run of text nodes side by side. */
type Content = LexicalNode | TextNode[]
type Shared = Y.XmlElement | Y.XmlText[]

/**
 * Makes every Yjs element point to the node that stands at its place. @lexical/yjs maps only the top node of blocks it
 * takes for equal, so that of several equal blocks (empty rows, like items) the wrong ones would follow later changes;
 * and it never maps decorators, so that whoever created one would miss what others change on it.
 *
 * @returns whether editor and document hold the same tree with the same text. Call it inside a read of the editor.
 */
export function $repairMapping(binding: BindingV2): boolean {
  return $repairChildren(binding.mapping, binding.root, $getRoot())
}

function $repairChildren(mapping: Mapping, parent: Y.XmlElement, node: ElementNode): boolean {
  const contents = contentsOf(node)
  const types = typesOf(parent)
  if (contents.length !== types.length) return false
  let isSame = true
  for (const [index, type] of types.entries()) isSame = $repairOne(mapping, type, contents[index]!) && isSame
  return isSame
}

function $repairOne(mapping: Mapping, type: Shared, content: Content): boolean {
  if (Array.isArray(content)) {
    if (!Array.isArray(type)) return false
    const [first, ...others] = type
    if (first !== undefined && others.length === 0 && !isSameRun(mapping.get(first), content))
      mapping.set(first, content)
    const text = content.map((node) => node.getTextContent()).join('')
    return text === type.map((part) => Y.Text.prototype.toString.call(part)).join('')
  }
  if (!(type instanceof Y.XmlElement) || type.nodeName !== content.getType()) return false
  if (mapping.get(type) !== content || mapping.getSharedType(content) !== type) mapping.set(type, content)
  return !$isElementNode(content) || $repairChildren(mapping, type, content)
}

/**
 * Shared texts side by side, as two people leave them who begin to type at the same empty place, are one run: Lexical
 * merges their nodes. One that was emptied stays in Yjs, so that whoever types there meanwhile loses nothing.
 */
function typesOf(parent: Y.XmlElement): Shared[] {
  const shared: Shared[] = []
  for (const type of parent.toArray()) {
    const last = shared.at(-1)
    if (type instanceof Y.XmlElement) shared.push(type)
    else if (!(type instanceof Y.XmlText) || type.length === 0) continue
    else if (Array.isArray(last)) last.push(type)
    else shared.push([type])
  }
  return shared
}

function contentsOf(node: ElementNode): Content[] {
  const contents: Content[] = []
  let run: TextNode[] | null = null
  for (const child of node.getChildren()) {
    if (!$isTextNode(child)) {
      run = null
      contents.push(child)
    } else if (run === null) contents.push((run = [child]))
    else run.push(child)
  }
  return contents
}

const isSameRun = (mapped: readonly TextNode[] | undefined, run: readonly TextNode[]) =>
  mapped !== undefined && mapped.length === run.length && mapped.every((node, index) => node === run[index])
