import * as Y from 'yjs'

/**
 * Applies an update of others without writing anything itself. Plain `Y.applyUpdate` then removes formats that have
 * become redundant, as an edit of its own: a copy that does not send this on (a reader, a server that stores states)
 * differs from everybody else's from then on.
 */
export function applyQuietly(doc: Y.Doc, update: Uint8Array, origin: unknown): void {
  // Yjs tidies up only after transactions from outside; inside this one the update counts as local.
  doc.transact(() => Y.applyUpdate(doc, update, origin), origin)
}
