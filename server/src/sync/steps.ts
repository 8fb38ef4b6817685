import * as Y from 'yjs'
import { NO_LIMITS, decodeUpdate } from './decode-update.ts'
import type { DecodedStruct, StructId } from './decode-update.ts'

type DecodedItem = DecodedStruct & { readonly kind: 'item' }

type Type = Extract<Y.Item['parent'], { readonly _start: unknown }>

/** A list, or the values of a key, as it was before the update. */
interface List {
  /** How far to the right each struct stands, from 0. */
  readonly positions: ReadonlyMap<Y.Item, number>
  readonly isKeyed: boolean
  /** New structs by the gap they are put into: behind the struct at that position, and before the next one. */
  readonly inGap: Map<number, number>
  /** New structs that may come to stand in more than one gap. */
  loose: number
  added: number
}

/** Between which of the old structs a new one stands: from -1, the beginning, to the length of the list, the end. */
interface Span {
  readonly list: List
  readonly from: number
  readonly to: number
}

/** Processor time of opening a document, microseconds; usual is one for each struct, and some for code that runs first. */
const QUICK_US = { always: 100_000, perStruct: 5 } as const
/** A new struct may split the one it is put into. */
const PER_STRUCT = 2

/**
 * How many structs Yjs walks over, at most, to find the places of those of a judged update. Where the guard sees no more than
 * the length of the list, this has the document at hand and counts what stands between the two neighbours. Building it takes
 * milliseconds; the rest is linear in it and in the update.
 *
 * @param state what the update was judged against
 * @returns also whether the document opens as fast as one of its size should: whatever was put into it, wherever, did no harm
 */
export function countSteps(update: Uint8Array, state: Uint8Array): { steps: number; isQuick: boolean } {
  const doc = new Y.Doc({ gc: false })
  try {
    const before = process.threadCpuUsage()
    Y.applyUpdate(doc, state)
    const { user, system } = process.threadCpuUsage(before)
    const structs = doc.store.clients.values().reduce((sum, { length }) => sum + length, 0)
    const isQuick = user + system <= QUICK_US.always + QUICK_US.perStruct * structs
    return { steps: new Places(doc, update).countSteps(), isQuick }
  } finally {
    doc.destroy()
  }
}

/** From neighbour to neighbour through the update. */
const NEXT = {
  left: ({ origin }: DecodedItem) => origin,
  right: ({ rightOrigin }: DecodedItem) => rightOrigin,
  either: ({ origin, rightOrigin }: DecodedItem) => origin ?? rightOrigin,
} as const

/** Where such a way leads out of the update. */
interface End {
  /** The last struct on it that is new. */
  readonly last: DecodedItem
  /** What that one names; undefined: nothing, it stands at the beginning or the end. */
  readonly id: StructId | undefined
  /** Undefined also for what was collected. */
  readonly item: Y.Item | undefined
}

class Places {
  readonly #doc: Y.Doc
  readonly #sections: ReadonlyMap<number, readonly DecodedStruct[]>
  readonly #lists = new Map<string, List>()
  readonly #ends = {
    left: new Map<DecodedItem, End>(),
    right: new Map<DecodedItem, End>(),
    either: new Map<DecodedItem, End>(),
  }

  constructor(doc: Y.Doc, update: Uint8Array) {
    this.#doc = doc
    this.#sections = new Map(decodeUpdate(update, NO_LIMITS).sections.map(({ client, structs }) => [client, structs]))
  }

  countSteps(): number {
    const searched: Span[] = []
    for (const [client, structs] of this.#sections) {
      const last = new Map<List, number>()
      for (const struct of structs) {
        const span = struct.kind === 'item' ? this.#spanOf(struct) : undefined
        if (struct.kind !== 'item' || !span) continue
        const { list, from, to } = span
        const behind = struct.origin?.client === client ? struct.origin.clock : undefined
        const isFound = behind !== undefined && (behind === struct.clock - 1 || behind === last.get(list))
        if (!isFound) searched.push(span)
        last.set(list, struct.clock + struct.length - 1)
        list.added += 1
        if (to >= from && to - from <= 1) list.inGap.set(from, (list.inGap.get(from) ?? 0) + 1)
        else list.loose += 1
      }
    }
    return searched.reduce((sum, span) => sum + stepsWithin(span), 0)
  }

  /** Undefined: in something that was collected. */
  #spanOf(item: DecodedItem): Span | undefined {
    const home = this.#endOf(item, 'either')
    const list = home.item ? this.#listOf(home.item) : this.#listUnder(home.last)
    if (!list) return undefined
    const left = this.#endOf(item, 'left')
    const right = this.#endOf(item, 'right')
    const from = left.item ? list.positions.get(left.item) : -1
    const to = right.item ? list.positions.get(right.item) : list.positions.size
    // A neighbour in another list is never met.
    if (from === undefined || to === undefined) return { list, from: 0, to: -1 }
    const isBackwards = from === to && (right.id?.clock ?? 0) <= (left.id?.clock ?? 0)
    return { list, from, to: isBackwards ? -1 : to }
  }

  #endOf(item: DecodedItem, way: keyof typeof NEXT): End {
    const ends = this.#ends[way]
    const passed: DecodedItem[] = []
    let last = item
    let end = ends.get(last)
    while (!end) {
      passed.push(last)
      const id = NEXT[way](last)
      const next = id && this.#newAt(id)
      if (!next) end = { last, id, item: id && this.#oldAt(id) }
      else {
        last = next
        end = ends.get(last)
      }
    }
    for (const one of passed) ends.set(one, end)
    return end
  }

  #newAt({ client, clock }: StructId): DecodedItem | undefined {
    const structs = this.#sections.get(client)
    const first = structs?.[0]
    if (!structs || !first || clock < first.clock) return undefined
    let low = 0
    let high = structs.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((structs[middle] as DecodedStruct).clock <= clock) low = middle
      else high = middle - 1
    }
    const struct = structs[low]
    return struct?.kind === 'item' ? struct : undefined
  }

  #oldAt({ client, clock }: StructId): Y.Item | undefined {
    const structs = this.#doc.store.clients.get(client)
    if (!structs || clock >= Y.getState(this.#doc.store, client)) return undefined
    const struct = structs[Y.findIndexSS(structs, clock)]
    return struct instanceof Y.Item ? struct : undefined
  }

  #listOf({ parent, parentSub }: Y.Item): List | undefined {
    if (!(parent instanceof Y.AbstractType)) return undefined
    const { _item: holder } = parent
    return this.#list(holder ? holder.id : Y.findRootTypeKey(parent), parentSub ?? undefined, parent)
  }

  /** What says itself where it stands. */
  #listUnder({ parent, key }: DecodedItem): List | undefined {
    if (parent === undefined) return undefined
    if (typeof parent === 'string') return this.#list(parent, key, this.#doc.share.get(parent))
    const holder = this.#oldAt(parent)
    if (!holder) return this.#list(parent, key, undefined)
    return holder.content instanceof Y.ContentType ? this.#list(parent, key, holder.content.type) : undefined
  }

  /** @param type undefined: it is new */
  #list(holder: StructId | string, key: string | undefined, type: Type | undefined): List {
    const name = JSON.stringify([typeof holder === 'string' ? holder : [holder.client, holder.clock], key ?? null])
    let list = this.#lists.get(name)
    if (!list) {
      const structs = type ? structsOf(type, key) : []
      const positions = new Map(structs.map((item, index) => [item, index]))
      list = { positions, isKeyed: key !== undefined, inGap: new Map(), loose: 0, added: 0 }
      this.#lists.set(name, list)
    }
    return list
  }
}

function stepsWithin({ list, from, to }: Span): number {
  const { positions, isKeyed, inGap, loose, added } = list
  // The first value of a key is looked for from the last one on.
  if (isKeyed && from < 0) return positions.size + PER_STRUCT * added
  if (to < from) return positions.size - from + PER_STRUCT * added
  const between = to - from <= 1 ? (inGap.get(from) ?? 0) + loose : added
  return to - from + PER_STRUCT * between
}

function structsOf(type: Type, key: string | undefined): Y.Item[] {
  const structs: Y.Item[] = []
  if (key === undefined) for (let item = type._start; item; item = item.right) structs.push(item)
  else for (let item = type._map.get(key) ?? null; item; item = item.left) structs.push(item)
  return key === undefined ? structs : structs.toReversed()
}
