import * as Y from 'yjs'
import { ByteWriter, Malformed } from './bytes.ts'
import { HAS_KEY, NO_LIMITS, decodeUpdate } from './decode-update.ts'
import type { DecodedStruct, DecodedUpdate, DeletedRange } from './decode-update.ts'

/**
 * Joins updates into one of the same content, in time linear in their bytes. Each must be news on top of those before it,
 * as the guard passes it on: nothing known, no hole. Text typed in one go becomes one struct, just as it would be in a
 * document; `Y.mergeUpdates` would keep one struct per keystroke.
 *
 * @throws Malformed when one can't be read
 */
export function concatUpdates(updates: readonly Uint8Array[]): Uint8Array {
  return updates.length === 1
    ? (updates[0] as Uint8Array)
    : concatDecoded(updates.map((bytes) => decodeUpdate(bytes, NO_LIMITS)))
}

/** The same for rows of a log. In one of ours nothing is missing between them; where it is, the rest is joined all the same. */
export function joinRows(rows: readonly Uint8Array[]): Uint8Array {
  try {
    return concatUpdates(rows)
  } catch {
    return Y.mergeUpdates([...rows])
  }
}

/**
 * The same for updates that were read before.
 *
 * @throws Malformed when something is missing between two
 */
export function concatDecoded(updates: readonly DecodedUpdate[]): Uint8Array {
  const [first] = updates
  if (first && updates.length === 1) return first.bytes
  const lanes = new Map<number, Lane>()
  let deletes: Map<number, DeletedRange[]> | undefined
  for (const update of updates) {
    for (const { client, structs } of update.sections) {
      let lane = lanes.get(client)
      if (!lane) lanes.set(client, (lane = new Lane(client, structs[0]?.clock ?? 0)))
      if (structs[0]?.clock !== lane.next) throw new Malformed('an edit is missing between')
      for (const struct of structs) lane.push(struct, update.bytes)
    }
    for (const range of update.deletes) {
      deletes ??= new Map()
      const ranges = deletes.get(range.client)
      if (ranges) ranges.push(range)
      else deletes.set(range.client, [range])
    }
  }
  const writer = new ByteWriter().varUint(lanes.size)
  // Yjs writes clients in descending order, and the guard knows updates in that order as unchanged.
  for (const lane of [...lanes.values()].toSorted((one, other) => other.client - one.client)) lane.writeTo(writer)
  writer.varUint(deletes?.size ?? 0)
  for (const [client, ranges] of deletes ?? []) {
    const joined = join(ranges)
    writer.varUint(client).varUint(joined.length)
    for (const { clock, length } of joined) writer.varUint(clock).varUint(length)
  }
  return writer.finish()
}

/** A struct and where its bytes are. */
interface Source {
  readonly struct: DecodedStruct
  readonly bytes: Uint8Array
}

/** A struct to write; the strings of `more` follow its own. */
interface Piece extends Source {
  more: Source[] | undefined
  length: number
}

/** The structs of one client, ascending and adjoining. */
class Lane {
  readonly client: number
  /** The clock that follows. */
  next: number
  readonly #from: number
  readonly #pieces: Piece[] = []

  constructor(client: number, from: number) {
    this.client = client
    this.#from = from
    this.next = from
  }

  push(struct: DecodedStruct, bytes: Uint8Array): void {
    this.next = struct.clock + struct.length
    const last = this.#pieces.at(-1)
    if (last && !isKeyed(last.struct, last.bytes) && !isKeyed(struct, bytes) && continues(last, struct, this.client)) {
      last.more ??= []
      last.more.push({ struct, bytes })
      last.length += struct.length
    } else this.#pieces.push({ struct, bytes, more: undefined, length: struct.length })
  }

  writeTo(writer: ByteWriter): void {
    writer.varUint(this.#pieces.length).varUint(this.client).varUint(this.#from)
    for (const { struct, bytes, more } of this.#pieces) {
      if (!more) {
        writer.raw(bytes, struct.start, struct.end)
        continue
      }
      const start = stringStart(struct, bytes)
      let length = struct.end - start
      for (const next of more) length += next.struct.end - stringStart(next.struct, next.bytes)
      writer.raw(bytes, struct.start, contentStart(struct)).varUint(length).raw(bytes, start, struct.end)
      for (const next of more) writer.raw(next.bytes, stringStart(next.struct, next.bytes), next.struct.end)
    }
  }
}

/** What a split would have made two of: same neighbour on the right, and the left one is what comes before. */
function continues({ struct: before, length }: Piece, struct: DecodedStruct, client: number): boolean {
  if (struct.kind !== 'item' || before.kind !== 'item') return false
  if (struct.content !== 'text' || before.content !== 'text') return false
  const { origin, rightOrigin } = struct
  return (
    origin?.client === client &&
    origin.clock === before.clock + length - 1 &&
    struct.clock === before.clock + length &&
    rightOrigin?.client === before.rightOrigin?.client &&
    rightOrigin?.clock === before.rightOrigin?.clock
  )
}

const isKeyed = ({ start }: DecodedStruct, bytes: Uint8Array) => ((bytes[start] as number) & HAS_KEY) !== 0

const contentStart = (struct: DecodedStruct) => (struct.kind === 'item' ? struct.contentStart : struct.end)

/** Of a text: behind its length. It goes on to the struct's end. */
function stringStart(struct: DecodedStruct, bytes: Uint8Array): number {
  let at = contentStart(struct)
  while ((bytes[at] as number) >= 0x80) at += 1
  return at + 1
}

/** Disjoint ranges, ascending, as many as needed. */
function join(ranges: readonly DeletedRange[]): DeletedRange[] {
  const joined: { client: number; clock: number; length: number }[] = []
  for (const { client, clock, length } of ranges.toSorted((one, other) => one.clock - other.clock)) {
    const last = joined.at(-1)
    if (last && clock <= last.clock + last.length) last.length = Math.max(last.length, clock + length - last.clock)
    else joined.push({ client, clock, length })
  }
  return joined
}
