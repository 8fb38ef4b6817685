import { DOC_LAYOUT } from '@gongping/protocol'
import type { Part } from '@gongping/permissions'
import { openDB, type DBSchema } from 'idb'
import type { LocalCopy } from './local-copy.ts'
import { lostLines, missingLines, type Docs } from './lost-lines.ts'

/** A document of this client that the server would not take, put aside as it was. */
export interface KeptPart {
  readonly id: number
  readonly userId: string
  readonly reportId: string
  readonly part: Part
  readonly at: number
  readonly state: Uint8Array
  /** What the local copy held: text is still in it whose paragraph others took out of the document. */
  readonly copied?: Uint8Array | null
}

/** Lines that entered the report and stand nowhere in it: what they were written into had been deleted there. */
export interface KeptLines extends Omit<KeptPart, 'state' | 'copied'> {
  readonly lines: readonly string[]
}

/** What the user wrote and the report lacks, as text to copy. */
export interface KeptText {
  readonly id: number
  readonly part: Part
  readonly at: Date
  readonly lines: readonly string[]
}

/**
 * Keeps a part, and only then throws its local copy away. What other tabs left in the copy and what is typed meanwhile
 * is kept, too: people type on until the page is another one.
 */
export async function putAside(
  part: Omit<KeptPart, 'id' | 'state' | 'copied'>,
  { readState, copy }: { readState: () => Uint8Array; copy: Pick<LocalCopy, 'read' | 'drop'> },
): Promise<void> {
  const copied = await copy.read()
  let state = readState()
  let id = await keep({ ...part, state, copied })
  const keepAnew = async (now: Uint8Array) => {
    const before = id
    state = now
    id = await keep({ ...part, state, copied })
    await forgetKept(before)
  }
  await copy.drop()
  // Only in memory so far: the room that was missing may be what the copy took.
  if (id < 0) await keepAnew(readState())
  for (let now = readState(); !isSame(now, state); now = readState()) await keepAnew(now)
}

const isSame = (one: Uint8Array, other: Uint8Array) =>
  one.length === other.length && one.every((byte, index) => byte === other[index])

/**
 * Resolves once it is on this computer's disk; where there is no usable one, this page remembers it until it is closed.
 * @returns its id, negative where this page alone remembers it
 */
export async function keep(part: Omit<KeptPart, 'id'> | Omit<KeptLines, 'id'>): Promise<number> {
  try {
    return await store(part)
  } catch (error) {
    console.error('no store in this browser', error)
    const id = Math.min(0, ...inMemory.map((kept) => kept.id)) - 1
    inMemory.push({ ...part, id })
    return id
  }
}

async function store(part: Omit<KeptPart, 'id'> | Omit<KeptLines, 'id'>): Promise<number> {
  const db = await openStore()
  try {
    const storing = db.transaction(STORE, 'readwrite', { durability: 'strict' })
    // The store gives it its id.
    const [id] = await Promise.all([storing.store.add(part as Kept), storing.done])
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
    const lines = 'lines' in kept ? missingLines(kept, owner.docs) : lostLines(kept, owner.docs)
    if (lines.length > 0) texts.push({ id: kept.id, part: kept.part, at: new Date(kept.at), lines })
    else if (owner.areStored) await forgetKept(kept.id)
  }
  return texts
}

async function listStored(): Promise<readonly Kept[]> {
  if (typeof indexedDB === 'undefined') return []
  const db = await openStore()
  try {
    return await db.getAll(STORE)
  } finally {
    db.close()
  }
}

const DATABASE = `gongping:${DOC_LAYOUT}:kept`
const STORE = 'kept'
const inMemory: Kept[] = []

type Kept = KeptPart | KeptLines

interface KeptSchema extends DBSchema {
  kept: { key: number; value: Kept }
}

const openStore = () =>
  openDB<KeptSchema>(DATABASE, 1, {
    upgrade: (created) => void created.createObjectStore(STORE, { keyPath: 'id', autoIncrement: true }),
  })
