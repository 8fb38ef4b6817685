import type { LexicalEditor } from 'lexical'
import * as Y from 'yjs'
import { UnknownNodeError, UnreadableDocumentError } from './problems.ts'

/** Lexical walks the tree by recursion; our own trees are at most seven deep. */
const MAX_DEPTH = 100

/**
 * Looks for what the editor could not load, before it tries: a half-loaded editor would delete the other half.
 *
 * @throws UnknownNodeError, UnreadableDocumentError
 */
export function checkDocument(editor: LexicalEditor, parent: Y.XmlElement, depth = 0): void {
  if (depth > MAX_DEPTH) throw new UnreadableDocumentError(`nodes are nested more than ${MAX_DEPTH} deep`)
  for (const child of parent.toArray() as unknown[]) {
    if (child instanceof Y.XmlElement) {
      if (!editor._nodes.has(child.nodeName)) throw new UnknownNodeError(child.nodeName)
      checkDocument(editor, child, depth + 1)
    } else if (!(child instanceof Y.XmlText)) {
      throw new UnreadableDocumentError('something that is neither a node nor text stands in the document')
    } else if (depth === 0) {
      throw new UnreadableDocumentError('text stands in the document outside of any block')
    }
  }
}
