import * as Y from 'yjs'
import { LoadClient, type Line } from './load-client.ts'

const WAIT_MS = 15_000

/**
 * Joins as a newcomer and applies what comes to a real Y.Doc.
 *
 * @param isComplete asked after each sync frame; after a while the document is returned as it is
 */
export async function readDocument(line: Line, isComplete: (doc: Y.Doc) => boolean): Promise<Y.Doc> {
  const doc = new Y.Doc()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const client = new LoadClient(line, {
    onSync(_, bytes, start, end) {
      Y.applyUpdate(doc, new Uint8Array(bytes.subarray(start, end)))
      if (isComplete(doc)) resolve()
    },
    onClose: (code) => reject(new Error(`${line.path} was closed with ${code}`)),
  })
  const late = setTimeout(resolve, WAIT_MS)
  try {
    await promise
    return doc
  } finally {
    clearTimeout(late)
    client.end()
  }
}

/** @param clocks keystrokes by writer. @returns how many of them `doc` does not have */
export function countMissing(doc: Y.Doc, clocks: ReadonlyMap<number, number>): number {
  const has = Y.decodeStateVector(Y.encodeStateVector(doc))
  let missing = 0
  for (const [client, clock] of clocks) missing += Math.max(0, clock - (has.get(client) ?? 0))
  return missing
}
