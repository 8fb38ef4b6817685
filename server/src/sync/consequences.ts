import * as Y from 'yjs'
import type { DeletedRange } from './decode-update.ts'

/**
 * Whether these deletions follow from the document itself, so that whoever has it has them too, or would: what is
 * deleted already, and marks of text formats without which everything looks the same. Builds the document: a few
 * milliseconds, spent only on somebody without the pen whose client says more is deleted than the room has noted.
 */
export function follow(deletes: readonly DeletedRange[], state: Uint8Array): boolean {
  const doc = new Y.Doc({ gc: false })
  try {
    Y.applyUpdate(doc, state)
    const marks: Y.Item[] = []
    return deletes.every((range) => collectMarks(doc, range, marks)) && areSuperfluous(doc, marks)
  } finally {
    doc.destroy()
  }
}

/** @returns false when something else than a mark still stands */
function collectMarks(doc: Y.Doc, { client, clock, length }: DeletedRange, marks: Y.Item[]): boolean {
  const structs = doc.store.clients.get(client)
  if (!structs || clock + length > Y.getState(doc.store, client)) return false
  for (let index = Y.findIndexSS(structs, clock); index < structs.length; index += 1) {
    const struct = structs[index] as Y.Item | Y.GC
    if (struct.id.clock >= clock + length) return true
    if (struct.deleted) continue
    if (!(struct instanceof Y.Item && struct.content instanceof Y.ContentFormat)) return false
    marks.push(struct)
  }
  return true
}

function areSuperfluous(doc: Y.Doc, marks: readonly Y.Item[]): boolean {
  const texts = [...new Set(marks.map(({ parent }) => parent))].filter((parent) => parent instanceof Y.Text)
  const looks = () => texts.map((text) => JSON.stringify(text.toDelta()))
  const before = looks()
  doc.transact((transaction) => {
    for (const mark of marks) mark.delete(transaction)
  })
  return looks().every((look, index) => look === before[index])
}
