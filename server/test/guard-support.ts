import type { Part } from '@gongping/permissions'
import * as Y from 'yjs'
import { judge } from '../src/sync/guard.ts'
import type { Verdict } from '../src/sync/guard.ts'
import { Ledger } from '../src/sync/ledger.ts'

/** Mulberry32: a seed gives the same numbers everywhere. */
export function randomFrom(seed: number): {
  next(): number
  below(limit: number): number
  pick<T>(list: readonly T[]): T
} {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return { next, below, pick: (list) => list[below(list.length)] as (typeof list)[number] }
}
export type Random = ReturnType<typeof randomFrom>

/** A server without sockets: what is accepted goes into a log and into a document to compare with. */
export class GuardedLog {
  readonly ledger: Ledger
  readonly log: Uint8Array[] = []
  readonly doc = new Y.Doc()
  readonly part: Part

  constructor(part: Part, seed: Uint8Array) {
    this.part = part
    this.ledger = Ledger.of([seed], new Map())
    this.log.push(seed)
    Y.applyUpdate(this.doc, seed)
  }

  judge(update: Uint8Array, userId: string, options: { mayWrite?: boolean } = {}): Verdict {
    return judge({
      update,
      ledger: this.ledger,
      userId,
      part: this.part,
      mayWrite: options.mayWrite ?? true,
      mayBind: 8,
    })
  }

  take(update: Uint8Array, userId: string): Verdict {
    const verdict = this.judge(update, userId)
    if (verdict.kind === 'apply') {
      this.ledger.advance(verdict.change, userId)
      this.log.push(verdict.update)
      Y.applyUpdate(this.doc, verdict.update)
    }
    return verdict
  }

  hasPending(): boolean {
    return hasPending(this.doc)
  }
}

export const hasPending = (doc: Y.Doc) => doc.store.pendingStructs !== null || doc.store.pendingDs !== null

export function copyOf(doc: Y.Doc): Y.Doc {
  const copy = new Y.Doc()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  return copy
}

/** Everything two equal documents have in common, whatever they have collected. */
export function contentOf(doc: Y.Doc, part: Part): unknown {
  const vector = [...Y.decodeStateVector(Y.encodeStateVector(doc))].toSorted(([one], [other]) => one - other)
  if (part === 'narrative')
    return { vector, body: doc.get('body', Y.XmlElement).toString(), deltas: deltas(doc.get('body', Y.XmlElement)) }
  return {
    vector,
    cover: doc.getMap('cover').toJSON(),
    facts: doc.getMap('facts').toJSON(),
    self: doc.getMap('self').toJSON(),
  }
}

function deltas(element: Y.XmlElement): unknown {
  return element
    .toArray()
    .map((child) => (child instanceof Y.XmlText ? child.toDelta() : deltas(child as Y.XmlElement)))
}

/** One random edit, of every kind an editor or score table makes. */
export function editRandomly(doc: Y.Doc, part: Part, random: Random, undo: Y.UndoManager): void {
  const roll = random.next()
  if (roll < 0.06) undo.undo()
  else if (roll < 0.09) undo.redo()
  else if (part === 'narrative') doc.transact(() => editNarrative(doc, random))
  else doc.transact(() => editMaps(doc, random))
}

const WORDS = ['资金', '绩效', 'abc', '😀', 'é', ' ', '到位率100%', 'x'.repeat(40), '\n']

function editNarrative(doc: Y.Doc, random: Random): void {
  let at: Y.XmlElement = doc.get('body', Y.XmlElement)
  for (let depth = random.below(3); depth > 0; depth -= 1) {
    const inner = at.toArray().filter((child) => child instanceof Y.XmlElement)
    if (inner.length > 0) at = random.pick(inner) as Y.XmlElement
  }
  const texts = at.toArray().filter((child) => child instanceof Y.XmlText)
  const roll = random.next()
  if (roll < 0.12 || texts.length === 0) {
    const text = new Y.XmlText(random.pick(WORDS))
    at.insert(random.below(at.length + 1), [text])
  } else if (roll < 0.2) {
    const element = new Y.XmlElement(random.pick(['table', 'row', 'list']))
    element.insert(0, [new Y.XmlText(random.pick(WORDS)), new Y.XmlElement('cell')])
    at.insert(random.below(at.length + 1), [element])
  } else if (roll < 0.28 && at.length > 1) at.delete(random.below(at.length - 1), 1)
  else if (roll < 0.36)
    at.setAttribute(random.pick(['style', 'indent', 'id']), random.pick([1, 'a', { b: [1, null] }, true]) as string)
  else {
    const text = random.pick(texts) as Y.XmlText
    const from = random.below(text.length + 1)
    const length = random.below(text.length - from + 1)
    if (roll < 0.7) text.insert(from, random.pick(WORDS))
    else if (roll < 0.82) text.delete(from, Math.min(length, 5))
    else if (roll < 0.92)
      text.format(from, length, { [random.pick(['bold', 'color'])]: random.pick([true, null, '#123']) })
    else if (roll < 0.96) text.insertEmbed(from, { score: random.below(100) }, { bold: true })
    else text.setAttribute('dir', random.pick(['ltr', 'rtl']))
  }
}

function editMaps(doc: Y.Doc, random: Random): void {
  const map = doc.getMap(random.pick(['cover', 'facts', 'self']))
  const key = random.pick(['a.score', 'b.score', 'c.reason', 'd'])
  const roll = random.next()
  const found = map.get(key)
  if (found instanceof Y.Text && roll < 0.6) {
    if (roll < 0.4 || found.length === 0) found.insert(random.below(found.length + 1), random.pick(WORDS))
    else found.delete(random.below(found.length), 1)
  } else if (roll < 0.7) {
    map.set(
      key,
      random.pick([
        1,
        0.5,
        -3,
        2 ** 40,
        'text',
        null,
        undefined,
        true,
        { deep: { er: [1] } },
        new Uint8Array([1, 2]),
        5n,
      ]),
    )
  } else if (roll < 0.85) map.set(key, new Y.Text(random.pick(WORDS)))
  else map.delete(key)
}
