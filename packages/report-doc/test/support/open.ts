import { PARTS, type Part } from '@gongping/permissions'
import * as Y from 'yjs'

/** Four fresh documents that hold what a report was seeded with. */
export function open(updates: Record<Part, Uint8Array>): Record<Part, Y.Doc> {
  const docs = Object.fromEntries(PARTS.map((part) => [part, new Y.Doc()])) as Record<Part, Y.Doc>
  for (const part of PARTS) Y.applyUpdate(docs[part], updates[part])
  return docs
}
