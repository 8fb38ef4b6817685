import { FRAME, SYNC } from '@gongping/protocol'
import { ByteWriter } from './bytes.ts'

/**
 * Frames on their way out, shared by every socket that gets the same ones. The bytes on the line (WebSocket headers and
 * payloads together) are built once, at the first socket.
 */
export class Outgoing {
  readonly payloads: readonly Uint8Array[]
  #line: Uint8Array | undefined

  constructor(payloads: readonly Uint8Array[]) {
    this.payloads = payloads
  }

  /** Unmasked, unfragmented binary frames (RFC 6455, 5.2), one after the other. */
  get line(): Uint8Array {
    return (this.#line ??= join(this.payloads))
  }
}

export const updateFrame = (update: Uint8Array) => syncFrame(SYNC.update, update)
export const step1Frame = (stateVector: Uint8Array) => syncFrame(SYNC.step1, stateVector)
export const step2Frame = (update: Uint8Array) => syncFrame(SYNC.step2, update)

function syncFrame(kind: number, bytes: Uint8Array): Uint8Array {
  return new ByteWriter().varUint(FRAME.sync).varUint(kind).varBytes(bytes).finish()
}

function join(payloads: readonly Uint8Array[]): Uint8Array {
  const line = new Uint8Array(payloads.reduce((sum, { length }) => sum + length + headerLength(length), 0))
  const view = new DataView(line.buffer)
  let at = 0
  for (const payload of payloads) {
    const { length } = payload
    view.setUint8(at, 0x82)
    if (length < 126) view.setUint8(at + 1, length)
    else if (length < 65_536) {
      view.setUint8(at + 1, 126)
      view.setUint16(at + 2, length)
    } else {
      view.setUint8(at + 1, 127)
      view.setBigUint64(at + 2, BigInt(length))
    }
    at += headerLength(length)
    line.set(payload, at)
    at += length
  }
  return line
}

const headerLength = (length: number) => (length < 126 ? 2 : length < 65_536 ? 4 : 10)
