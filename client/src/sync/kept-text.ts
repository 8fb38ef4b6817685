import { DOC_LAYOUT } from '@gongping/protocol'
import type { Part } from '@gongping/permissions'
import { readReport } from '@gongping/report-doc'
import * as Y from 'yjs'
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

/** Resolves once it is on this computer's disk. @throws when it can't be stored; the local copy must then stay. */
export async function keepPart(part: Omit<KeptPart, 'id'>): Promise<void> {
  const db = await openStore()
  try {
    await settled(db.transaction(STORE, 'readwrite', { durability: 'strict' }).objectStore(STORE).add(part))
  } finally {
    db.close()
  }
}

export async function forgetKept(id: number): Promise<void> {
  const db = await openStore()
  try {
    await settled(db.transaction(STORE, 'readwrite').objectStore(STORE).delete(id))
  } finally {
    db.close()
  }
}

/** What was put aside for this user and report and is not in `docs`; what is there by now is forgotten. */
export async function findKeptTexts(owner: {
  userId: string
  reportId: string
  docs: Docs
}): Promise<readonly KeptText[]> {
  if (typeof indexedDB === 'undefined') return []
  const db = await openStore()
  let all: readonly KeptPart[]
  try {
    all = (await settled(db.transaction(STORE, 'readonly').objectStore(STORE).getAll())) as readonly KeptPart[]
  } finally {
    db.close()
  }
  const texts: KeptText[] = []
  for (const kept of all) {
    if (kept.userId !== owner.userId || kept.reportId !== owner.reportId) continue
    const lines = lostLines(kept, owner.docs)
    if (lines.length === 0) await forgetKept(kept.id)
    else texts.push({ id: kept.id, part: kept.part, at: new Date(kept.at), lines })
  }
  return texts
}

/** Whole paragraphs and cells that stand in the kept document and not in the report as it is now. */
export function lostLines(kept: Pick<KeptPart, 'part' | 'state'>, docs: Docs): readonly string[] {
  const own = new Y.Doc()
  Y.applyUpdate(own, kept.state)
  const then = plainLines(kept.part, readReport({ ...emptyDocs(), [kept.part]: own }))
  const now = plainLines(kept.part, readReport(docs))
  return linesOnlyIn(then, now)
}

const DATABASE = `gongping:${DOC_LAYOUT}:kept`
const STORE = 'kept'

const emptyDocs = (): Docs => ({
  narrative: new Y.Doc(),
  self: new Y.Doc(),
  department: new Y.Doc(),
  finance: new Y.Doc(),
})

function openStore(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'id', autoIncrement: true })
  return settled(request)
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error ?? new Error('the browser store failed'))
  })
}
