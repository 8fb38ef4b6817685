import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { concatUpdates } from '../src/sync/concat-updates.ts'

/** Everything two documents can differ in: content, clocks, deletions. */
const inside = (updates: readonly Uint8Array[]) => {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  expect(doc.store.pendingStructs).toBeNull()
  expect(doc.store.pendingDs).toBeNull()
  return {
    content: doc.get('body', Y.XmlElement).toString(),
    map: doc.getMap('map').toJSON(),
    state: Buffer.from(Y.encodeStateAsUpdate(doc)).toString('base64'),
  }
}

/** Two people in one document; `seed` decides what they do. @returns their updates in an order without holes */
function write(seed: number, edits: number): Uint8Array[] {
  let random = seed
  const next = (below: number) => {
    random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fffffff
    return (random >> 8) % below
  }
  const docs = [new Y.Doc(), new Y.Doc()] as const
  const log: Uint8Array[] = []
  docs.forEach((doc, index) => {
    doc.clientID = 10 + index
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === 'other') return
      log.push(update)
      Y.applyUpdate(docs[1 - index] as Y.Doc, update, 'other')
    })
  })
  docs[0].get('body', Y.XmlElement).insert(0, [new Y.XmlText('甲')])
  for (let edit = 0; edit < edits; edit += 1) {
    const doc = docs[next(2)] as Y.Doc
    const body = doc.get('body', Y.XmlElement)
    const text = body.get(next(body.length)) as Y.XmlText
    const at = next(text.length + 1)
    switch (next(9)) {
      case 0:
        body.insert(next(body.length + 1), [new Y.XmlText('new')])
        break
      case 1:
        if (text.length > 2) text.delete(next(text.length - 1), 1)
        break
      case 2:
        if (text.length > 2) text.format(0, text.length, { bold: next(2) === 0 || null })
        break
      case 3:
        doc.getMap('map').set('key', next(10))
        break
      case 4:
        doc.transact(() => {
          text.insert(at, '😀')
          text.insert(at, 'x')
        })
        break
      default:
        text.insert(text.length, 'typed on')
    }
  }
  return log
}

test('joined updates hold what they held one by one, whoever wrote in between', () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const log = write(seed, 60)
    const joined = concatUpdates(log)
    expect(inside([joined])).toEqual(inside(log))
    // In parts, each of them news on top of the one before.
    const parts = [concatUpdates(log.slice(0, 20)), concatUpdates(log.slice(20, 45)), concatUpdates(log.slice(45))]
    expect(inside(parts)).toEqual(inside(log))
    expect(inside([concatUpdates(parts)])).toEqual(inside(log))
  }
})

test('a thousand keystrokes are one struct, in linear time', () => {
  const doc = new Y.Doc()
  const log: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => log.push(update))
  const text = new Y.XmlText()
  doc.get('body', Y.XmlElement).insert(0, [text])
  for (let at = 0; at < 10_000; at += 1) text.insert(at, 'a')
  const began = performance.now()
  const joined = concatUpdates(log)
  expect(performance.now() - began).toBeLessThan(1000)
  expect(joined.length).toBeLessThan(10_100)
  expect(inside([joined])).toEqual(inside([Y.encodeStateAsUpdate(doc)]))
})

test('updates with something missing between them are refused', () => {
  const log = write(7, 20)
  expect(() => concatUpdates([log[0] as Uint8Array, ...log.slice(5)])).toThrow('missing')
})
