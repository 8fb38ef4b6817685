import type { DecodedStruct, Section, StructId } from './decode-update.ts'

/** A value per clock, kept as runs of equal ones; typing is one run. */
export class Runs {
  readonly #starts: number[] = []
  readonly #values: number[] = []

  /** From `start`, which is not before any earlier one. */
  append(start: number, value: number): this {
    if (this.#values.at(-1) === value) return this
    this.#starts.push(start)
    this.#values.push(value)
    return this
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

/**
 * Where structs stand in the tree, by client: how deep, 1 on a root; `KEYED` is added to values under a key, `LIST` times the
 * number of the list they stand in. 0 when collected.
 */
export type Places = ReadonlyMap<number, Runs>

/** What is there already. */
export interface Known {
  nextClock(client: number): number
  placeAt(id: StructId): number
  /** About how many structs stand in the list with this number. */
  sizeOf(list: number): number
  /** Whether something may stand before the struct of this seam (`seamBefore`) that its client did not put it behind. */
  isBroken(seam: number): boolean
}

export type Integrated =
  | {
      readonly outcome: 'complete'
      readonly places: Places
      readonly lists: readonly number[]
      readonly seams: readonly number[]
      readonly effort: number
    }
  | { readonly outcome: 'missing' | 'impossible' | 'too-deep' | 'loose' }

const KEYED = 2 ** 16
const LIST = 2 * KEYED
/** Lists with the same number count as one: then there seems to be more in them. */
export const LIST_NUMBERS = 1024

interface Lane {
  readonly client: number
  readonly structs: readonly DecodedStruct[]
  /** First clock that is new. */
  readonly from: number
  readonly places: Runs
  /** By list, what was put into it last. */
  readonly last: Map<number, number>
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
  const lists: number[] = []
  const added = new Map<number, number>()
  const broken = new Set<number>()
  const isBroken = (seam: number) => broken.has(seam) || known.isBroken(seam)
  let effort = 0
  for (const { client, structs } of sections) {
    const from = known.nextClock(client)
    lanes.set(client, {
      client,
      structs,
      from,
      places: new Runs(),
      last: new Map(),
      at: 0,
      clock: from,
      isWaiting: false,
    })
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
      if (struct.kind === 'item' && place > 0) find(struct, lane, place)
      lane.places.append(struct.clock, place)
      lane.clock += struct.length
      lane.at += 1
      // Back to whoever waits as soon as it can go on, else two clients that quote each other would seem a circle.
      if (stack.length > 1) {
        lane.isWaiting = false
        stack.pop()
      }
    }
  }
  const places = new Map([...lanes.values()].map((lane) => [lane.client, lane.places]))
  return { outcome: 'complete', places, lists, seams: [...broken], effort }

  /**
   * Counts what Yjs may have to walk to find the place: the rest of the list. What goes on behind one's own last struct
   * there is found at once, and so is the first insertion between two that were typed in a row.
   */
  function find(item: DecodedStruct & { kind: 'item' }, lane: Lane, place: number): void {
    const list = listOf(place)
    const isNext = isBehind(item, lane.client, item.clock - 1)
    const isFound = isNext || isBehind(item, lane.client, lane.last.get(list)) || isFirstBetween(item, isBroken)
    if (!isFound) effort += known.sizeOf(list) + (added.get(list) ?? 0)
    lane.last.set(list, item.clock + item.length - 1)
    if (!isNext) for (const seam of seamsOf(item, lane.client)) broken.add(seam)
    if (isNext && item.content === 'text') return
    lists.push(list)
    added.set(list, (added.get(list) ?? 0) + 1)
  }

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

  function placeOf({ parent, origin, rightOrigin, key }: DecodedStruct & { kind: 'item' }): number {
    if (parent) {
      const above = typeof parent === 'string' ? LIST : placeAt(parent)
      // Whoever typed there did not know that it was deleted: collected, like its parent.
      if (above === 0) return 0
      const depth = Math.min(typeof parent === 'string' ? 1 : (above % KEYED) + 1, KEYED - 1)
      return depth + (key === undefined ? 0 : KEYED) + numberOf(parent, key) * LIST
    }
    const neighbour = origin ?? rightOrigin
    return neighbour ? placeAt(neighbour) : 0
  }

  function placeAt(id: StructId): number {
    const lane = lanes.get(id.client)
    return lane && id.clock >= lane.from ? lane.places.at(id.clock) : known.placeAt(id)
  }
}

export const isTooDeep = (place: number, maxDepth: number) => place % KEYED > maxDepth

/** On a root stand types; under a key also values. Letters and format marks belong into a text. */
export function isLoose({ content }: DecodedStruct & { kind: 'item' }, place: number): boolean {
  if (place % KEYED !== 1) return false
  return place % LIST < KEYED ? content !== 'type' && content !== 'deleted' : content === 'text' || content === 'mark'
}

export const listOf = (place: number) => Math.floor(place / LIST)

/** @param clock of the client's own struct */
export const isBehind = ({ origin }: DecodedStruct & { kind: 'item' }, client: number, clock: number | undefined) =>
  origin !== undefined && origin.client === client && origin.clock === clock

/** Nothing stands between: what does would name the left one as its neighbour, or one that does. */
export const isFirstBetween = (
  { origin, rightOrigin }: DecodedStruct & { kind: 'item' },
  isBroken: (seam: number) => boolean,
) =>
  origin !== undefined &&
  rightOrigin !== undefined &&
  rightOrigin.client === origin.client &&
  rightOrigin.clock === origin.clock + 1 &&
  !isBroken(seamBefore(rightOrigin.client, rightOrigin.clock))

/** What a struct breaks that does not go on behind its client's last one: the seam before it, and that behind its neighbour. */
export function seamsOf({ clock, origin }: DecodedStruct & { kind: 'item' }, client: number): number[] {
  const own = seamBefore(client, clock)
  return origin ? [own, seamBefore(origin.client, origin.clock + 1)] : [own]
}

/** Seams with the same number count as one: then it seems broken sooner. */
export const SEAMS = 2 ** 17

const seamBefore = (client: number, clock: number) => mix(Math.imul(client, 0x9e3779b1) ^ clock) % SEAMS

const mix = (hash: number) => Math.imul(hash ^ (hash >>> 15), 0x85ebca6b) >>> 0

function numberOf(parent: string | StructId, key: string | undefined): number {
  let hash = typeof parent === 'string' ? hashOf(parent, 7) : Math.imul(parent.client, 0x9e3779b1) ^ parent.clock
  if (key !== undefined) hash = hashOf(key, hash)
  return mix(hash) % LIST_NUMBERS
}

function hashOf(text: string, start: number): number {
  let hash = start
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash
}

export function endOf(structs: readonly DecodedStruct[]): number {
  const last = structs.at(-1)
  return last ? last.clock + last.length : 0
}
