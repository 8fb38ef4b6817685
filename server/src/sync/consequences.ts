import * as Y from 'yjs'
import type { DeletedRange } from './decode-update.ts'

/**
 * Whether these deletions follow from the document itself, so that whoever has it has them too. Builds the document: a
 * few milliseconds, spent only on somebody without the pen whose client says more is deleted than the room has noted.
 */
export function follow(deletes: readonly DeletedRange[], state: Uint8Array): boolean {
  const doc = new Y.Doc({ gc: false })
  try {
    Y.applyUpdate(doc, state)
    return deletes.every(({ client, clock, length }) => {
      const structs = doc.store.clients.get(client)
      if (!structs || clock + length > Y.getState(doc.store, client)) return false
      for (let index = Y.findIndexSS(structs, clock); index < structs.length; index += 1) {
        const struct = structs[index] as Y.Item | Y.GC
        if (struct.id.clock >= clock + length) return true
        if (!struct.deleted && !(struct instanceof Y.Item && struct.content instanceof Y.ContentFormat)) return false
      }
      return true
    })
  } finally {
    doc.destroy()
  }
}
