import type * as Y from 'yjs'

const quiet = new WeakSet<Y.Doc>()

/**
 * Keeps a document from writing by itself. After an update of others Yjs removes formats that have become redundant,
 * as an edit of its own. A copy that does not send this on (a reader, a server that stores states) differs from
 * everybody else's from then on, and a reader who does send it is refused. Call it right after creating the document.
 */
export function disableFormatCleanup(doc: Y.Doc): void {
  if (quiet.has(doc)) return
  quiet.add(doc)
  // Yjs decides while the types are told of the change, right before this event, and acts right after it.
  doc.on('afterTransaction', (transaction) => {
    transaction._needFormattingCleanup = false
  })
}
