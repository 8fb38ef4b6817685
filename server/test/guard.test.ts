import { describe, expect, test } from 'vitest'
import type { Part } from '@gongping/permissions'
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import { follow } from '../src/sync/consequences.ts'
import { judge } from '../src/sync/guard.ts'
import { Ledger } from '../src/sync/ledger.ts'
import { timed } from './guard-fuzz.ts'
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

function send(server: GuardedLog, person: Person, update: Uint8Array): void {
  const truth = copyOf(server.doc)
  Y.applyUpdate(truth, update)
  const verdict = server.take(update, person.userId)
  expect(['apply', 'nothing', 'missing']).toContain(verdict.kind)
  // Missing here is what would stay pending in Yjs, and the other way round.
  expect(verdict.kind === 'missing').toBe(hasPending(truth))
  const wanted = verdict.kind === 'missing' ? server.doc : truth
  expect(contentOf(server.doc, server.part)).toEqual(contentOf(wanted, server.part))
  person.sent.push(update)
}

/** Three people type, go offline, come back, repeat themselves, and send late or merged. */
function session(part: Part, seedNumber: number): 'converged' {
  const random = randomFrom(seedNumber)
  const seed = seedOf(part)
  const server = new GuardedLog(part, seed)
  const people = ['ann', 'ben', 'eve'].map((userId) => aPerson(userId, seed, random))
  const listen = (person: Person) => {
    while (person.heard < server.log.length)
      Y.applyUpdate(person.doc, server.log[person.heard++] as Uint8Array, 'server')
  }
  const answer = (person: Person) => {
    person.outbox = []
    send(server, person, Y.encodeStateAsUpdate(person.doc, server.ledger.stateVector()))
  }
  for (let step = 0; step < 60; step += 1) {
    const person = random.pick(people)
    const roll = random.next()
    if (roll < 0.5) editRandomly(person.doc, part, random, person.undo)
    else if (roll < 0.65) {
      const next = person.outbox.shift()
      if (next) send(server, person, next)
    } else if (roll < 0.7 && person.outbox.length > 0) {
      send(server, person, Y.mergeUpdates(person.outbox))
      person.outbox = []
    } else if (roll < 0.75) answer(person)
    else if (roll < 0.8) send(server, person, Y.encodeStateAsUpdate(person.doc))
    else if (roll < 0.84 && person.sent.length > 0) send(server, person, random.pick(person.sent))
    else if (roll < 0.88 && person.outbox.length > 1) send(server, person, person.outbox.splice(1, 1)[0] as Uint8Array)
    else listen(person)
  }
  for (const person of people) answer(person)
  for (const person of people) listen(person)
  const expected = contentOf(server.doc, part)
  for (const person of people) expect(contentOf(person.doc, part)).toEqual(expected)
  expect(server.hasPending()).toBe(false)

  const merged = new Y.Doc()
  Y.applyUpdate(merged, Y.mergeUpdates(server.log))
  expect(contentOf(merged, part)).toEqual(expected)
  expect(new Map(Ledger.of([Y.mergeUpdates(server.log)], new Map()).clocks)).toEqual(server.ledger.clocks)
  for (const person of people) {
    const again = server.judge(Y.encodeStateAsUpdate(person.doc), person.userId, { mayWrite: false })
    const isNoWrite =
      again.kind === 'deletes' ? follow(again.deletes, Y.mergeUpdates(server.log)) : again.kind === 'nothing'
    expect(isNoWrite).toBe(true)
  }
  return 'converged'
}

/** A failing seed is named, so that it can become a test of its own. */
function sessionOf(part: Part, seed: number): 'converged' {
  try {
    return session(part, seed)
  } catch (error) {
    throw new Error(`seed ${seed} in ${part}`, { cause: error })
  }
}

describe('honest updates', () => {
  for (const part of ['narrative', 'self'] as const) {
    test(`[Y1] [Y6] 250 random sessions in ${part}: all accepted, documents as Yjs alone would have them`, () => {
      for (let seed = 1; seed <= 250; seed += 1) expect(sessionOf(part, seed)).toBe('converged')
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
      expect({ seed, round, pending: hasPending(doc) }).toEqual({ seed, round, pending: false })
      const { change } = verdict
      const clocks = change.kind === 'typing' ? [[change.client, change.next] as const] : change.clocks
      for (const [client, clock] of clocks) expect(Y.getState(doc.store, client)).toBe(clock)
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

describe('one forged update each', () => {
  const start = (part: Part) => new GuardedLog(part, seedOf(part))
  const made = (part: Part, edit: (doc: Y.Doc) => void, options: { clientId?: number } = {}) => {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, seedOf(part))
    if (options.clientId !== undefined) doc.clientID = options.clientId
    const vector = Y.encodeStateVector(doc)
    edit(doc)
    return Y.encodeStateAsUpdate(doc, vector)
  }
  const typing = (clientId = 77) => made('self', (doc) => doc.getMap('facts').set('a', 1), { clientId })

  test("[Y4] roots that are not the part's, list items in a map, subdocuments", () => {
    const server = start('self')
    const verdicts = [
      made('self', (doc) => doc.getMap('scores').set('a', 1)),
      made('self', (doc) => doc.getText('body').insert(0, 'x')),
      made('self', (doc) => doc.getArray('facts').push([1])),
      made('self', (doc) => doc.getMap('facts').set('a', new Y.Doc())),
    ].map((update) => server.judge(update, 'ann'))
    expect(verdicts).toEqual(verdicts.map(() => ({ kind: 'refuse', reason: 'bad-root' })))
    expect(
      start('narrative').judge(
        made('self', (doc) => doc.getMap('self').set('a', 1)),
        'ann',
      ).kind,
    ).toBe('refuse')
    expect(
      start('finance').judge(
        made('finance', (doc) => doc.getMap('scores').set('a', 1)),
        'ann',
      ).kind,
    ).toBe('apply')
  })

  test('[Y4] a __proto__ key, as map key and inside a value', () => {
    const server = start('self')
    const inside = made('self', (doc) => doc.getMap('facts').set('a', JSON.parse('{"__proto__": {"isAdmin": true}}')))
    expect(server.judge(inside, 'ann')).toEqual({ kind: 'refuse', reason: 'undecodable' })
    const asKey = made('self', (doc) => doc.getMap('facts').set('__proto__', 1))
    expect(server.judge(asKey, 'ann')).toEqual({ kind: 'refuse', reason: 'undecodable' })
  })

  test("[Y5] another user's client id, the seed's, and more ids than one line may take", () => {
    const server = start('self')
    expect(server.take(typing(), 'ann').kind).toBe('apply')
    const next = new Y.Doc()
    Y.applyUpdate(next, Y.mergeUpdates(server.log))
    next.clientID = 77
    const before = Y.encodeStateVector(next)
    next.getMap('facts').set('b', 2)
    const update = Y.encodeStateAsUpdate(next, before)
    expect(server.judge(update, 'eve')).toEqual({ kind: 'refuse', reason: 'foreign-client-id' })
    expect(server.judge(update, 'ann').kind).toBe('apply')

    // A "collected" struct under a foreign id would make all later edits of that person look known.
    const hijack = new Uint8Array([1, 1, 77, 1, 0, 50, 0])
    expect(server.judge(hijack, 'eve')).toEqual({ kind: 'refuse', reason: 'foreign-client-id' })
    const asSeed = made('self', (doc) => doc.getMap('facts').set('a', 1), { clientId: 1 })
    expect(server.judge(asSeed, 'ann')).toEqual({ kind: 'refuse', reason: 'foreign-client-id' })

    const many = Array.from({ length: 9 }, (_, index) => typing(100 + index))
    expect(server.judge(Y.mergeUpdates(many), 'ann')).toEqual({ kind: 'refuse', reason: 'too-large' })
    expect(server.judge(Y.mergeUpdates(many.slice(1)), 'ann').kind).toBe('apply')
  })

  test('[Y6] an empty update, a repeated one, and one that is partly known', () => {
    const server = start('self')
    expect(server.judge(new Uint8Array([0, 0]), 'ann', { mayWrite: false })).toEqual({ kind: 'nothing' })
    const doc = new Y.Doc()
    doc.clientID = 77
    doc.getMap('facts').set('t', new Y.Text('abc'))
    const first = Y.encodeStateAsUpdate(doc)
    expect(server.take(first, 'ann').kind).toBe('apply')
    expect(server.judge(first, 'ann')).toEqual({ kind: 'nothing' })
    ;(doc.getMap('facts').get('t') as Y.Text).insert(3, 'def😀')
    const verdict = server.take(Y.encodeStateAsUpdate(doc), 'ann')
    expect(verdict).toMatchObject({
      kind: 'apply',
      update: Y.encodeStateAsUpdate(doc, Y.encodeStateVectorFromUpdate(first)),
    })
    expect(String(server.doc.getMap('facts').get('t'))).toBe('abcdef😀')
  })

  test('[Y7] gaps, unknown origins, deletions beyond what is known, and structs that wait for each other', () => {
    const server = start('self')
    const doc = new Y.Doc()
    doc.clientID = 77
    const updates: Uint8Array[] = []
    doc.on('update', (update: Uint8Array) => updates.push(update))
    doc.getMap('facts').set('t', new Y.Text('abc'))
    ;(doc.getMap('facts').get('t') as Y.Text).insert(0, 'x')
    expect(server.judge(updates[1] as Uint8Array, 'ann')).toEqual({ kind: 'missing' })
    expect(server.judge(new Uint8Array([0, 1, 77, 1, 0, 1]), 'ann')).toEqual({ kind: 'missing' })
    // 88's first struct stands right of 77's first, and 77's right of 88's.
    const circle = new Uint8Array([2, 1, 88, 0, 0x84, 77, 0, 1, 97, 1, 77, 0, 0x84, 88, 0, 1, 97, 0])
    expect(server.judge(circle, 'ann')).toEqual({ kind: 'refuse', reason: 'undecodable' })
    const ownFuture = new Uint8Array([1, 1, 77, 0, 0x84, 77, 5, 1, 97, 0])
    expect(server.judge(ownFuture, 'ann')).toEqual({ kind: 'refuse', reason: 'undecodable' })
  })

  test('[Y8] without the pen: new structs and deletions of what stands are no consequence of the document', () => {
    const server = start('self')
    expect(server.take(typing(), 'ann').kind).toBe('apply')
    expect(server.judge(typing(78), 'eve', { mayWrite: false })).toEqual({ kind: 'refuse', reason: 'no-pen' })
    const verdict = server.judge(new Uint8Array([0, 1, 77, 1, 0, 1]), 'eve', { mayWrite: false })
    expect(verdict).toEqual({ kind: 'deletes', deletes: [{ client: 77, clock: 0, length: 1 }] })
    expect(follow([{ client: 77, clock: 0, length: 1 }], Y.mergeUpdates(server.log))).toBe(false)
  })

  test('[Y2] bounds: structs, nesting, lengths that promise more than there is', () => {
    const server = start('self')
    const wide = made('self', (doc) => {
      for (let index = 0; index < 20_001; index += 1) doc.getMap('facts').set(`k${index}`, index)
    })
    expect(server.judge(wide, 'ann')).toEqual({ kind: 'refuse', reason: 'too-large' })
    let deep: unknown = 1
    for (let depth = 0; depth < 100; depth += 1) deep = [deep]
    expect(
      server.judge(
        made('self', (doc) => doc.getMap('facts').set('a', deep)),
        'ann',
      ),
    ).toEqual({ kind: 'refuse', reason: 'too-large' })
    for (const bytes of [[], [1], [255, 255, 255, 255, 255, 255, 255, 15, 0], [0, 255, 255, 255, 255, 15], [0, 0, 0]]) {
      expect(server.judge(new Uint8Array(bytes), 'ann')).toEqual({ kind: 'refuse', reason: 'undecodable' })
    }
  })

  test('[Y2] types in types: 64 deep, and not one more, however they come', () => {
    const nest = (at: Y.XmlElement, depth: number): Y.XmlElement => {
      let inner = at
      for (let left = depth; left > 0; left -= 1) {
        const next = new Y.XmlElement('p')
        inner.push([next])
        inner = next
      }
      return inner
    }
    const atOnce = made('narrative', (doc) => void nest(doc.get('body', Y.XmlElement), 5000))
    expect(start('narrative').judge(atOnce, 'ann')).toEqual({ kind: 'refuse', reason: 'too-large' })

    const server = start('narrative')
    const doc = new Y.Doc()
    Y.applyUpdate(doc, seedOf('narrative'))
    let deepest = doc.get('body', Y.XmlElement)
    let depth = 0
    for (;;) {
      const vector = Y.encodeStateVector(doc)
      // Beside a text, so that the parent is known by the neighbour only.
      deepest.insert(deepest.length, [new Y.XmlText('x')])
      deepest = nest(deepest, 1)
      const verdict = server.take(Y.encodeStateAsUpdate(doc, vector), 'ann')
      if (verdict.kind !== 'apply') break
      depth += 1
    }
    // The letters in the last text are the 64th level.
    expect(depth).toBe(63)
    const reloaded = Ledger.of([Y.mergeUpdates(server.log)], new Map([[doc.clientID, 'ann']]))
    const vector = Y.encodeStateVector(server.doc)
    const update = Y.encodeStateAsUpdate(doc, vector)
    const again = judge({ update, ledger: reloaded, userId: 'ann', part: 'narrative', mayWrite: true, mayBind: 8 })
    expect(again).toEqual({ kind: 'refuse', reason: 'too-large' })
  })

  test('[Y3] a frame full of the worst is judged in well under 250 ms', () => {
    const server = start('self')
    const many = (byte: number) => Array.from({ length: 1_000_000 }, () => byte)
    const material = [
      new Uint8Array([0, 255, 255, 3, ...many(1)]),
      new Uint8Array([255, 255, 3, ...many(1)]),
      new Uint8Array([1, 1, 77, 0, 0x28, 1, 5, 102, 97, 99, 116, 115, 1, 97, 1, 118, 1, ...many(117)]),
    ]
    for (const update of material) {
      const takes = Array.from({ length: 3 }, () => timed(() => server.judge(update, 'ann')))
      expect(takes.map(({ verdict }) => verdict.kind)).toEqual(['refuse', 'refuse', 'refuse'])
      // The shortest one: the others are the machine's.
      expect(Math.min(...takes.map(({ ms }) => ms))).toBeLessThan(250)
    }
  })

  test('[Y3] deletions in the worst order, over gaps, and the same ones over and over', () => {
    const length = 200_000
    const deleted = (ranges: readonly (readonly [number, number])[]) => {
      const encoder = encoding.createEncoder()
      for (const value of [0, 1, 77, ranges.length, ...ranges.flat()]) encoding.writeVarUint(encoder, value)
      return encoding.toUint8Array(encoder)
    }
    const text = made('narrative', (doc) => {
      doc.clientID = 77
      doc.get('body', Y.XmlElement).push([new Y.XmlText('x'.repeat(length))])
    })
    const everyOther = Array.from({ length: length / 2 }, (_, index) => [length - 2 * index, 1] as const)
    const all = Array.from({ length: 100_000 }, () => [0, length] as const)
    const quarter = everyOther.flatMap(([clock], index) => (index % 2 === 0 ? [[clock - 1, 1] as const] : []))
    const judgeAll = () => {
      const server = start('narrative')
      expect(server.take(text, 'ann').kind).toBe('apply')
      const { ledger } = server
      const take = (update: Uint8Array) => {
        const verdict = server.judge(update, 'ann')
        if (verdict.kind === 'apply') ledger.advance(verdict.change, 'ann')
        return verdict
      }
      const first = timed(() => take(deleted(everyOther)))
      const read = timed(() => server.judge(deleted(all), 'reader', { mayWrite: false }))
      const second = timed(() => take(deleted(quarter)))
      expect(ledger.deleted.get(77)?.missing(0, length + 1)).toHaveLength(length / 4)
      const last = timed(() => take(deleted(all)))
      expect(ledger.deleted.get(77)).toMatchObject({ starts: [0], ends: [length + 1] })
      const steps = [first, read, second, last]
      expect(steps.map(({ verdict }) => verdict.kind)).toEqual(['apply', 'deletes', 'apply', 'apply'])
      return steps.map(({ ms }) => ms)
    }
    const takes = Array.from({ length: 3 }, judgeAll)
    // The shortest one of each step: the others are the machine's.
    const shortest = takes[0]!.map((_, step) => Math.min(...takes.map((times) => times[step]!)))
    expect(Math.max(...shortest)).toBeLessThan(250)
  })

  test('[Y4] text typed offline where somebody deleted the place meanwhile, and the log was folded', () => {
    const server = start('narrative')
    const ann = new Y.Doc()
    Y.applyUpdate(ann, seedOf('narrative'))
    const cell = new Y.XmlElement('cell')
    const row = new Y.XmlElement('row')
    ann.get('body', Y.XmlElement).push([row])
    row.push([cell])
    cell.push([new Y.XmlText()])
    expect(server.take(Y.encodeStateAsUpdate(ann), 'ann').kind).toBe('apply')
    const ben = copyOf(server.doc)
    const vector = Y.encodeStateVector(ben)
    const texts = (ben.get('body', Y.XmlElement).get(1) as Y.XmlElement).get(0) as Y.XmlElement
    ;(texts.get(0) as Y.XmlText).insert(0, 'offline')
    texts.push([new Y.XmlText('more')])
    const folded = copyOf(server.doc)
    folded.get('body', Y.XmlElement).delete(1, 1)
    const ledger = Ledger.of([Y.encodeStateAsUpdate(folded)], new Map([[ann.clientID, 'ann']]))
    const update = Y.encodeStateAsUpdate(ben, vector)
    const verdict = judge({ update, ledger, userId: 'ben', part: 'narrative', mayWrite: true, mayBind: 8 })
    expect(verdict.kind).toBe('apply')
  })
})
