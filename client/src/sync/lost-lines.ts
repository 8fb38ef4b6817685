import type { Part } from '@gongping/permissions'
import { readReport } from '@gongping/report-doc'
import * as Y from 'yjs'
import type { KeptPart } from './kept-text.ts'
import { linesOnlyIn, plainLines } from './plain-lines.ts'

export type Docs = Readonly<Record<Part, Y.Doc>>

/**
 * Whole paragraphs and cells that the report would have with the kept document and lacks without it. Of cells that two
 * people set at once the refused value counts, whichever of the two stays; of paragraphs that others took out, what was
 * written into them. What others changed is not among them.
 */
export function lostLines(
  { part, state, copied }: Pick<KeptPart, 'part' | 'state' | 'copied'>,
  docs: Docs,
): readonly string[] {
  const states = copied ? [state, copied] : [state]
  const merged = new Y.Doc()
  for (const update of [Y.encodeStateAsUpdate(docs[part]), ...states]) Y.applyUpdate(merged, update)
  const known = Y.decodeStateVector(Y.encodeStateVector(docs[part]))
  const deletedThere = Y.createDeleteSetFromStructStore(docs[part].store)
  const drowned = new Set(states.flatMap((one) => drownedLines({ part, state: one, known, deletedThere, merged })))
  for (const one of states) {
    for (const { root, key, value } of unknownValues(one, docs[part])) merged.getMap(root).set(key, value)
  }
  const there = linesOf(part, docs[part])
  const lines = linesOnlyIn(linesOf(part, merged), there)
  return [...lines, ...[...drowned].filter((line) => !lines.includes(line) && !there.includes(line))]
}

const linesOf = (part: Part, doc: Y.Doc) => plainLines(part, readReport({ ...emptyDocs(), [part]: doc }))

/** Those of `lines` that the report lacks. */
export function missingLines({ part, lines }: { part: Part; lines: readonly string[] }, docs: Docs): readonly string[] {
  const there = linesOf(part, docs[part])
  return lines.filter((line) => !there.includes(line))
}

/**
 * Lines with text in them that the report has never heard of and would not show, because what they stood in has been
 * deleted there: as they were without these deletions.
 *
 * @param o.state the document of whoever wrote them
 * @param o.known state vector of the report without it
 * @param o.deletedThere what `state` has of the report's deletions
 * @param o.merged the report with it
 */
export function drownedLines(o: {
  part: Part
  state: Uint8Array
  known: ReadonlyMap<number, number>
  deletedThere?: ReturnType<typeof Y.createDeleteSet>
  merged: Y.Doc
}): readonly string[] {
  const { part, state, known, deletedThere = Y.createDeleteSet(), merged } = o
  const doc = new Y.Doc({ gc: false })
  Y.applyUpdate(doc, state)
  const deletedHere = Y.createDeleteSet()
  const all = new Map<number, number>()
  const before = new Map<number, number>()
  let isAnyDrowned = false
  for (const [client, structs] of doc.store.clients) {
    const knownTo = known.get(client) ?? 0
    const end = Y.getState(doc.store, client)
    all.set(client, end)
    if (knownTo > 0) before.set(client, Math.min(knownTo, end))
    const ranges: { clock: number; len: number }[] = []
    for (const struct of structs) {
      const { clock } = struct.id
      if (struct.deleted && !isDeletedWithin(struct, deletedThere)) ranges.push({ clock, len: struct.length })
      else if (clock + struct.length > knownTo && struct instanceof Y.Item && struct.countable)
        isAnyDrowned ||= isGone(merged, { client, clock: Math.max(clock, knownTo) })
    }
    if (ranges.length > 0) deletedHere.clients.set(client, ranges)
  }
  if (!isAnyDrowned) return []
  const linesUpTo = (vector: Map<number, number>) =>
    linesOf(part, Y.createDocFromSnapshot(doc, Y.createSnapshot(deletedHere, vector)))
  return linesOnlyIn(linesUpTo(all), linesUpTo(before))
}

/** Whether it, or what it stands in, is among these deletions. */
function isDeletedWithin(struct: Y.Item | Y.GC, deletions: ReturnType<typeof Y.createDeleteSet>): boolean {
  for (let item: Y.Item | Y.GC | null = struct; item !== null; item = parentOf(item)) {
    if (Y.isDeleted(deletions, item.id)) return true
  }
  return false
}

const parentOf = (struct: Y.Item | Y.GC): Y.Item | null =>
  struct instanceof Y.Item && struct.parent instanceof Y.AbstractType ? struct.parent._item : null

const isGone = (doc: Y.Doc, id: { client: number; clock: number }) =>
  id.clock < Y.getState(doc.store, id.client) && Y.getItem(doc.store, Y.createID(id.client, id.clock)).deleted

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

const emptyDocs = (): Docs => ({
  narrative: new Y.Doc(),
  self: new Y.Doc(),
  department: new Y.Doc(),
  finance: new Y.Doc(),
})
