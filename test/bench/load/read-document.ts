import * as Y from 'yjs'
import { LoadClient, type LoadClientEvents, type Line } from './load-client.ts'

const WAIT_MS = 15_000

/**
 * Joins as a newcomer and applies what comes to a real Y.Doc.
 *
 * @param isComplete asked after each sync frame with the bytes they held so far; after a while the document is returned
 *   as it is
 * @param stateVector what the newcomer says it has; nothing by default
 */
export async function readDocument(
  line: Line,
  isComplete: (doc: Y.Doc, bytes: number) => boolean,
  stateVector?: Uint8Array,
): Promise<Y.Doc> {
  const doc = new Y.Doc()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let received = 0
  const events: LoadClientEvents = {
    onSync(_, bytes, start, end) {
      received += end - start
      Y.applyUpdate(doc, new Uint8Array(bytes.subarray(start, end)))
      if (isComplete(doc, received)) resolve()
    },
    onClose: (code) => reject(new Error(`${line.path} was closed with ${code}`)),
  }
  const client = new LoadClient(line, events, stateVector)
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
