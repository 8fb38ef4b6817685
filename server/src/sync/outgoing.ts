import { FRAME, SYNC } from '@gongping/protocol'
import { ByteWriter, varUintLength } from './bytes.ts'

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
    return this.#payloads.map(wholeOf)
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

export const wholeOf = (payload: Payload): Uint8Array =>
  payload instanceof Uint8Array ? payload : Buffer.concat([payload.head, payload.body])

const lengthOf = (payload: Payload) =>
  payload instanceof Uint8Array ? payload.length : payload.head.length + payload.body.length

/** The frames of one commit: everything for those who wrote nothing, everything but their own for those who did. */
export class OutgoingList {
  readonly all: Outgoing
  readonly #payloads: readonly Payload[]

  constructor(payloads: readonly Payload[]) {
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
  const size = varUintLength(FRAME.ext) + varUintLength(json.length) + json.length
  return new ByteWriter(size).varUint(FRAME.ext).varUint(json.length).ascii(json).finish()
}

/** The update itself is not copied. */
export const step2Frame = (update: Uint8Array): Payload => syncFrame(SYNC.step2, update)

function syncFrame(kind: number, body: Uint8Array): Payload {
  const { length } = body
  const size = varUintLength(FRAME.sync) + varUintLength(kind) + varUintLength(length)
  return { head: new ByteWriter(size).varUint(FRAME.sync).varUint(kind).varUint(length).finish(), body }
}

/** What is short is copied into one piece, WebSocket headers and payloads; what is long goes out as it lies. */
function join(payloads: readonly Payload[]): Uint8Array[] {
  const line: Uint8Array[] = []
  let from = 0
  let size = 0
  const flush = (to: number) => {
    if (to > from) line.push(copy(payloads.slice(from, to), size))
    from = to
    size = 0
  }
  for (const [index, payload] of payloads.entries()) {
    const length = lengthOf(payload)
    if (length <= COPY_UP_TO) {
      size += headerLength(length) + length
      continue
    }
    flush(index)
    const { head, body } = partsOf(payload)
    const start = Buffer.allocUnsafe(headerLength(length) + head.length)
    start.set(head, writeHeader(start, 0, length))
    line.push(start, body)
    from = index + 1
  }
  flush(payloads.length)
  return line
}

function copy(payloads: readonly Payload[], size: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (const payload of payloads) {
    const { head, body } = partsOf(payload)
    at = writeHeader(bytes, at, head.length + body.length)
    bytes.set(head, at)
    bytes.set(body, at + head.length)
    at += head.length + body.length
  }
  return bytes
}

const NOTHING = new Uint8Array()

const partsOf = (payload: Payload) => (payload instanceof Uint8Array ? { head: NOTHING, body: payload } : payload)

const headerLength = (length: number) => (length <= SHORT ? 2 : length < 65_536 ? 4 : 10)

/** @returns where it ends */
function writeHeader(bytes: Buffer, at: number, length: number): number {
  bytes[at] = BINARY
  if (length <= SHORT) bytes[at + 1] = length
  else if (length < 65_536) {
    bytes[at + 1] = 126
    bytes.writeUInt16BE(length, at + 2)
  } else {
    bytes[at + 1] = 127
    bytes.writeBigUInt64BE(BigInt(length), at + 2)
  }
  return at + headerLength(length)
}
