import { ByteReader, ByteWriter, Malformed } from './bytes.ts'
import { HAS_KEY, NO_LIMITS, decodeUpdate } from './decode-update.ts'
import type { DecodedStruct, DeletedRange } from './decode-update.ts'

/**
 * Joins updates into one of the same content, in time linear in their bytes. Each must be news on top of those before it,
 * as the guard passes it on: nothing known, no hole. Text typed in one go becomes one struct, just as it would be in a
 * document; `Y.mergeUpdates` would keep one struct per keystroke.
 *
 * @throws Malformed when one can't be read
 */
export function concatUpdates(updates: readonly Uint8Array[]): Uint8Array {
  if (updates.length === 1) return updates[0] as Uint8Array
  const lanes = new Map<number, Lane>()
  const deletes = new Map<number, DeletedRange[]>()
  for (const bytes of updates) {
    const decoded = decodeUpdate(bytes, NO_LIMITS)
    for (const { client, structs } of decoded.sections) {
      let lane = lanes.get(client)
      if (!lane) lanes.set(client, (lane = new Lane(client, structs[0]?.clock ?? 0)))
      if (structs[0]?.clock !== lane.next) throw new Malformed('an edit is missing between')
      for (const struct of structs) lane.push(struct, bytes)
    }
    for (const range of decoded.deletes) {
      const ranges = deletes.get(range.client)
      if (ranges) ranges.push(range)
      else deletes.set(range.client, [range])
    }
  }
  const writer = new ByteWriter().varUint(lanes.size)
  // Yjs writes clients in descending order, and the guard knows updates in that order as unchanged.
  for (const lane of [...lanes.values()].toSorted((one, other) => other.client - one.client)) lane.writeTo(writer)
  writer.varUint(deletes.size)
  for (const [client, ranges] of deletes) {
    const joined = join(ranges)
    writer.varUint(client).varUint(joined.length)
    for (const { clock, length } of joined) writer.varUint(clock).varUint(length)
  }
  return writer.finish()
}

/** A struct to write; `more` are strings that follow its own. */
interface Piece {
  readonly struct: DecodedStruct
  readonly source: Uint8Array
  more: Uint8Array[] | undefined
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

  push(struct: DecodedStruct, source: Uint8Array): void {
    this.next = struct.clock + struct.length
    const last = this.#pieces.at(-1)
    if (
      last &&
      !isKeyed(last.struct, last.source) &&
      !isKeyed(struct, source) &&
      continues(last, struct, this.client)
    ) {
      last.more ??= []
      last.more.push(stringOf(struct, source))
      last.length += struct.length
    } else this.#pieces.push({ struct, source, more: undefined, length: struct.length })
  }

  writeTo(writer: ByteWriter): void {
    writer.varUint(this.#pieces.length).varUint(this.client).varUint(this.#from)
    for (const { struct, source, more } of this.#pieces) {
      if (!more) {
        writer.raw(source.subarray(struct.start, struct.end))
        continue
      }
      const own = stringOf(struct, source)
      writer.raw(source.subarray(struct.start, stringStart(struct)))
      writer.varUint(more.reduce((sum, { length }) => sum + length, own.length)).raw(own)
      for (const bytes of more) writer.raw(bytes)
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

const isKeyed = ({ start }: DecodedStruct, source: Uint8Array) => ((source[start] as number) & HAS_KEY) !== 0

const stringStart = (struct: DecodedStruct) => (struct.kind === 'item' ? struct.contentStart : struct.end)

function stringOf(struct: DecodedStruct, source: Uint8Array): Uint8Array {
  const reader = new ByteReader(source)
  reader.position = stringStart(struct)
  return reader.varBytes()
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
