import { describe, expect, test } from 'vitest'
import type { Part } from '@gongping/permissions'
import * as Y from 'yjs'
import { follow } from '../src/sync/consequences.ts'
import { Ledger } from '../src/sync/ledger.ts'
import { GuardedLog, contentOf, copyOf, editRandomly, hasPending, randomFrom } from './guard-support.ts'
import type { Random } from './guard-support.ts'
import { seedOf } from './sync-support.ts'

interface Person {
  readonly userId: string
  readonly doc: Y.Doc
  readonly undo: Y.UndoManager
  /** Updates not yet sent. */
  outbox: Uint8Array[]
  readonly sent: Uint8Array[]
  /** How far it has read the log. */
  heard: number
}

function aPerson(userId: string, seed: Uint8Array, random: Random): Person {
  const doc = new Y.Doc({ gc: random.next() < 0.7 })
  doc.clientID = 1000 + random.below(2 ** 31)
  Y.applyUpdate(doc, seed, 'server')
  const roots = ['body', 'cover', 'facts', 'self'].map((name) =>
    name === 'body' ? doc.get(name, Y.XmlElement) : doc.getMap(name),
  )
  const person: Person = {
    userId,
    doc,
    undo: new Y.UndoManager(roots, { captureTimeout: 0 }),
    outbox: [],
    sent: [],
    heard: 1,
  }
  doc.on('update', (update: Uint8Array, origin: unknown) => {
    if (origin !== 'server') person.outbox.push(update)
  })
  return person
}

function send(server: GuardedLog, person: Person, update: Uint8Array, context: string): void {
  const truth = copyOf(server.doc)
  Y.applyUpdate(truth, update)
  const verdict = server.take(update, person.userId)
  expect(verdict.kind, context).not.toBe('refuse')
  if (verdict.kind === 'missing') expect(hasPending(truth), `${context}: missing though nothing is`).toBe(true)
  else {
    expect(hasPending(truth), `${context}: a hole was accepted`).toBe(false)
    expect(contentOf(server.doc, server.part), context).toEqual(contentOf(truth, server.part))
  }
  person.sent.push(update)
}

/** Three people type, go offline, come back, repeat themselves, and send late or merged. */
function session(part: Part, seedNumber: number): void {
  const random = randomFrom(seedNumber)
  const context = `seed ${seedNumber} ${part}`
  const seed = seedOf(part)
  const server = new GuardedLog(part, seed)
  const people = ['ann', 'ben', 'eve'].map((userId) => aPerson(userId, seed, random))
  const listen = (person: Person) => {
    while (person.heard < server.log.length)
      Y.applyUpdate(person.doc, server.log[person.heard++] as Uint8Array, 'server')
  }
  const answer = (person: Person) => {
    person.outbox = []
    send(server, person, Y.encodeStateAsUpdate(person.doc, server.ledger.stateVector()), context)
  }
  for (let step = 0; step < 60; step += 1) {
    const person = random.pick(people)
    const roll = random.next()
    if (roll < 0.5) editRandomly(person.doc, part, random, person.undo)
    else if (roll < 0.65) {
      const next = person.outbox.shift()
      if (next) send(server, person, next, context)
    } else if (roll < 0.7 && person.outbox.length > 0) {
      send(server, person, Y.mergeUpdates(person.outbox), context)
      person.outbox = []
    } else if (roll < 0.75) answer(person)
    else if (roll < 0.8) send(server, person, Y.encodeStateAsUpdate(person.doc), context)
    else if (roll < 0.84 && person.sent.length > 0) send(server, person, random.pick(person.sent), context)
    else if (roll < 0.88 && person.outbox.length > 1)
      send(server, person, person.outbox.splice(1, 1)[0] as Uint8Array, context)
    else listen(person)
  }
  for (const person of people) answer(person)
  for (const person of people) listen(person)
  const expected = contentOf(server.doc, part)
  for (const person of people) expect(contentOf(person.doc, part), context).toEqual(expected)
  expect(server.hasPending()).toBe(false)

  const merged = new Y.Doc()
  Y.applyUpdate(merged, Y.mergeUpdates(server.log))
  expect(contentOf(merged, part), `${context}: merged log`).toEqual(expected)
  expect(new Map(Ledger.of([Y.mergeUpdates(server.log)], new Map()).clocks), context).toEqual(server.ledger.clocks)
  for (const person of people) {
    const again = server.judge(Y.encodeStateAsUpdate(person.doc), person.userId, { mayWrite: false })
    if (again.kind === 'deletes') expect(follow(again.deletes, Y.mergeUpdates(server.log)), context).toBe(true)
    else expect(again.kind, `${context}: a reader who has everything`).toBe('nothing')
  }
}

describe('honest updates', () => {
  for (const part of ['narrative', 'self'] as const) {
    test(`[Y1] [Y6] 250 random sessions in ${part}: all accepted, documents as Yjs alone would have them`, () => {
      for (let seed = 1; seed <= 250; seed += 1) session(part, seed)
    })
  }
})

test('[Y3] 30,000 mutated updates: a verdict each, and what is accepted applies without error or hole', () => {
  const counts = { apply: 0, nothing: 0, missing: 0, deletes: 0, refuse: 0 }
  for (let seed = 1; seed <= 60; seed += 1) {
    const random = randomFrom(seed * 7919)
    const part: Part = seed % 2 === 0 ? 'narrative' : 'self'
    const first = seedOf(part)
    const server = new GuardedLog(part, first)
    const ann = aPerson('ann', first, random)
    for (let step = 0; step < 25; step += 1) editRandomly(ann.doc, part, random, ann.undo)
    const half = ann.outbox.length >> 1
    for (const update of ann.outbox.slice(0, half)) server.take(update, 'ann')
    const later = ann.outbox.slice(half)
    const material = [...later, Y.mergeUpdates(later), Y.encodeStateAsUpdate(ann.doc), seedOf(part)]
    const before = Y.encodeStateAsUpdate(server.doc)
    for (let round = 0; round < 500; round += 1) {
      const update = mutate(random.pick(material), random.pick(material), random)
      const verdict = server.judge(update, 'ann')
      counts[verdict.kind] += 1
      if (verdict.kind !== 'apply') continue
      const doc = new Y.Doc()
      Y.applyUpdate(doc, before)
      Y.applyUpdate(doc, verdict.update)
      expect(hasPending(doc), `seed ${seed} round ${round}`).toBe(false)
      for (const [client, clock] of verdict.change.clocks) expect(Y.getState(doc.store, client)).toBe(clock)
    }
  }
  expect(counts.apply + counts.nothing + counts.missing + counts.refuse).toBe(30_000)
  expect(Math.min(counts.apply, counts.nothing, counts.missing, counts.refuse)).toBeGreaterThan(100)
})

function mutate(update: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const bytes = [...update]
  for (let times = 1 + random.below(3); times > 0; times -= 1) {
    const at = random.below(bytes.length)
    const roll = random.below(6)
    if (roll === 0) bytes[at] = random.below(256)
    else if (roll === 1) bytes[at] = ((bytes[at] as number) ^ (1 << random.below(8))) & 0xff
    else if (roll === 2) bytes.splice(at, 1 + random.below(4))
    else if (roll === 3) bytes.splice(at, 0, random.below(256))
    else if (roll === 4) bytes.length = Math.max(1, at)
    else bytes.splice(at, random.below(8), ...other.subarray(random.below(other.length)).subarray(0, 16))
    if (bytes.length === 0) bytes.push(0)
  }
  return new Uint8Array(bytes)
}
