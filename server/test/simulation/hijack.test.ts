import { CLOSE } from '@gongping/protocol'
import * as encoding from 'lib0/encoding'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { PartStore } from '../../src/sync/types.ts'
import { randomFrom } from '../guard-support.ts'
import { presenceMessage, seedOf } from '../sync-support.ts'
import { syncFrame } from './frames.ts'
import { HubLines, REPORT } from './hub-lines.ts'

const TRIES = 10_000
const SEED = seedOf('narrative')
const roles = { filler: ['filler'], filler2: ['filler'], head: ['head'] } as const

const startHub = (wrapStore?: (store: PartStore) => PartStore) =>
  new HubLines({ seeds: { narrative: SEED }, roles, ...(wrapStore ? { wrapStore } : {}) })

function personWith(clientId: number): { doc: Y.Doc; type(text: string): Uint8Array } {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, SEED)
  doc.clientID = clientId
  return {
    doc,
    type(text) {
      const vector = Y.encodeStateVector(doc)
      const first = doc.get('body', Y.XmlElement).get(0) as Y.XmlText
      first.insert(first.length, text)
      return Y.encodeStateAsUpdate(doc, vector)
    },
  }
}

const textOf = (doc: Y.Doc) => (doc.get('body', Y.XmlElement).get(0) as Y.XmlText).toString()

/** One section with one struct and no deletions. */
function forged(client: number, clock: number, body: readonly number[]): Uint8Array {
  const encoder = encoding.createEncoder()
  for (const value of [1, 1, client, clock]) encoding.writeVarUint(encoder, value)
  encoding.writeUint8Array(encoder, Uint8Array.from([...body, 0]))
  return encoding.toUint8Array(encoder)
}

const COLLECTED = [0, 50]
const TEXT = [4, 1, 4, ...Buffer.from('body'), 3, ...Buffer.from('bad')]
const TYPE = [7, 1, 4, ...Buffer.from('body'), 6]
const DELETED = [1, 1, 4, ...Buffer.from('body'), 9]

test(`[Y5] [Y53] ${TRIES} tries to write or appear as somebody else: none succeeds, the victim loses nothing`, async () => {
  const bench = startHub()
  const random = randomFrom(99)
  const ann = await bench.join('filler', 'narrative')
  const ben = await bench.join('head', 'narrative')
  const writer = personWith(1000)
  await ann.send(presenceMessage([{ clientId: 1000, clock: 1, state: { section: 's1' } }]))
  let clock = 0
  let words = 0
  let eve = await bench.join('filler2', 'narrative')
  const answers = new Map<number | undefined, number>()
  for (let round = 0; round < TRIES; round += 1) {
    if (round % 500 === 250) {
      await ann.update(writer.type(`[${(words += 1)}]`))
      clock = Y.getState(writer.doc.store, 1000)
    }
    const at = random.pick([0, clock, clock, clock, clock + 1, Math.max(0, clock - 1)])
    const body = random.pick([COLLECTED, TEXT, TYPE, DELETED])
    const isPresence = random.next() < 0.2
    // Half of the tries come before the victim has written anything.
    eve.put(
      isPresence
        ? presenceMessage([
            { clientId: 1000, clock: 100 + round, state: { name: 'name of filler', user: { id: 'filler' } } },
            { clientId: 5, clock: round, state: { name: 'name of filler', user: { id: 'filler', role: 'finance' } } },
          ])
        : syncFrame(random.pick(['step2', 'update'] as const), forged(1000, at, body)),
    )
    if (round % 50 === 0 || eve.closedWith !== undefined) await bench.world.pass(5)
    if (eve.closedWith !== undefined) {
      answers.set(eve.closedWith, (answers.get(eve.closedWith) ?? 0) + 1)
      eve = await bench.join('filler2', 'narrative')
    }
  }
  await bench.settle()
  const stored = await bench.read('narrative')
  expect(textOf(stored)).toBe(textOf(writer.doc))
  expect(Y.getState(stored.store, 1000)).toBe(clock)
  expect({ words, saved: ann.saved, closed: ann.closedWith }).toEqual({ words: 20, saved: 20, closed: undefined })
  expect(ben.presence.get(1000)).toMatchObject({ section: 's1', user: { id: 'filler' }, name: 'name of filler' })
  for (const [clientId, state] of ben.presence) {
    if (clientId !== 1000 && state !== null)
      expect(state).toMatchObject({ user: { id: 'filler2' }, name: 'name of filler2' })
  }
  expect(answers.get(CLOSE.refused)).toBeGreaterThan(TRIES / 4)
  await bench.hub.close()
})

describe('an id heard of in presence', () => {
  test('[Y5] stays its user’s while the line is away, so that what was typed offline is not taken for known', async () => {
    const bench = startHub()
    const ann = await bench.join('filler', 'narrative')
    const writer = personWith(1000)
    await ann.send(presenceMessage([{ clientId: 1000, clock: 1, state: {} }]))
    await ann.hangUp()
    const eve = await bench.join('filler2', 'narrative')
    await eve.update(forged(1000, 0, COLLECTED))
    expect(eve.closedWith).toBe(CLOSE.refused)
    const back = await bench.join('filler', 'narrative')
    await back.send(syncFrame('step2', writer.type('[offline]')))
    expect(back.saved).toBe(1)
    expect(textOf(await bench.read('narrative'))).toContain('[offline]')
  })

  test('[Y5] that somebody else took over a restart: its user is told, not answered saved', async () => {
    const bench = startHub()
    const eve = await bench.join('filler2', 'narrative')
    await eve.update(forged(1000, 0, COLLECTED))
    expect(eve.saved).toBe(1)
    const ann = await bench.join('filler', 'narrative')
    ann.put(presenceMessage([{ clientId: 1000, clock: 1, state: {} }]))
    await ann.send(syncFrame('step2', personWith(1000).type('[offline]')))
    expect({ saved: ann.saved, closed: ann.closedWith }).toEqual({ saved: 0, closed: CLOSE.refused })
    expect(ann.ext.at(-1)).toMatchObject({ type: 'refused', reason: 'foreign-client-id' })
  })

  test('[Y53] repeating what was told of others is no claim', async () => {
    const bench = startHub()
    const ann = await bench.join('filler', 'narrative')
    await ann.send(presenceMessage([{ clientId: 1000, clock: 1, state: {} }]))
    const ben = await bench.join('head', 'narrative')
    await ben.send(presenceMessage([{ clientId: 1000, clock: 1, state: {} }]))
    expect(ben.closedWith).toBeUndefined()
  })
})

test('[Y23] an answer that fills a hole is stored before anything from the hole on is called saved', async () => {
  let release: () => void = () => undefined
  const bench = startHub((store) => ({
    load: (key) => store.load(key),
    async append(entries) {
      const { promise, resolve } = Promise.withResolvers<void>()
      release = resolve
      await promise
      await store.append(entries)
    },
  }))
  const ann = await bench.join('filler', 'narrative')
  const writer = personWith(1000)
  const before = writer.type('[before]')
  await ann.update(writer.type('[after]'))
  // Something that can be stored at once, and is on its way to the disk when the answer comes.
  await ann.update(personWith(1001).type('[other]'))
  const answer = syncFrame('step2', Y.mergeUpdates([before, Y.encodeStateAsUpdate(writer.doc)]))
  await ann.send(answer)
  release()
  await bench.settle()
  expect(ann.saved).toBe(0)
  release()
  await bench.settle()
  expect(ann.saved).toBe(3)
})

test('[Y8] a format taken off without the pen is refused, and a superfluous mark passed over', async () => {
  const bench = startHub()
  const ann = await bench.join('filler', 'narrative')
  const writer = personWith(1000)
  const text = writer.doc.get('body', Y.XmlElement).get(0) as Y.XmlText
  const vector = Y.encodeStateVector(writer.doc)
  text.format(0, 2, { bold: true })
  await ann.update(Y.encodeStateAsUpdate(writer.doc, vector))
  bench.state = 'finance_review'
  const changed = bench.hub.accessChanged(REPORT)
  await bench.settle()
  await changed
  const before = Y.encodeStateVector(writer.doc)
  text.format(0, 2, { bold: null })
  await ann.update(Y.encodeStateAsUpdate(writer.doc, before))
  expect(ann.closedWith).toBe(CLOSE.refused)
  expect(textOf(await bench.read('narrative'))).toBe('<bold>se</bold>ed')
})

test('[Y30] a load that fails while the rights of the only one who waits are asked again ends nothing but that line', async () => {
  const failures: unknown[] = []
  const note = (error: unknown) => failures.push(error)
  process.on('unhandledRejection', note)
  const bench = startHub(() => ({
    load: () => Promise.reject(new Error('disk on fire')),
    append: () => Promise.reject(new Error('disk on fire')),
  }))
  let closed: number | undefined
  bench.hub.join({
    key: { reportId: REPORT, part: 'narrative' },
    access: bench.access('filler'),
    // Read before some change of rights.
    rightsEpoch: bench.hub.rightsEpoch - 1,
    ext: true,
    transport: { send: () => undefined, queuedBytes: 0, close: (code) => (closed = code) },
    isSignedIn: async () => true,
  })
  await bench.settle()
  await new Promise((resolve) => setImmediate(resolve))
  process.off('unhandledRejection', note)
  expect({ closed, failures }).toEqual({ closed: CLOSE.unavailable, failures: [] })
})
