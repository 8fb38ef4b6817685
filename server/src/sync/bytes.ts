/** Bytes that don't follow the format. Thrown inside this folder only; every decoding function turns it into a value. */
export class Malformed extends Error {}
/** Well-formed bytes beyond a bound. */
export class TooLarge extends Error {}

const MAX_SAFE_HIGH = 2 ** 53

/** Reads lib0's encoding with bounds; every read past the end throws Malformed, never yields garbage. */
export class ByteReader {
  readonly bytes: Uint8Array
  position = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get atEnd(): boolean {
    return this.position === this.bytes.length
  }

  byte(): number {
    const value = this.bytes[this.position]
    if (value === undefined) throw new Malformed('ends early')
    this.position += 1
    return value
  }

  /** @throws Malformed above 2^53 - 1. */
  varUint(): number {
    let value = 0
    let factor = 1
    for (;;) {
      const byte = this.byte()
      value += (byte & 0x7f) * factor
      if (value >= MAX_SAFE_HIGH) throw new Malformed('integer out of range')
      if (byte < 0x80) return value
      factor *= 128
      if (factor > MAX_SAFE_HIGH) throw new Malformed('integer too long')
    }
  }

  /** Skips lib0's signed integer: six bits, a sign, then groups of seven. */
  skipVarInt(): void {
    let byte = this.byte()
    let value = byte & 0x3f
    let factor = 64
    while (byte >= 0x80) {
      byte = this.byte()
      value += (byte & 0x7f) * factor
      factor *= 128
      if (value >= MAX_SAFE_HIGH || factor > MAX_SAFE_HIGH) throw new Malformed('integer out of range')
    }
  }

  skip(length: number): void {
    if (length > this.bytes.length - this.position) throw new Malformed('ends early')
    this.position += length
  }

  /** A view into the same memory. */
  view(length: number): Uint8Array {
    const start = this.position
    this.skip(length)
    return this.bytes.subarray(start, this.position)
  }

  varBytes(): Uint8Array {
    return this.view(this.varUint())
  }

  /** The same as bytes of their own: they stay as they are, and keep no larger buffer in memory. */
  ownVarBytes(): Uint8Array {
    const length = this.varUint()
    const start = this.position
    this.skip(length)
    return length > SHORT ? this.bytes.slice(start, this.position) : copyShort(this.bytes, start, length)
  }

  /** Skips a string, checking its UTF-8; returns its length in UTF-16 units, the unit Yjs counts clocks in. */
  skipString(): number {
    const length = this.varUint()
    const start = this.position
    this.skip(length)
    return utf16Length(this.bytes, start, this.position)
  }

  string(): string {
    const bytes = this.varBytes()
    try {
      return utf8.decode(bytes)
    } catch {
      throw new Malformed('no UTF-8')
    }
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** V8 keeps arrays up to this size among its own objects, until somebody asks for a view of one: that costs ten times as much. */
const SHORT = 64

function copyShort(bytes: Uint8Array, start: number, length: number): Uint8Array {
  const copy = new Uint8Array(length)
  for (let at = 0; at < length; at += 1) copy[at] = bytes[start + at] as number
  return copy
}

/** How many bytes lib0 writes for an unsigned integer. */
export function varUintLength(value: number): number {
  let length = 1
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) length += 1
  return length
}

/** @throws Malformed where a fatal TextDecoder would throw: overlong forms, surrogates, values above U+10FFFF, cut sequences. */
function utf16Length(bytes: Uint8Array, start: number, end: number): number {
  let units = 0
  let at = start
  while (at < end) {
    const lead = bytes[at] as number
    if (lead < 0x80) {
      at += 1
      units += 1
      continue
    }
    const more =
      lead >= 0xc2 && lead <= 0xdf ? 1 : lead >= 0xe0 && lead <= 0xef ? 2 : lead >= 0xf0 && lead <= 0xf4 ? 3 : 0
    if (more === 0 || at + more >= end) throw new Malformed('no UTF-8')
    const second = bytes[at + 1] as number
    const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
    const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
    if (second < low || second > high) throw new Malformed('no UTF-8')
    for (let follow = 2; follow <= more; follow += 1) {
      if (((bytes[at + follow] as number) & 0xc0) !== 0x80) throw new Malformed('no UTF-8')
    }
    at += more + 1
    units += more === 3 ? 2 : 1
  }
  return units
}

/** Grows as needed; writes lib0's encoding. */
export class ByteWriter {
  #bytes: Uint8Array
  #length = 0

  /** @param size expected, in bytes */
  constructor(size = 64) {
    this.#bytes = new Uint8Array(size)
  }

  varUint(value: number): this {
    let rest = value
    while (rest >= 0x80) {
      this.byte(0x80 | (rest % 128))
      rest = Math.floor(rest / 128)
    }
    return this.byte(rest)
  }

  byte(value: number): this {
    this.#reserve(1)
    this.#bytes[this.#length++] = value
    return this
  }

  /** @param start of what is written of `bytes`, up to `end` */
  raw(bytes: Uint8Array, start = 0, end = bytes.length): this {
    const length = end - start
    this.#reserve(length)
    if (length <= SHORT) {
      for (let at = 0; at < length; at += 1) this.#bytes[this.#length + at] = bytes[start + at] as number
    } else this.#bytes.set(length === bytes.length ? bytes : bytes.subarray(start, end), this.#length)
    this.#length += length
    return this
  }

  varBytes(bytes: Uint8Array): this {
    return this.varUint(bytes.length).raw(bytes)
  }

  string(text: string): this {
    return this.varBytes(encoder.encode(text))
  }

  /** @param text of units below 128, without its length */
  ascii(text: string): this {
    this.#reserve(text.length)
    for (let at = 0; at < text.length; at += 1) this.#bytes[this.#length++] = text.charCodeAt(at)
    return this
  }

  /** What was written. The writer is of no use afterwards. */
  finish(): Uint8Array {
    const unused = this.#bytes.length - this.#length
    if (unused === 0) return this.#bytes
    if (this.#length <= SHORT) return copyShort(this.#bytes, 0, this.#length)
    // A view keeps the whole buffer in memory; only a small remainder may come along.
    return unused > 16 ? this.#bytes.slice(0, this.#length) : this.#bytes.subarray(0, this.#length)
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}

const encoder = new TextEncoder()
