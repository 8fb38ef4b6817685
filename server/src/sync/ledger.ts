import { NO_LIMITS, decodeUpdate } from './decode-update.ts'
import type { DeletedRange, StructId } from './decode-update.ts'
import { ByteWriter } from './bytes.ts'
import { Runs, integrate } from './integrate.ts'
import type { Depths } from './integrate.ts'
import { Ranges } from './ranges.ts'

/** What an accepted update adds to a ledger. */
export interface LedgerChange {
  /** Next expected clock by client. */
  readonly clocks: ReadonlyMap<number, number>
  readonly deletes: readonly DeletedRange[]
  readonly marks: readonly DeletedRange[]
  readonly depths: Depths
  readonly newClientIds: readonly number[]
}

/**
 * What a room has to know about its document to judge the next update: how far each client got, what is deleted, whose
 * a client id is. It never has holes: an update that would leave one is not accepted.
 */
export class Ledger {
  readonly clocks = new Map<number, number>()
  readonly deleted = new Map<number, Ranges>()
  /** Begins and ends of text formats: every client removes superfluous ones by itself, also one that only reads. */
  readonly marks = new Map<number, Ranges>()
  readonly depths = new Map<number, Runs>()
  readonly owners = new Map<number, string>()

  /**
   * Reads stored bytes, which were judged before they were stored.
   * @throws Malformed when they are damaged.
   */
  static of(stored: readonly Uint8Array[], owners: ReadonlyMap<number, string>): Ledger {
    const ledger = new Ledger()
    for (const [client, userId] of owners) ledger.owners.set(client, userId)
    for (const bytes of stored) {
      const { sections, deletes } = decodeUpdate(bytes, NO_LIMITS)
      const integrated = integrate(sections, ledger, Infinity)
      if (integrated.outcome === 'complete') ledger.#deepen(integrated.depths)
      for (const { client, structs } of sections) {
        for (const struct of structs) {
          if (struct.kind === 'skip') continue
          const next = struct.clock + struct.length
          if (next > (ledger.clocks.get(client) ?? 0)) ledger.clocks.set(client, next)
          if (struct.kind === 'gc' || struct.content === 'deleted') add(ledger.deleted, client, struct.clock, next)
          else if (struct.content === 'mark') add(ledger.marks, client, struct.clock, next)
        }
      }
      for (const { client, clock, length } of deletes) add(ledger.deleted, client, clock, clock + length)
    }
    return ledger
  }

  nextClock(client: number): number {
    return this.clocks.get(client) ?? 0
  }

  depthAt({ client, clock }: StructId): number {
    return this.depths.get(client)?.at(clock) ?? 0
  }

  advance(change: LedgerChange, userId: string): void {
    for (const [client, clock] of change.clocks) this.clocks.set(client, clock)
    for (const { client, clock, length } of change.deletes) add(this.deleted, client, clock, clock + length)
    for (const { client, clock, length } of change.marks) add(this.marks, client, clock, clock + length)
    this.#deepen(change.depths)
    for (const client of change.newClientIds) this.owners.set(client, userId)
  }

  /** As Yjs writes a state vector. */
  stateVector(): Uint8Array {
    const writer = new ByteWriter().varUint(this.clocks.size)
    for (const [client, clock] of this.clocks) writer.varUint(client).varUint(clock)
    return writer.finish()
  }

  #deepen(depths: Depths): void {
    for (const [client, runs] of depths) {
      const known = this.depths.get(client)
      if (known) known.appendAll(runs)
      else this.depths.set(client, runs)
    }
  }
}

function add(all: Map<number, Ranges>, client: number, start: number, end: number): void {
  let ranges = all.get(client)
  if (!ranges) all.set(client, (ranges = new Ranges()))
  ranges.add(start, end)
}
