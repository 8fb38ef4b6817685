import type { CloseCode } from '@gongping/protocol'
import type { WebSocket } from 'ws'
import type { Outgoing } from './outgoing.ts'
import type { Transport } from './types.ts'

/**
 * A `ws` socket as the core's transport. Frames were built before, for all their receivers at once, so they go to the
 * network socket directly: one write for all of them. Correct as long as nothing else of `ws` writes fragments or
 * compresses, which `attachSync` rules out.
 *
 * A class and not a literal: a literal with a getter has a shape of its own each time, and every look at it is a search.
 */
export class SocketTransport implements Transport {
  readonly #socket: WebSocket
  /** Kept at hand: looking it up with each frame touches a dozen objects of 200 lines. */
  #network: NetworkSocket | undefined

  constructor(socket: WebSocket) {
    this.#socket = socket
    this.#network = socket.readyState === socket.OPEN ? networkSocket(socket) : undefined
    socket.once('close', () => (this.#network = undefined))
  }

  send({ line }: Outgoing): void {
    const network = this.#network
    if (!network || this.#socket.readyState !== this.#socket.OPEN) return
    const [only] = line
    if (line.length === 1 && only) {
      network.write(only)
      return
    }
    network.cork()
    for (const bytes of line) network.write(bytes)
    network.uncork()
  }

  get queuedBytes(): number {
    return this.#network?.writableLength ?? 0
  }

  onDrained(run: () => void): void {
    if (this.#network && this.#network.writableLength > 0) this.#network.once('drain', run)
    else setImmediate(run)
  }

  close(code: CloseCode, reason: string): void {
    this.#socket.close(code, reason)
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
