import { ByteReader, Malformed, TooLarge } from './bytes.ts'
import { Ranges } from './ranges.ts'

export interface StructId {
  readonly client: number
  readonly clock: number
}

interface DecodedItem {
  readonly kind: 'item'
  readonly clock: number
  readonly length: number
  /** Bytes of this struct in the update: [start, end). */
  readonly start: number
  readonly end: number
  readonly origin: StructId | undefined
  readonly rightOrigin: StructId | undefined
  /** Name of a root type, or the item that holds the parent type; undefined: that of its neighbours. */
  readonly parent: string | StructId | undefined
  /** In a map; undefined: in a list, or where its neighbours are. */
  readonly key: string | undefined
  /** Where the content begins in the update. */
  readonly contentStart: number
  /** `mark`: begin or end of a text format. */
  readonly content: 'deleted' | 'text' | 'leaf' | 'mark' | 'type' | 'subdocument'
}

export type DecodedStruct =
  | DecodedItem
  | {
      readonly kind: 'gc'
      readonly clock: number
      readonly length: number
      readonly start: number
      readonly end: number
    }
  | {
      readonly kind: 'skip'
      readonly clock: number
      readonly length: number
      readonly start: number
      readonly end: number
    }

/** Structs of one client, ascending and adjoining. */
export interface Section {
  readonly client: number
  readonly structs: readonly DecodedStruct[]
}

export interface DeletedRange {
  readonly client: number
  readonly clock: number
  readonly length: number
}

export interface DecodedUpdate {
  readonly bytes: Uint8Array
  readonly sections: readonly Section[]
  /** By client, ascending and disjoint, in whatever order and how often they were written. */
  readonly deletes: readonly DeletedRange[]
  /** The bytes have them like that, too. */
  readonly areDeletesTidy: boolean
}

export interface DecodeLimits {
  readonly maxStructs: number
  readonly maxDeletes: number
  /** Most Unicode units, elements or collected clocks in one struct. */
  readonly maxStructLength: number
  /** Nesting of plain values (JSON, Any). */
  readonly maxDepth: number
}

/** What an honest editor stays far below. A stored state has its own, wider bounds. */
export const DECODE_LIMITS: DecodeLimits = {
  maxStructs: 20_000,
  maxDeletes: 100_000,
  maxStructLength: 2 ** 24,
  maxDepth: 64,
}

export const NO_LIMITS: DecodeLimits = {
  maxStructs: Number.MAX_SAFE_INTEGER,
  maxDeletes: Number.MAX_SAFE_INTEGER,
  maxStructLength: 2 ** 40,
  maxDepth: 64,
}

const MAX_CLOCK = 2 ** 40
const TYPE_REFS = { xmlElement: 3, xmlHook: 5, last: 6 } as const
const HAS_ORIGIN = 0x80
const HAS_RIGHT_ORIGIN = 0x40
/** In the first byte of a struct, also where the key itself is left out. */
export const HAS_KEY = 0x20

/**
 * Reads a Yjs update of format V1 without a document, in one pass, every byte of it. What passes can be applied by Yjs
 * without a decoding error.
 *
 * @throws Malformed or TooLarge, nothing else.
 */
export function decodeUpdate(bytes: Uint8Array, limits: DecodeLimits = DECODE_LIMITS): DecodedUpdate {
  if (bytes[0] === 1 && bytes[1] === 1) return decodeSingle(bytes, limits)
  const sections: Section[] = []
  const rest = walk(bytes, limits, (client) => {
    const structs: DecodedStruct[] = []
    sections.push({ client, structs })
    return structs
  })
  return { bytes, sections, ...rest }
}

/** One struct of one client, as hands type: the same with little garbage. */
function decodeSingle(bytes: Uint8Array, limits: DecodeLimits): DecodedUpdate {
  const reader = new ByteReader(bytes)
  reader.skip(2)
  const client = reader.varUint()
  const struct = readStruct(reader, reader.varUint(), limits)
  if (struct.clock + struct.length > MAX_CLOCK) throw new TooLarge('clock out of range')
  const { deletes, areDeletesTidy } = readDeletes(reader, limits)
  if (!reader.atEnd) throw new Malformed('bytes after the end')
  return { bytes, sections: [{ client, structs: [struct] }], deletes, areDeletesTidy }
}

/**
 * The same for stored bytes, one struct after the other and none of them kept: a long document leaves no garbage behind
 * that is larger than itself.
 *
 * @returns what is deleted
 * @throws Malformed
 */
export function scanUpdate(
  bytes: Uint8Array,
  see: (client: number, struct: DecodedStruct) => void,
): readonly DeletedRange[] {
  return walk(bytes, NO_LIMITS, (client) => ({ push: (struct) => see(client, struct) })).deletes
}

/** @param begin called for each client, before its structs: says where they go */
function walk(
  bytes: Uint8Array,
  limits: DecodeLimits,
  begin: (client: number) => { push(struct: DecodedStruct): unknown },
): Pick<DecodedUpdate, 'deletes' | 'areDeletesTidy'> {
  const reader = new ByteReader(bytes)
  let structCount = 0
  let left = reader.varUint()
  const clients = left > 1 ? new Set<number>() : undefined
  for (; left > 0; left -= 1) {
    const count = reader.varUint()
    const client = reader.varUint()
    let clock = reader.varUint()
    structCount += count
    if (structCount > limits.maxStructs) throw new TooLarge('too many structs')
    if (count === 0 || clients?.has(client)) throw new Malformed('empty or repeated section')
    clients?.add(client)
    const structs = begin(client)
    for (let index = 0; index < count; index += 1) {
      const struct = readStruct(reader, clock, limits)
      structs.push(struct)
      clock += struct.length
      if (clock > MAX_CLOCK) throw new TooLarge('clock out of range')
    }
  }
  const deletes = readDeletes(reader, limits)
  if (!reader.atEnd) throw new Malformed('bytes after the end')
  return deletes
}

function readDeletes(reader: ByteReader, limits: DecodeLimits): Pick<DecodedUpdate, 'deletes' | 'areDeletesTidy'> {
  const deletes: DeletedRange[] = []
  let areDeletesTidy = true
  let left = reader.varUint()
  const clients = left > 1 ? new Set<number>() : undefined
  for (; left > 0; left -= 1) {
    const client = reader.varUint()
    if (clients?.has(client)) areDeletesTidy = false
    clients?.add(client)
    let end = 0
    for (let ranges = reader.varUint(); ranges > 0; ranges -= 1) {
      const clock = reader.varUint()
      const length = reader.varUint()
      if (length === 0 || clock + length > MAX_CLOCK) throw new Malformed('deletion out of range')
      if (deletes.length >= limits.maxDeletes) throw new TooLarge('too many deletions')
      if (clock < end) areDeletesTidy = false
      end = clock + length
      deletes.push({ client, clock, length })
    }
  }
  return { deletes: areDeletesTidy ? deletes : tidy(deletes), areDeletesTidy }
}

/** The same clocks asked about a hundred thousand times would be answered as often. */
function tidy(deletes: readonly DeletedRange[]): DeletedRange[] {
  const byClient = Map.groupBy(deletes, ({ client }) => client)
  return [...byClient].flatMap(([client, ranges]) => {
    const joined = new Ranges()
    joined.addAll(ranges)
    return joined.starts.map((clock, index) => ({ client, clock, length: (joined.ends[index] as number) - clock }))
  })
}

function readStruct(reader: ByteReader, clock: number, limits: DecodeLimits): DecodedStruct {
  const start = reader.position
  const info = reader.byte()
  const reference = info & 0x1f
  if (reference === 0 || reference === 10) {
    const length = checkedLength(reader.varUint(), limits)
    return { kind: reference === 0 ? 'gc' : 'skip', clock, length, start, end: reader.position }
  }
  const origin = info & HAS_ORIGIN ? readId(reader) : undefined
  const rightOrigin = info & HAS_RIGHT_ORIGIN ? readId(reader) : undefined
  let parent: string | StructId | undefined
  let key: string | undefined
  if (!origin && !rightOrigin) {
    const named = reader.varUint()
    if (named > 1) throw new Malformed('unknown kind of parent')
    parent = named === 1 ? reader.string() : readId(reader)
    if (info & HAS_KEY) {
      key = reader.string()
      refuseProto(key)
    }
  }
  const contentStart = reader.position
  const { length, content } = readContent(reader, reference, limits)
  checkedLength(length, limits)
  const end = reader.position
  return { kind: 'item', clock, length, start, end, origin, rightOrigin, parent, key, contentStart, content }
}

function readContent(
  reader: ByteReader,
  reference: number,
  limits: DecodeLimits,
): { length: number; content: DecodedItem['content'] } {
  switch (reference) {
    case 1:
      return { length: reader.varUint(), content: 'deleted' }
    case 2: {
      const length = reader.varUint()
      for (let left = length; left > 0; left -= 1) skipJson(reader, limits.maxDepth, 'undefined')
      return { length, content: 'leaf' }
    }
    case 3:
      reader.varBytes()
      return { length: 1, content: 'leaf' }
    case 4:
      return { length: reader.skipString(), content: 'text' }
    case 5:
      skipJson(reader, limits.maxDepth)
      return { length: 1, content: 'leaf' }
    case 6:
      refuseProto(reader.string())
      skipJson(reader, limits.maxDepth)
      return { length: 1, content: 'mark' }
    case 7: {
      const type = reader.varUint()
      if (type > TYPE_REFS.last) throw new Malformed('unknown type')
      if (type === TYPE_REFS.xmlElement || type === TYPE_REFS.xmlHook) reader.skipString()
      return { length: 1, content: 'type' }
    }
    case 8: {
      const length = reader.varUint()
      for (let left = length; left > 0; left -= 1) skipAny(reader, limits.maxDepth)
      return { length, content: 'leaf' }
    }
    case 9:
      reader.skipString()
      skipAny(reader, limits.maxDepth)
      return { length: 1, content: 'subdocument' }
    default:
      throw new Malformed('unknown content')
  }
}

function readId(reader: ByteReader): StructId {
  const client = reader.varUint()
  return { client, clock: reader.varUint() }
}

function checkedLength(length: number, limits: DecodeLimits): number {
  // A struct without length exists in forgeries only; Yjs would loop over it or lose count.
  if (length === 0) throw new Malformed('struct without length')
  if (length > limits.maxStructLength) throw new TooLarge('struct too long')
  return length
}

/** `__proto__` as a key changes the prototype of the object a reader builds from it. */
function refuseProto(key: string): void {
  if (key === '__proto__') throw new Malformed('forbidden key')
}

function skipJson(reader: ByteReader, maxDepth: number, alsoAllowed?: string): void {
  const text = reader.string()
  if (text === alsoAllowed) return
  if (jsonDepth(text) > maxDepth) throw new TooLarge('value nested too deeply')
  try {
    JSON.parse(text)
  } catch {
    throw new Malformed('no JSON')
  }
}

/** Nesting of brackets outside strings; an upper bound when the text is no JSON. */
export function jsonDepth(text: string): number {
  let depth = 0
  let deepest = 0
  let inString = false
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (inString) {
      if (unit === 0x5c) at += 1
      else if (unit === 0x22) inString = false
    } else if (unit === 0x22) inString = true
    else if (unit === 0x7b || unit === 0x5b) deepest = Math.max(deepest, ++depth)
    else if (unit === 0x7d || unit === 0x5d) depth -= 1
  }
  return deepest
}

/** lib0's "any": one type byte, then the value. */
function skipAny(reader: ByteReader, depthLeft: number): void {
  if (depthLeft === 0) throw new TooLarge('value nested too deeply')
  switch (reader.byte()) {
    case 127:
    case 126:
    case 121:
    case 120:
      return
    case 125:
      return reader.skipVarInt()
    case 124:
      return reader.skip(4)
    case 123:
    case 122:
      return reader.skip(8)
    case 119:
      reader.skipString()
      return
    case 118:
      for (let left = reader.varUint(); left > 0; left -= 1) {
        refuseProto(reader.string())
        skipAny(reader, depthLeft - 1)
      }
      return
    case 117:
      for (let left = reader.varUint(); left > 0; left -= 1) skipAny(reader, depthLeft - 1)
      return
    case 116:
      reader.varBytes()
      return
    default:
      throw new Malformed('unknown value')
  }
}
