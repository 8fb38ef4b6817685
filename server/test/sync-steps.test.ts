import * as encoding from 'lib0/encoding'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { countSteps } from '../src/sync/steps.ts'
import { randomFrom } from './guard-support.ts'

/** What the loop of `Item.integrate` of Yjs passes over before it knows the place of this struct. */
function stepsOfYjs(doc: Y.Doc, update: Uint8Array): number {
  const [item] = Y.decodeUpdate(update).structs
  if (!(item instanceof Y.Item)) throw new Error('not a struct of a list')
  const { store } = doc
  let steps = 0
  doc.transact((transaction) => {
    const left = item.origin && Y.getItemCleanEnd(transaction, store, item.origin)
    const right = item.rightOrigin && Y.getItemCleanStart(transaction, item.rightOrigin)
    const start = doc.get('body', Y.XmlElement)._start
    if (left ? left.right === right : right?.left === null) return
    const before = new Set<Y.Item>()
    const conflicting = new Set<Y.Item>()
    for (let other = left ? left.right : start; other !== null && other !== right; other = other.right) {
      steps += 1
      before.add(other)
      conflicting.add(other)
      if (Y.compareIDs(item.origin, other.origin)) {
        if (other.id.client < item.id.client) conflicting.clear()
        else if (Y.compareIDs(item.rightOrigin, other.rightOrigin)) break
      } else if (other.origin !== null && before.has(Y.getItem(store, other.origin))) {
        if (!conflicting.has(Y.getItem(store, other.origin))) conflicting.clear()
      } else break
    }
  })
  return steps
}

/** An element on `body`, between these. */
function struct(id: Y.ID, { left, right }: { left: Y.ID | undefined; right: Y.ID | undefined }): Uint8Array {
  const encoder = encoding.createEncoder()
  for (const value of [1, 1, id.client, id.clock]) encoding.writeVarUint(encoder, value)
  encoding.writeUint8(encoder, 7 | (left ? 0x80 : 0) | (right ? 0x40 : 0))
  for (const neighbour of [left, right]) {
    if (!neighbour) continue
    encoding.writeVarUint(encoder, neighbour.client)
    encoding.writeVarUint(encoder, neighbour.clock)
  }
  if (!left && !right) {
    encoding.writeVarUint(encoder, 1)
    encoding.writeVarString(encoder, 'body')
  }
  encoding.writeVarUint(encoder, 6)
  encoding.writeVarUint(encoder, 0)
  return encoding.toUint8Array(encoder)
}

test('[Y9] with the document at hand never fewer steps are counted than Yjs takes, whatever the neighbours', () => {
  let most = 0
  for (let seed = 1; seed <= 150; seed += 1) {
    const random = randomFrom(seed)
    const doc = new Y.Doc()
    doc.clientID = 50
    const body = doc.get('body', Y.XmlElement)
    const length = seed % 2 === 0 ? 30 : 2
    for (let count = 0; count < length; count += 1) body.insert(random.below(body.length + 1), [new Y.XmlText()])
    if (seed % 4 === 0) body.delete(5, 10)
    const state = Y.encodeStateAsUpdate(doc)
    const ids = Array.from({ length }, (_, clock) => Y.createID(50, clock))
    const clocks = new Map<number, number>()
    const updates: Uint8Array[] = []
    let steps = 0
    const oneOf = () => (random.below(8) === 0 ? undefined : ids[random.below(ids.length)])
    for (let count = 0; count < 30; count += 1) {
      const client = [1, 99][random.below(2)] as number
      const id = Y.createID(client, clocks.get(client) ?? 0)
      const left = oneOf()
      const goesOn = random.below(4) === 0 && id.clock > 0
      const update = struct(id, { left: goesOn ? Y.createID(client, id.clock - 1) : left, right: oneOf() })
      // What goes on behind its writer's last struct is free: so many of one's own stand between at most.
      if (!goesOn) steps += stepsOfYjs(doc, update)
      Y.applyUpdate(doc, update)
      clocks.set(client, id.clock + 1)
      ids.push(id)
      updates.push(update)
    }
    expect(countSteps(Y.mergeUpdates(updates), state).steps).toBeGreaterThanOrEqual(steps)
    most = Math.max(most, steps)
  }
  expect(most).toBeGreaterThan(200)
})

test('[Y9] what leans on each other in a new list is counted by how much there is of it', () => {
  const right = Y.createID(7, 0)
  const updates = [struct(right, { left: undefined, right: undefined })]
  for (let clock = 1; clock <= 500; clock += 1) {
    // Behind a struct that says its place only by its right neighbour.
    const left = clock === 1 ? undefined : Y.createID(7, 1)
    updates.push(struct(Y.createID(7, clock), { left, right: clock === 1 ? right : undefined }))
  }
  const empty = Y.encodeStateAsUpdate(new Y.Doc())
  expect(countSteps(Y.mergeUpdates(updates), empty).steps).toBeGreaterThan(500 * 500)
})

test('[Y9] paragraphs brought back cost as many steps as there are paragraphs, not as many as the list is long', () => {
  const doc = new Y.Doc()
  const body = doc.get('body', Y.XmlElement)
  doc.transact(() => body.push(Array.from({ length: 5000 }, () => new Y.XmlText('paragraph'))))
  const undo = new Y.UndoManager(body)
  doc.transact(() => body.delete(100, 4000))
  const state = Y.encodeStateAsUpdate(doc)
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  undo.undo()
  expect(updates.length).toBe(1)
  expect(countSteps(updates[0] as Uint8Array, state).steps).toBeLessThan(10 * 4000)
})

test('[Y9] a document into which much was put far from its place is not quick to open, a long one is', () => {
  const doc = new Y.Doc()
  doc.transact(() => doc.get('body', Y.XmlElement).push(Array.from({ length: 4000 }, () => new Y.XmlText('x'))))
  const ids = [...(doc.store.clients.get(doc.clientID) ?? [])].flatMap(({ id }) => (id.clock % 2 === 0 ? id : []))
  const long = Y.encodeStateAsUpdate(doc)
  const nothing = Uint8Array.from([0, 0])
  expect(countSteps(nothing, long).isQuick).toBe(true)
  const client = 2 ** 32 - 1
  const far = Array.from({ length: 1000 }, (_, clock) =>
    struct(Y.createID(client, clock), { left: ids[0], right: ids[3999 - clock] }),
  )
  expect(countSteps(nothing, Y.mergeUpdates([long, ...far])).isQuick).toBe(false)
})
