import type { WebSocket } from 'ws'
import type { Outgoing } from './outgoing.ts'
import type { Transport } from './types.ts'

/**
 * A `ws` socket as the core's transport. Frames were built before, for all their receivers at once, so they go to the
 * network socket directly: one write for all of them. Correct as long as nothing else of `ws` writes fragments or
 * compresses, which `attachSync` rules out.
 */
export function socketTransport(socket: WebSocket): Transport {
  // Kept at hand: looking it up with each frame touches a dozen objects of 200 lines.
  let network = socket.readyState === socket.OPEN ? networkSocket(socket) : undefined
  socket.once('close', () => (network = undefined))
  return {
    send(outgoing: Outgoing) {
      if (!network || socket.readyState !== socket.OPEN) return
      const { line } = outgoing
      const [only] = line
      if (line.length === 1 && only) {
        network.write(only)
        return
      }
      network.cork()
      for (const bytes of line) network.write(bytes)
      network.uncork()
    },
    get queuedBytes() {
      return network?.writableLength ?? 0
    },
    onDrained(run) {
      if (network && network.writableLength > 0) network.once('drain', run)
      else setImmediate(run)
    },
    close: (code, reason) => socket.close(code, reason),
  }
}

interface NetworkSocket {
  /** Takes what was read from the network; `null` at its end. */
  push(chunk: Uint8Array | null): boolean
  readonly readableLength: number
  readonly readableFlowing: boolean | null
  write(bytes: Uint8Array): unknown
  once(event: 'drain', run: () => void): unknown
  cork(): void
  uncork(): void
  readonly writableLength: number
}

/** `ws` keeps it under a name of its own; undefined once the line is gone. */
export function networkSocket(socket: WebSocket): NetworkSocket | undefined {
  const { _socket: network } = socket as unknown as { readonly _socket?: NetworkSocket }
  return network
}
