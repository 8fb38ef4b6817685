import type { DecodedStruct, Section, StructId } from './decode-update.ts'

/** A value per clock, kept as runs of equal ones; typing is one run. */
export class Runs {
  readonly #starts: number[] = []
  readonly #values: number[] = []

  /** From `start`, which is not before any earlier one. */
  append(start: number, value: number): void {
    if (this.#values.at(-1) === value) return
    this.#starts.push(start)
    this.#values.push(value)
  }

  appendAll(other: Runs): void {
    other.#starts.forEach((start, index) => this.append(start, other.#values[index] as number))
  }

  /** Zero before the first. */
  at(clock: number): number {
    let low = 0
    let high = this.#starts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#starts[middle] as number) <= clock) low = middle + 1
      else high = middle
    }
    return this.#values[low - 1] ?? 0
  }
}

/** How deep structs stand in the tree, by client: 1 on a root, 0 when collected; `KEYED` is added to values under a key. */
export type Depths = ReadonlyMap<number, Runs>

/** What is there already. */
export interface Known {
  nextClock(client: number): number
  depthAt(id: StructId): number
}

export type Integrated =
  | { readonly outcome: 'complete'; readonly depths: Depths }
  | { readonly outcome: 'missing' | 'impossible' | 'too-deep' | 'loose' }

const KEYED = 2 ** 20

interface Lane {
  readonly client: number
  readonly structs: readonly DecodedStruct[]
  /** First clock that is new. */
  readonly from: number
  readonly depths: Runs
  at: number
  clock: number
  isWaiting: boolean
}

/**
 * Walks new structs in the order Yjs would integrate them: each waits for its neighbours and its parent, and for the one
 * before it. A struct waits at most three times, so this is linear.
 *
 * @param maxDepth of types in types; thousands overflow the stack of whoever walks the tree. Undefined: stored bytes,
 *   which were judged before.
 */
export function integrate(sections: readonly Section[], known: Known, maxDepth: number | undefined): Integrated {
  const lanes = new Map<number, Lane>()
  for (const { client, structs } of sections) {
    const from = known.nextClock(client)
    lanes.set(client, { client, structs, from, depths: new Runs(), at: 0, clock: from, isWaiting: false })
  }
  for (const first of lanes.values()) {
    const stack = [first]
    first.isWaiting = true
    for (let lane = stack.at(-1); lane; lane = stack.at(-1)) {
      const struct = lane.structs[lane.at]
      if (!struct) {
        lane.isWaiting = false
        stack.pop()
        continue
      }
      if (struct.clock !== lane.clock) return { outcome: 'missing' }
      const needed = struct.kind === 'item' ? unmet(struct, lane.client) : undefined
      if (needed === 'itself') return { outcome: 'impossible' }
      if (needed) {
        const other = lanes.get(needed.client)
        if (!other || needed.clock >= endOf(other.structs)) return { outcome: 'missing' }
        // Waiting for something that waits for this: only a forger writes that.
        if (other.isWaiting) return { outcome: 'impossible' }
        other.isWaiting = true
        stack.push(other)
        continue
      }
      const place = struct.kind === 'item' ? placeOf(struct) : 0
      if (maxDepth !== undefined) {
        if (isTooDeep(place, maxDepth)) return { outcome: 'too-deep' }
        if (struct.kind === 'item' && isLoose(struct, place)) return { outcome: 'loose' }
      }
      lane.depths.append(struct.clock, place)
      lane.clock += struct.length
      lane.at += 1
      // Back to whoever waits as soon as it can go on, else two clients that quote each other would seem a circle.
      if (stack.length > 1) {
        lane.isWaiting = false
        stack.pop()
      }
    }
  }
  return { outcome: 'complete', depths: new Map([...lanes.values()].map(({ client, depths }) => [client, depths])) }

  function unmet(item: DecodedStruct & { kind: 'item' }, client: number): StructId | 'itself' | undefined {
    const parent = typeof item.parent === 'object' ? item.parent : undefined
    for (const id of [item.origin, item.rightOrigin, parent]) {
      if (!id) continue
      if (id.client === client) {
        if (id.clock >= item.clock) return 'itself'
      } else if (id.clock >= (lanes.get(id.client)?.clock ?? known.nextClock(id.client))) return id
    }
    return undefined
  }

  function placeOf({ parent, origin, rightOrigin, hasKey }: DecodedStruct & { kind: 'item' }): number {
    if (parent) return (typeof parent === 'string' ? 1 : (placeAt(parent) % KEYED) + 1) + (hasKey ? KEYED : 0)
    const neighbour = origin ?? rightOrigin
    return neighbour ? placeAt(neighbour) : 0
  }

  function placeAt(id: StructId): number {
    const lane = lanes.get(id.client)
    return lane && id.clock >= lane.from ? lane.depths.at(id.clock) : known.depthAt(id)
  }
}

export const isTooDeep = (place: number, maxDepth: number) => place % KEYED > maxDepth

/** On a root stand types; under a key also values. Letters and format marks belong into a text. */
export function isLoose({ content }: DecodedStruct & { kind: 'item' }, place: number): boolean {
  if (place % KEYED !== 1) return false
  return place < KEYED ? content !== 'type' && content !== 'deleted' : content === 'text' || content === 'mark'
}

export function endOf(structs: readonly DecodedStruct[]): number {
  const last = structs.at(-1)
  return last ? last.clock + last.length : 0
}
