import type { WebSocket } from 'ws'
import { networkSocket } from './socket-transport.ts'

/** Longest payload whose length stands in the second byte. */
const SHORT = 125
const HEADER = 6
/** Whole, binary, no extension bits; masked, as a client's must be. */
const FIRST_BYTE = 0x82
const MASKED = 0x80

/**
 * Hands whole short binary frames over as they come from the network, past two streams and several callbacks that cost
 * more than judging what somebody typed. Whatever else comes, and a line that is not between two frames, is left to `ws`:
 * control frames, text, fragments, long or cut frames, wrong ones.
 *
 * @param receive gets each payload, unmasked; a window into a larger buffer
 */
export function readShortFrames(line: WebSocket, receive: (payload: Uint8Array) => void): void {
  const network = networkSocket(line)
  if (!network) return
  const push = network.push.bind(network)
  network.push = (chunk) => {
    if (!chunk || line.readyState !== line.OPEN || network.readableLength > 0 || !network.readableFlowing)
      return push(chunk)
    if (!isBetweenFrames(line)) return push(chunk)
    let at = 0
    while (at + HEADER <= chunk.length && chunk[at] === FIRST_BYTE) {
      const length = (chunk[at + 1] as number) - MASKED
      const start = at + HEADER
      const end = start + length
      if (length < 0 || length > SHORT || end > chunk.length) break
      unmask(chunk, start, end)
      at = end
      receive(chunk.subarray(start, end))
      // What it held may have ended the line.
      if (line.readyState !== line.OPEN) break
    }
    return at === chunk.length || push(at === 0 ? chunk : chunk.subarray(at))
  }
}

function unmask(bytes: Uint8Array, start: number, end: number): void {
  for (let at = start; at < end; at += 1) {
    bytes[at] = (bytes[at] as number) ^ (bytes[start - 4 + ((at - start) & 3)] as number)
  }
}

/** `ws` holds no beginning of a frame or of a message in several frames. It keeps that under names of its own. */
function isBetweenFrames(line: WebSocket): boolean {
  const { _receiver: receiver } = line as unknown as {
    readonly _receiver?: {
      readonly _bufferedBytes?: unknown
      readonly _state?: unknown
      readonly _fragmented?: unknown
    }
  }
  return receiver?._bufferedBytes === 0 && receiver._state === 0 && receiver._fragmented === 0
}
