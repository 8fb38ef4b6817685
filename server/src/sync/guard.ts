import type { Part } from '@gongping/permissions'
import type { RefusalReason } from '@gongping/protocol'
import * as Y from 'yjs'
import { ByteWriter, Malformed, TooLarge } from './bytes.ts'
import { DECODE_LIMITS, decodeUpdate } from './decode-update.ts'
import type { DecodedStruct, DecodedUpdate, DeletedRange, Section } from './decode-update.ts'
import { endOf, integrate, isBehind, isFirstBetween, isLoose, isTooDeep, listOf, seamsOf } from './integrate.ts'
import type { Ledger, LedgerChange, LedgerTyping } from './ledger.ts'

export type Verdict =
  /** `update` holds exactly what is new: nothing known, no hole, clients in the order Yjs writes them. */
  | {
      readonly kind: 'apply'
      readonly update: Uint8Array
      /** The same as it was read, of what hands type: for long updates that takes many times their bytes. */
      readonly decoded: DecodedUpdate | undefined
      readonly change: LedgerChange
      /** How many structs Yjs may have to walk over, at most, to find the places of the new ones. */
      readonly effort: number
    }
  /** Everything in it is known. */
  | { readonly kind: 'nothing' }
  /** It builds on edits that are neither known nor in it. */
  | { readonly kind: 'missing' }
  /**
   * Deletions only, from somebody without the pen. They may follow from what everybody has (a value overwritten twice at
   * once, a child of a deleted parent); only the document itself can tell: see `follow` in consequences.ts.
   */
  | { readonly kind: 'deletes'; readonly deletes: readonly DeletedRange[] }
  | { readonly kind: 'refuse'; readonly reason: RefusalReason }

export interface Judged {
  readonly update: Uint8Array
  readonly ledger: Ledger
  readonly userId: string
  readonly part: Part
  readonly mayWrite: boolean
  /** How many client ids nobody has used yet this socket may still take. */
  readonly mayBind: number
}

/** Types within types; the editor needs less than 30. */
const MAX_TYPE_DEPTH = 64

/** Root types by part; `keyed` roots are maps, whose items all have a key. */
const ROOTS: Record<Part, ReadonlyMap<string, 'sequence' | 'keyed'>> = {
  narrative: new Map([['body', 'sequence']]),
  self: new Map([
    ['cover', 'keyed'],
    ['facts', 'keyed'],
    ['self', 'keyed'],
  ]),
  department: new Map([['scores', 'keyed']]),
  finance: new Map([['scores', 'keyed']]),
}

/**
 * Judges an update by its bytes and the room's ledger, in time linear in its length. Alters nothing; never throws.
 * See SPEC.md, [Y1] to [Y12].
 */
export function judge(input: Judged): Verdict {
  try {
    const decoded = decodeUpdate(input.update, DECODE_LIMITS)
    return judgeTyping(decoded, input) ?? judgeDecoded(decoded, input, { trimmed: false })
  } catch (error) {
    if (error instanceof TooLarge) return { kind: 'refuse', reason: 'too-large' }
    if (error instanceof Malformed) return { kind: 'refuse', reason: 'undecodable' }
    // Yjs trims a partly known update; whatever it can't do with these bytes, no other reader could.
    return { kind: 'refuse', reason: 'undecodable' }
  }
}

/**
 * What hands do nearly always: a few letters of one's own, next to what is known, nothing deleted. The verdict is that of
 * `judgeDecoded`, with less work; undefined leaves it to that.
 */
function judgeTyping(decoded: DecodedUpdate, { ledger, userId, mayWrite }: Judged): Verdict | undefined {
  const { bytes, sections, deletes } = decoded
  const section = sections[0]
  if (!mayWrite || !section || sections.length > 1 || deletes.length > 0) return undefined
  const { client, structs } = section
  const struct = structs[0]
  const known = ledger.clocks.get(client)
  if (!struct || structs.length > 1 || struct.clock !== known || ledger.owners.get(client) !== userId) return undefined
  if (struct.kind !== 'item' || struct.content !== 'text' || struct.parent !== undefined) return undefined
  const { origin, rightOrigin, length } = struct
  const neighbour = origin ?? rightOrigin
  if (!neighbour) return undefined
  if (origin && origin.clock >= ledger.nextClock(origin.client)) return undefined
  if (rightOrigin && rightOrigin.clock >= ledger.nextClock(rightOrigin.client)) return undefined
  const place = ledger.placeAt(neighbour)
  if (isTooDeep(place, MAX_TYPE_DEPTH) || isLoose(struct, place)) return undefined
  const isNext = isBehind(struct, client, known - 1)
  const isFound = isNext || isFirstBetween(struct, (seam) => ledger.isBroken(seam))
  const list = listOf(place)
  const change: LedgerTyping = {
    kind: 'typing',
    client,
    clock: known,
    next: known + length,
    place,
    list: isNext ? undefined : list,
    seams: isNext ? NONE : seamsOf(struct, client),
    newClientIds: NONE,
  }
  return { kind: 'apply', update: bytes, decoded, change, effort: isFound ? 0 : ledger.sizeOf(list) }
}

const NONE: readonly never[] = []

function judgeDecoded(decoded: DecodedUpdate, input: Judged, { trimmed }: { trimmed: boolean }): Verdict {
  const { ledger } = input
  const news = findNews(decoded, ledger)
  if (news.partlyKnown && !trimmed) {
    const rest = Y.diffUpdate(decoded.bytes, vectorOf(decoded.sections, ledger))
    return judgeDecoded(decodeUpdate(rest, DECODE_LIMITS), input, { trimmed: true })
  }
  if (news.sections.length === 0 && news.deletes.length === 0) return { kind: 'nothing' }
  if (!input.mayWrite) return judgeReader(news, ledger)

  const newClientIds: number[] = []
  for (const { client } of news.sections) {
    const owner = ledger.owners.get(client)
    // Edits under an id without an owner are the seed's; nobody continues those.
    const isForeign = owner === undefined ? ledger.clocks.has(client) : owner !== input.userId
    if (isForeign) return { kind: 'refuse', reason: 'foreign-client-id' }
    if (!ledger.clocks.has(client)) newClientIds.push(client)
  }
  if (newClientIds.length > input.mayBind) return { kind: 'refuse', reason: 'too-large' }

  for (const { structs } of news.sections) {
    for (const struct of structs) {
      if (struct.kind === 'item' && !isAllowedItem(struct, input.part)) return { kind: 'refuse', reason: 'bad-root' }
    }
  }

  const integrated = integrate(news.sections, ledger, MAX_TYPE_DEPTH)
  switch (integrated.outcome) {
    case 'missing':
      return { kind: 'missing' }
    case 'impossible':
      return { kind: 'refuse', reason: 'undecodable' }
    case 'loose':
      return { kind: 'refuse', reason: 'bad-root' }
    case 'too-deep':
      return { kind: 'refuse', reason: 'too-large' }
    case 'complete':
  }
  const clocks = new Map(news.sections.map(({ client, structs }) => [client, endOf(structs)]))
  for (const { client, clock, length } of news.deletes) {
    if (clock + length > (clocks.get(client) ?? ledger.nextClock(client))) return { kind: 'missing' }
  }
  const update = news.unchanged ? decoded.bytes : encode(news.sections, news.deletes, decoded.bytes)
  const { places, lists, seams, effort } = integrated
  return {
    kind: 'apply',
    update,
    decoded: undefined,
    change: { kind: 'growth', clocks, deletes: deletesOf(news), places, lists, seams, newClientIds },
    effort,
  }
}

/** Somebody without the pen: writes are refused, what any client does by itself is passed over. */
function judgeReader({ sections, deletes }: News, ledger: Ledger): Verdict {
  if (sections.length > 0) return { kind: 'refuse', reason: 'no-pen' }
  const rest = deletes.filter(({ client, clock, length }) => !ledger.implied.get(client)?.covers(clock, clock + length))
  if (rest.length === 0) return { kind: 'nothing' }
  const isKnown = rest.every(({ client, clock, length }) => clock + length <= ledger.nextClock(client))
  return isKnown ? { kind: 'deletes', deletes: rest } : { kind: 'refuse', reason: 'no-pen' }
}

interface News {
  readonly sections: readonly Section[]
  readonly deletes: readonly DeletedRange[]
  /** A struct begins in what is known and goes on beyond. */
  readonly partlyKnown: boolean
  /** The update as it came is already the news and nothing else, in order. */
  readonly unchanged: boolean
}

function findNews(decoded: DecodedUpdate, ledger: Ledger): News {
  let partlyKnown = false
  let unchanged = decoded.areDeletesTidy
  let lastClient = Infinity
  const sections: Section[] = []
  for (const section of decoded.sections) {
    const known = ledger.nextClock(section.client)
    const structs = section.structs.filter((struct) => struct.clock + struct.length > known && struct.kind !== 'skip')
    const first = structs[0]
    if (first && first.clock < known) partlyKnown = true
    if (structs.length !== section.structs.length || section.client > lastClient) unchanged = false
    lastClient = section.client
    if (structs.length > 0)
      sections.push(structs.length === section.structs.length ? section : { client: section.client, structs })
  }
  const deletes: DeletedRange[] = []
  for (const range of decoded.deletes) {
    const gaps = ledger.deleted.get(range.client)?.missing(range.clock, range.clock + range.length)
    if (!gaps || (gaps.length === 1 && gaps[0]?.[0] === range.clock && gaps[0][1] === range.clock + range.length)) {
      deletes.push(range)
      continue
    }
    unchanged = false
    for (const [start, end] of gaps) deletes.push({ client: range.client, clock: start, length: end - start })
  }
  if (!unchanged) sections.sort((one, other) => other.client - one.client)
  return { sections, deletes, partlyKnown, unchanged }
}

function isAllowedItem(item: DecodedStruct & { kind: 'item' }, part: Part): boolean {
  if (item.content === 'subdocument') return false
  if (typeof item.parent !== 'string') return true
  const root = ROOTS[part].get(item.parent)
  return root === 'sequence' || (root === 'keyed' && item.key !== undefined)
}

/** What the news deletes, also by itself (collected structs). */
function deletesOf(news: News): DeletedRange[] {
  const deletes = [...news.deletes]
  for (const { client, structs } of news.sections) {
    for (const struct of structs) {
      const { clock, length } = struct
      if (struct.kind === 'gc' || (struct.kind === 'item' && struct.content === 'deleted'))
        deletes.push({ client, clock, length })
    }
  }
  return deletes
}

function vectorOf(sections: readonly Section[], ledger: Ledger): Uint8Array {
  const known = sections.filter(({ client }) => ledger.clocks.has(client))
  const writer = new ByteWriter().varUint(known.length)
  for (const { client } of known) writer.varUint(client).varUint(ledger.nextClock(client))
  return writer.finish()
}

/** Structs are copied byte for byte; only section headers and deletions are written anew. */
function encode(sections: readonly Section[], deletes: readonly DeletedRange[], source: Uint8Array): Uint8Array {
  const writer = new ByteWriter().varUint(sections.length)
  for (const { client, structs } of sections) {
    const first = structs[0] as DecodedStruct
    writer.varUint(structs.length).varUint(client).varUint(first.clock)
    for (const struct of structs) writer.raw(source.subarray(struct.start, struct.end))
  }
  const byClient = new Map<number, DeletedRange[]>()
  for (const range of deletes) {
    const ranges = byClient.get(range.client)
    if (ranges) ranges.push(range)
    else byClient.set(range.client, [range])
  }
  writer.varUint(byClient.size)
  for (const [client, ranges] of byClient) {
    writer.varUint(client).varUint(ranges.length)
    for (const { clock, length } of ranges) writer.varUint(clock).varUint(length)
  }
  return writer.finish()
}
