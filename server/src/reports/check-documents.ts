import { checkDocument, createHeadlessEditor } from '@gongping/report-doc/editor'
import * as Y from 'yjs'

const editor = createHeadlessEditor()

/**
 * Whether what was stored is a document the editor can open: nothing waits for edits that never came, and the text holds
 * only nodes the editor knows, where it expects them.
 *
 * @param docs the stored documents; only the text can be beyond the editor
 * @returns what is wrong; undefined when nothing is
 */
export function findUnopenable(docs: { narrative: Y.Doc } & Readonly<Record<string, Y.Doc>>): string | undefined {
  for (const [part, doc] of Object.entries(docs)) {
    if (doc.store.pendingStructs || doc.store.pendingDs) return `${part} waits for edits that are not stored`
  }
  try {
    checkDocument(editor, docs.narrative.get('body', Y.XmlElement))
    return undefined
  } catch (error) {
    return `narrative: ${String(error)}`
  }
}
