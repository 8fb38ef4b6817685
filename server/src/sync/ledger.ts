import { NO_LIMITS, decodeUpdate, scanUpdate } from './decode-update.ts'
import type { DecodedStruct, DecodedUpdate, DeletedRange, Section, StructId } from './decode-update.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import { LIST_NUMBERS, Runs, SEAMS, integrate } from './integrate.ts'
import type { Places } from './integrate.ts'
import { Ranges } from './ranges.ts'

/** What an accepted update adds to a ledger. */
export type LedgerChange = LedgerGrowth | LedgerTyping

export interface LedgerGrowth {
  readonly kind: 'growth'
  /** Next expected clock by client. */
  readonly clocks: ReadonlyMap<number, number>
  readonly deletes: readonly DeletedRange[]
  readonly places: Places
  /** The list of each struct that is a new one there. */
  readonly lists: readonly number[]
  /** Between structs that stood next to each other. */
  readonly seams: readonly number[]
  readonly newClientIds: readonly number[]
}

/** The same of one struct that a known client typed: nearly every change is one of these, and this leaves little garbage. */
export interface LedgerTyping {
  readonly kind: 'typing'
  readonly client: number
  readonly clock: number
  readonly next: number
  readonly place: number
  /** Where it is a new struct there. */
  readonly list: number | undefined
  readonly seams: readonly number[]
  readonly newClientIds: readonly never[]
}

/**
 * What a room has to know about its document to judge the next update: how far each client got, what is deleted, whose
 * a client id is. It never has holes: an update that would leave one is not accepted.
 */
export class Ledger {
  readonly clocks = new Map<number, number>()
  readonly deleted = new Map<number, Ranges>()
  /** Deletions that were found to follow from the document: every client makes them by itself, also one that only reads. */
  readonly implied = new Map<number, Ranges>()
  readonly owners = new Map<number, string>()
  readonly #places = new Map<number, Runs>()
  /** How many structs each list has, by its number. */
  #sizes: Uint32Array | undefined
  /** A bit for each seam that is broken. */
  #broken: Uint32Array | undefined
  /** Stored bytes whose places have not been asked for yet: only who writes needs them. */
  #unplaced: readonly Uint8Array[] = []

  /**
   * Reads stored bytes, which were judged before they were stored. They stay in memory until the first edit.
   * @throws Malformed when they are damaged.
   */
  static of(stored: readonly Uint8Array[], owners: ReadonlyMap<number, string>): Ledger {
    const ledger = new Ledger()
    for (const [client, userId] of owners) ledger.owners.set(client, userId)
    for (const bytes of stored)
      addAll(
        ledger.deleted,
        scanUpdate(bytes, (client, struct) => ledger.#take(client, struct)),
      )
    ledger.#unplaced = stored
    return ledger
  }

  /** Other bytes of the same content take the place of those it was made of, if it still needs any. */
  retain(stored: readonly Uint8Array[]): void {
    if (this.#unplaced.length > 0) this.#unplaced = stored
  }

  /**
   * Takes in a row that was judged and stored elsewhere, when it goes on exactly where this ledger is. A client id that
   * begins in it is its writer's.
   *
   * @returns false when it does not, because the ledger is ahead with edits that wait for their commit; nothing is taken in
   * @throws Malformed when the bytes are damaged
   */
  follow(bytes: Uint8Array, userId: string, taken: Set<number>): boolean {
    const update = decodeUpdate(bytes, NO_LIMITS)
    if (update.sections.some(({ client, structs }) => structs[0]?.clock !== this.nextClock(client))) return false
    this.#absorb(update)
    for (const client of beginningIn(update.sections)) if (!this.own(client, userId)) taken.add(client)
    return true
  }

  /** @returns false when it was taken for somebody else's */
  own(client: number, userId: string): boolean {
    const before = this.owners.get(client)
    this.owners.set(client, userId)
    return before === undefined || before === userId
  }

  #absorb({ sections, deletes }: Pick<DecodedUpdate, 'sections' | 'deletes'>): void {
    const integrated = integrate(sections, this, undefined)
    if (integrated.outcome === 'complete') this.#put(integrated)
    for (const { client, structs } of sections) for (const struct of structs) this.#take(client, struct)
    addAll(this.deleted, deletes)
  }

  #take(client: number, struct: DecodedStruct): void {
    if (struct.kind === 'skip') return
    const next = struct.clock + struct.length
    if (next > this.nextClock(client)) this.clocks.set(client, next)
    if (struct.kind === 'gc' || struct.content === 'deleted') rangesOf(this.deleted, client).add(struct.clock, next)
  }

  nextClock(client: number): number {
    return this.clocks.get(client) ?? 0
  }

  placeAt({ client, clock }: StructId): number {
    if (this.#unplaced.length > 0) this.#place()
    return this.#places.get(client)?.at(clock) ?? 0
  }

  sizeOf(list: number): number {
    if (this.#unplaced.length > 0) this.#place()
    return this.#sizes?.[list] ?? 0
  }

  isBroken(seam: number): boolean {
    if (this.#unplaced.length > 0) this.#place()
    return (((this.#broken?.[seam >>> 5] ?? 0) >>> (seam & 31)) & 1) === 1
  }

  advance(change: LedgerChange, userId: string): void {
    if (change.kind === 'typing') return this.#type(change)
    for (const [client, clock] of change.clocks) this.clocks.set(client, clock)
    addAll(this.deleted, change.deletes)
    this.#put(change)
    for (const client of change.newClientIds) this.owners.set(client, userId)
  }

  #type({ client, clock, next, place, list, seams }: LedgerTyping): void {
    if (this.#unplaced.length > 0) this.#place()
    this.clocks.set(client, next)
    const known = this.#places.get(client)
    if (known) known.append(clock, place)
    else this.#places.set(client, new Runs().append(clock, place))
    if (list !== undefined) this.#count([list], seams)
  }

  imply(deletes: readonly DeletedRange[]): void {
    addAll(this.implied, deletes)
  }

  /** As Yjs writes a state vector. */
  stateVector(): Uint8Array {
    const writer = new ByteWriter().varUint(this.clocks.size)
    for (const [client, clock] of this.clocks) writer.varUint(client).varUint(clock)
    return writer.finish()
  }

  /** @param stateVector well-formed, as Yjs writes it; @returns whether its client has every struct */
  isCoveredBy(stateVector: Uint8Array): boolean {
    const reader = new ByteReader(stateVector)
    let left = reader.varUint()
    if (left < this.clocks.size) return false
    let covered = 0
    for (; left > 0; left -= 1) {
      const known = this.clocks.get(reader.varUint())
      const clock = reader.varUint()
      if (known !== undefined && clock >= known) covered += 1
    }
    return covered === this.clocks.size
  }

  /** Everything deleted, as an update without structs. */
  deletions(): Uint8Array {
    const writer = new ByteWriter().varUint(0).varUint(this.deleted.size)
    for (const [client, { starts, ends }] of this.deleted) {
      writer.varUint(client).varUint(starts.length)
      starts.forEach((start, index) => writer.varUint(start).varUint((ends[index] as number) - start))
    }
    return writer.finish()
  }

  /** Nothing was added since they were read: what is added is placed after them. */
  #place(): void {
    const stored = this.#unplaced
    this.#unplaced = []
    const before = new Ledger()
    for (const bytes of stored) before.#absorb(decodeUpdate(bytes, NO_LIMITS))
    for (const [client, runs] of before.#places) this.#places.set(client, runs)
    this.#sizes = before.#sizes
    this.#broken = before.#broken
  }

  #put({ places, lists, seams }: Pick<LedgerGrowth, 'places' | 'lists' | 'seams'>): void {
    if (this.#unplaced.length > 0) this.#place()
    for (const [client, runs] of places) {
      const known = this.#places.get(client)
      if (known) known.appendAll(runs)
      else this.#places.set(client, runs)
    }
    if (lists.length > 0) this.#count(lists, seams)
  }

  #count(lists: readonly number[], seams: readonly number[]): void {
    const broken = (this.#broken ??= new Uint32Array(SEAMS / 32))
    for (const seam of seams) broken[seam >>> 5] = (broken[seam >>> 5] ?? 0) | (1 << (seam & 31))
    const sizes = (this.#sizes ??= new Uint32Array(LIST_NUMBERS))
    for (const list of lists) sizes[list] = (sizes[list] ?? 0) + 1
  }
}

/** Client ids whose first edit is in these bytes. */
export function clientsBeginningIn(bytes: Uint8Array): number[] {
  return beginningIn(decodeUpdate(bytes, NO_LIMITS).sections)
}

const beginningIn = (sections: readonly Section[]) =>
  sections.filter(({ structs }) => structs[0]?.clock === 0).map(({ client }) => client)

function addAll(all: Map<number, Ranges>, deletes: readonly DeletedRange[]): void {
  const [only] = deletes
  if (!only) return
  if (deletes.length === 1) return rangesOf(all, only.client).add(only.clock, only.clock + only.length)
  for (const [client, ranges] of Map.groupBy(deletes, (range) => range.client)) rangesOf(all, client).addAll(ranges)
}

function rangesOf(all: Map<number, Ranges>, client: number): Ranges {
  let ranges = all.get(client)
  if (!ranges) all.set(client, (ranges = new Ranges()))
  return ranges
}
