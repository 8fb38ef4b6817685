import { FRAME, SYNC } from '@gongping/protocol'
import { ByteWriter } from './bytes.ts'

/** Payloads up to this size are copied next to each other; larger ones go out as they lie. */
const COPY_UP_TO = 16 * 1024
/** First byte of a whole binary WebSocket frame, and the longest payload whose length fits the second. */
const BINARY = 0x82
const SHORT = 125

/**
 * Frames on their way out, shared by every socket that gets the same ones. The bytes on the line (WebSocket headers and
 * payloads together) are built once, at the first socket.
 */
export class Outgoing {
  readonly #payloads: readonly Payload[]
  #line: readonly Uint8Array[] | undefined

  constructor(payloads: readonly Payload[]) {
    this.#payloads = payloads
  }

  /** Each frame's payload, whole. */
  get payloads(): readonly Uint8Array[] {
    return this.#payloads.map((one) => (one instanceof Uint8Array ? one : Buffer.concat([one.head, one.body])))
  }

  /** Of all payloads. */
  get bytes(): number {
    return this.#payloads.reduce((sum, payload) => sum + lengthOf(payload), 0)
  }

  /** The same and one more frame, for one line only. */
  followedBy(payload: Uint8Array): Outgoing {
    const longer = new Outgoing([...this.#payloads, payload])
    // What all get is joined already; so short a piece is copied rather than written by itself.
    const [only, more] = this.line
    if (only && !more && only.length <= COPY_UP_TO && payload.length <= SHORT) {
      const joined = Buffer.allocUnsafe(only.length + 2 + payload.length)
      joined.set(only)
      joined[only.length] = BINARY
      joined[only.length + 1] = payload.length
      joined.set(payload, only.length + 2)
      longer.#line = [joined]
    }
    return longer
  }

  /** Unmasked, unfragmented binary frames (RFC 6455, 5.2), one after the other: to be written in one go. */
  get line(): readonly Uint8Array[] {
    return (this.#line ??= join(this.#payloads))
  }
}

/** A payload in one piece, or the beginning of one and the bytes that follow: those are shared and not copied. */
export type Payload = Uint8Array | { readonly head: Uint8Array; readonly body: Uint8Array }

const lengthOf = (payload: Payload) =>
  payload instanceof Uint8Array ? payload.length : payload.head.length + payload.body.length

/** The frames of one commit: everything for those who wrote nothing, everything but their own for those who did. */
export class OutgoingList {
  readonly all: Outgoing
  readonly #payloads: readonly Uint8Array[]

  constructor(payloads: readonly Uint8Array[]) {
    this.#payloads = payloads
    this.all = new Outgoing(payloads)
  }

  /** @returns undefined when nothing is left */
  without(isOwn: (index: number) => boolean): Outgoing | undefined {
    const payloads = this.#payloads.filter((_, index) => !isOwn(index))
    return payloads.length > 0 ? new Outgoing(payloads) : undefined
  }
}

export const updateFrame = (update: Uint8Array) => syncFrame(SYNC.update, update)
export const step1Frame = (stateVector: Uint8Array) => syncFrame(SYNC.step1, stateVector)

/** As `encodeExt` writes it; at typing rates there is one for every few edits. @param at ISO time */
export function savedFrame(frames: number, at: string): Uint8Array {
  const json = `{"type":"saved","frames":${frames},"at":"${at}"}`
  const bytes = new ByteWriter(json.length + 8).varUint(FRAME.ext).varUint(json.length)
  return bytes.ascii(json).finish()
}

/** The document itself is not copied. */
export function step2Frame(update: Uint8Array): Payload {
  if (update.length <= COPY_UP_TO) return syncFrame(SYNC.step2, update)
  const head = new ByteWriter().varUint(FRAME.sync).varUint(SYNC.step2).varUint(update.length).finish()
  return { head, body: update }
}

function syncFrame(kind: number, bytes: Uint8Array): Uint8Array {
  return new ByteWriter(bytes.length + 8).varUint(FRAME.sync).varUint(kind).varBytes(bytes).finish()
}

function join(payloads: readonly Payload[]): Uint8Array[] {
  const line: Uint8Array[] = []
  let small: Uint8Array[] = []
  const flush = () => {
    if (small.length > 0) line.push(small.length === 1 ? (small[0] as Uint8Array) : Buffer.concat(small))
    small = []
  }
  for (const payload of payloads) {
    small.push(header(lengthOf(payload)))
    if (payload instanceof Uint8Array && payload.length <= COPY_UP_TO) {
      small.push(payload)
      continue
    }
    if (!(payload instanceof Uint8Array)) small.push(payload.head)
    flush()
    line.push(payload instanceof Uint8Array ? payload : payload.body)
  }
  flush()
  return line
}

function header(length: number): Uint8Array {
  if (length <= SHORT) return Uint8Array.of(BINARY, length)
  if (length < 65_536) return Uint8Array.of(BINARY, 126, length >>> 8, length & 0xff)
  const bytes = new Uint8Array(10)
  bytes[0] = BINARY
  bytes[1] = 127
  new DataView(bytes.buffer).setBigUint64(2, BigInt(length))
  return bytes
}
