import { DOC_LAYOUT } from '@gongping/protocol'
import type { Part } from '@gongping/permissions'
import { readReport } from '@gongping/report-doc'
import { openDB, type DBSchema } from 'idb'
import * as Y from 'yjs'
import type { LocalCopy } from './local-copy.ts'
import { linesOnlyIn, plainLines } from './plain-lines.ts'

/** A document of this client that the server would not take, put aside as it was. */
export interface KeptPart {
  readonly id: number
  readonly userId: string
  readonly reportId: string
  readonly part: Part
  readonly at: number
  readonly state: Uint8Array
}

/** What the user wrote and the report lacks, as text to copy. */
export interface KeptText {
  readonly id: number
  readonly part: Part
  readonly at: Date
  readonly lines: readonly string[]
}

export type Docs = Readonly<Record<Part, Y.Doc>>

/**
 * Keeps a part, and only then throws its local copy away. What other tabs left in the copy and what is typed meanwhile
 * is kept, too: people type on until the page is another one.
 */
export async function putAside(
  part: Omit<KeptPart, 'id' | 'state'>,
  { readState, copy }: { readState: () => Uint8Array; copy: Pick<LocalCopy, 'read' | 'drop'> },
): Promise<void> {
  const copied = await copy.read()
  const keep = (own: Uint8Array) => keepPart({ ...part, state: copied === null ? own : Y.mergeUpdates([own, copied]) })
  let state = readState()
  let id = await keep(state)
  await copy.drop()
  for (let now = readState(); !isSame(now, state); now = readState()) {
    const before = id
    state = now
    id = await keep(state)
    await forgetKept(before)
  }
}

const isSame = (one: Uint8Array, other: Uint8Array) =>
  one.length === other.length && one.every((byte, index) => byte === other[index])

/** Resolves once it is on this computer's disk; where there is no usable one, this page remembers it until it is closed. */
async function keepPart(part: Omit<KeptPart, 'id'>): Promise<number> {
  try {
    return await storePart(part)
  } catch (error) {
    console.error('no store in this browser', error)
    const id = Math.min(0, ...inMemory.map((kept) => kept.id)) - 1
    inMemory.push({ ...part, id })
    return id
  }
}

async function storePart(part: Omit<KeptPart, 'id'>): Promise<number> {
  const db = await openStore()
  try {
    const storing = db.transaction(STORE, 'readwrite', { durability: 'strict' })
    // The store gives it its id.
    const [id] = await Promise.all([storing.store.add(part as KeptPart), storing.done])
    return id
  } finally {
    db.close()
  }
}

export async function forgetKept(id: number): Promise<void> {
  const at = inMemory.findIndex((kept) => kept.id === id)
  if (at >= 0) {
    inMemory.splice(at, 1)
    return
  }
  const db = await openStore()
  try {
    await db.delete(STORE, id)
  } finally {
    db.close()
  }
}

/**
 * What was put aside for this user and report and is not in `docs`.
 *
 * @param owner.areStored `docs` hold nothing that the server has not stored: what was put aside and is there by now is
 *   forgotten. Before that a refusal may still take it out of them.
 */
export async function findKeptTexts(owner: {
  userId: string
  reportId: string
  docs: Docs
  areStored: boolean
}): Promise<readonly KeptText[]> {
  const all = [...(await listStored()), ...inMemory]
  const texts: KeptText[] = []
  for (const kept of all) {
    if (kept.userId !== owner.userId || kept.reportId !== owner.reportId) continue
    const lines = lostLines(kept, owner.docs)
    if (lines.length > 0) texts.push({ id: kept.id, part: kept.part, at: new Date(kept.at), lines })
    else if (owner.areStored) await forgetKept(kept.id)
  }
  return texts
}

async function listStored(): Promise<readonly KeptPart[]> {
  if (typeof indexedDB === 'undefined') return []
  const db = await openStore()
  try {
    return await db.getAll(STORE)
  } finally {
    db.close()
  }
}

/**
 * Whole paragraphs and cells that the report would have with the kept document and lacks without it. Of cells that two
 * people set at once the refused value counts, whichever of the two stays. What others changed is not among them.
 */
export function lostLines({ part, state }: Pick<KeptPart, 'part' | 'state'>, docs: Docs): readonly string[] {
  const merged = new Y.Doc()
  Y.applyUpdate(merged, Y.encodeStateAsUpdate(docs[part]))
  Y.applyUpdate(merged, state)
  for (const { root, key, value } of unknownValues(state, docs[part])) merged.getMap(root).set(key, value)
  const withKept = plainLines(part, readReport({ ...emptyDocs(), [part]: merged }))
  return linesOnlyIn(withKept, plainLines(part, readReport(docs)))
}

interface Cell {
  readonly root: string
  readonly key: string
  readonly value: unknown
}

/** Plain values that `state` sets in maps at the root and `doc` has never heard of, the last one of each key. */
function unknownValues(state: Uint8Array, doc: Y.Doc): Iterable<Cell> {
  const kept = new Y.Doc({ gc: false })
  Y.applyUpdate(kept, state)
  const known = Y.decodeStateVector(Y.encodeStateVector(doc))
  const cells = new Map<string, Cell & { readonly stays: boolean }>()
  for (const [client, structs] of kept.store.clients) {
    for (const item of structs) {
      if (!(item instanceof Y.Item) || item.id.clock < (known.get(client) ?? 0)) continue
      const { parent, parentSub: key, content } = item
      if (key === null || !(parent instanceof Y.AbstractType) || parent._item !== null) continue
      if (!(content instanceof Y.ContentAny || content instanceof Y.ContentString)) continue
      const root = Y.findRootTypeKey(parent)
      const name = `${root}\n${key}`
      const stays = !item.deleted
      if (cells.get(name)?.stays !== true) cells.set(name, { root, key, value: content.getContent().at(-1), stays })
    }
  }
  return cells.values()
}

const DATABASE = `gongping:${DOC_LAYOUT}:kept`
const STORE = 'kept'
const inMemory: KeptPart[] = []

interface KeptSchema extends DBSchema {
  kept: { key: number; value: KeptPart }
}

const emptyDocs = (): Docs => ({
  narrative: new Y.Doc(),
  self: new Y.Doc(),
  department: new Y.Doc(),
  finance: new Y.Doc(),
})

const openStore = () =>
  openDB<KeptSchema>(DATABASE, 1, {
    upgrade: (created) => void created.createObjectStore(STORE, { keyPath: 'id', autoIncrement: true }),
  })
