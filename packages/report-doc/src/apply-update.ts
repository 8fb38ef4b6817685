import * as Y from 'yjs'

/**
 * Applies an update of others without writing anything itself. Plain `Y.applyUpdate` then removes formats that have
 * become redundant, as an edit of its own: a copy that does not send this on (a reader, a server that stores states)
 * differs from everybody else's from then on.
 */
export function applyQuietly(doc: Y.Doc, update: Uint8Array, origin: unknown): void {
  quietly(doc, origin, () => Y.applyUpdate(doc, update, origin))
}

/** The same for a function that applies updates by itself, such as the reader of a sync message. */
export function quietly(doc: Y.Doc, origin: unknown, apply: () => void): void {
  doc.transact((transaction) => {
    apply()
    // Yjs tidies up after transactions from outside only, and `applyUpdate` marks this one as such.
    transaction.local = true
  }, origin)
}
