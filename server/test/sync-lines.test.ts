import { CLOSE, FRAME, LIMITS } from '@gongping/protocol'
import * as encoding from 'lib0/encoding'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Outgoing } from '../src/sync/outgoing.ts'
import { readFrame, syncFrame } from './simulation/frames.ts'
import { HubLines, REPORT } from './simulation/hub-lines.ts'
import { presenceMessage, seedOf } from './sync-support.ts'

const MIB = 1024 * 1024
const roles = { filler: ['filler'], head: ['head'] } as const

/** @param length of the text */
function startHub(length = 1): HubLines {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, seedOf('narrative'))
  doc.get('body', Y.XmlElement).push([new Y.XmlText('x'.repeat(length))])
  return new HubLines({ seeds: { narrative: Y.encodeStateAsUpdate(doc) }, roles })
}

/** A line whose network takes nothing until it is told to. */
async function stalledLine(bench: HubLines, { ext = false }: { ext?: boolean } = {}) {
  const line = { queuedBytes: 0, sent: [] as Uint8Array[], closedWith: undefined as number | undefined }
  let drained: (() => void)[] = []
  const connection = bench.hub.join({
    key: { reportId: REPORT, part: 'narrative' },
    access: bench.access('head'),
    rightsEpoch: bench.hub.rightsEpoch,
    ext,
    transport: {
      send(outgoing: Outgoing) {
        line.queuedBytes += outgoing.bytes
        line.sent.push(...outgoing.payloads)
      },
      get queuedBytes() {
        return line.queuedBytes
      },
      onDrained: (run) => void drained.push(run),
      close: (code) => (line.closedWith = code),
    },
    isSignedIn: async () => true,
  })
  await bench.settle()
  return Object.assign(line, {
    put: (frame: Uint8Array) => connection.receive(frame),
    answers: () => line.sent.filter((frame) => readFrame(frame).kind === 'step2').length,
    drain() {
      line.queuedBytes = 0
      const waiting = drained
      drained = []
      for (const run of waiting) run()
    },
  })
}

/** Types paragraphs under that client id. @returns the update of each */
function typist(clientId: number): (text: string) => Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = clientId
  return (text) => {
    const before = Y.encodeStateVector(doc)
    doc.get('body', Y.XmlElement).push([new Y.XmlText(text)])
    return Y.encodeStateAsUpdate(doc, before)
  }
}

/** As a client asks that knows something the server does not. */
const question = syncFrame('step1', Uint8Array.from([1, 5, 1]))

test('[Y52] who asks again and again and takes no answer has one waiting, and gets the next one after it', async () => {
  const bench = startHub(MIB)
  const eve = await stalledLine(bench)
  for (let count = 0; count < 20; count += 1) eve.put(question)
  await bench.settle()
  expect({ answers: eve.answers(), closed: eve.closedWith }).toEqual({ answers: 1, closed: undefined })
  expect(eve.queuedBytes).toBeLessThan(2 * MIB)
  for (let count = 0; count < 20; count += 1) eve.put(question)
  await bench.settle()
  expect(eve.answers()).toBe(1)
  for (const answers of [2, 2]) {
    eve.drain()
    await bench.settle()
    expect(eve.answers()).toBe(answers)
  }
  eve.put(question)
  await bench.settle()
  expect(eve.answers()).toBe(3)
})

test('[Y54] however many lines ask at once: one answer at a time, for each line one', async () => {
  const bench = startHub(MIB / 2)
  const lines = await Promise.all(Array.from({ length: 8 }, () => stalledLine(bench)))
  const answers = () => lines.reduce((sum, line) => sum + line.answers(), 0)
  const frames = () => lines.reduce((sum, line) => sum + line.sent.length, 0)
  const asker = await stalledLine(bench)
  const before = frames()
  for (const line of lines) for (let count = 0; count < 60; count += 1) line.put(question)
  for (let count = 0; count < 60; count += 1) asker.put(Uint8Array.from([FRAME.queryAwareness]))
  expect(frames() - before).toBe(0)
  await bench.settle()
  expect(answers()).toBe(lines.length)
})

test('[Y54] a question for a long document counts more', async () => {
  const bench = startHub(4 * MIB)
  let asked = 0
  let closedWith: number | undefined
  while (closedWith === undefined && asked < 1000) {
    const eve = await bench.join('head', 'narrative')
    for (; asked % 50 < 49 && eve.closedWith === undefined; asked += 1) eve.put(question)
    asked += 1
    closedWith = eve.closedWith
    await eve.hangUp()
  }
  expect(closedWith).toBe(CLOSE.tooSlow)
  expect(asked).toBeGreaterThan(100)
  expect(asked).toBeLessThan(150)
})

test('[Y23] [Y52] who reads too slowly and types on is never told a smaller number after a larger one', async () => {
  const bench = startHub()
  const ann = await bench.join('filler', 'narrative')
  const ben = await stalledLine(bench, { ext: true })
  const pasted = typist(7)
  const typed = typist(8)
  ben.put(syncFrame('update', typed('a')))
  await bench.world.pass(30)
  // Answered at once; the next answer waits for edits of others to ride along with.
  ben.put(syncFrame('update', typed('b')))
  await bench.world.pass(30)
  ann.put(syncFrame('update', pasted('x'.repeat(LIMITS.maxLagBytes))))
  await bench.world.pass(50)
  ben.put(syncFrame('update', typed('c')))
  await bench.world.pass(50)
  ben.drain()
  await bench.world.pass(1000)
  const told = ben.sent.map(readFrame).flatMap((heard) => {
    return heard.kind === 'ext' && heard.frame.type === 'saved' ? [heard.frame.frames] : []
  })
  expect(told).toEqual([1, 3])
})

test('[Y41] of two changes of rights the later one stands, whichever answer comes first', async () => {
  const answers: (() => void)[] = []
  const bench = new HubLines({
    seeds: { narrative: seedOf('narrative') },
    roles,
    wrapFindAccess: (findAccess) => async (userId, reportId) => {
      const access = await findAccess(userId, reportId)
      await new Promise<void>((answer) => answers.push(answer))
      return access
    },
  })
  const ann = await bench.join('filler', 'narrative')
  const changes = [bench.hub.accessChanged(REPORT)]
  bench.state = 'concluded'
  changes.push(bench.hub.accessChanged(REPORT))
  await bench.settle()
  for (let answer = answers.pop(); answer; answer = answers.pop()) {
    answer()
    await bench.settle()
  }
  await Promise.all(changes)
  await ann.update(typist(7)('too late'))
  expect({ closedWith: ann.closedWith, saved: ann.saved }).toEqual({ closedWith: CLOSE.refused, saved: 0 })
})

test('[Y54] the questions of one user are counted together, whatever line they come on', async () => {
  const bench = startHub()
  let asked = 0
  let closedWith: number | undefined
  while (closedWith === undefined && asked < 1000) {
    const eve = await bench.join('head', 'narrative')
    for (let count = 0; count < 50 && eve.closedWith === undefined; count += 1) eve.put(question)
    asked += 50
    closedWith = eve.closedWith
    await eve.hangUp()
  }
  expect({ asked, closedWith }).toEqual({ asked: 650, closedWith: CLOSE.tooSlow })
  const ann = await bench.join('filler', 'narrative')
  await ann.send(question)
  expect(ann.closedWith).toBeUndefined()
  const fresh = await bench.join('head', 'narrative')
  await fresh.send(syncFrame('step1', Uint8Array.from([0])))
  expect(fresh.closedWith).toBeUndefined()
})

test('[Y54] asking who is there is such a question, too', async () => {
  const bench = startHub()
  const eve = await bench.join('head', 'narrative')
  for (let count = 0; count < 61; count += 1) eve.put(Uint8Array.from([FRAME.queryAwareness]))
  expect(eve.closedWith).toBe(CLOSE.tooSlow)
})

test('[Y53] a presence clock that nobody could go on from', async () => {
  const bench = startHub()
  const ann = await bench.join('filler', 'narrative')
  const eve = await bench.join('head', 'narrative')
  await eve.send(presenceMessage([{ clientId: 9, clock: Number.MAX_SAFE_INTEGER, state: {} }]))
  expect(eve.closedWith).toBe(CLOSE.badFrame)
  expect(ann.presence.size).toBe(0)
})

test('[Y53] presence that changes all the time is shown as it is now and then, and as it was at last', async () => {
  const bench = startHub()
  const ann = await bench.join('filler', 'narrative')
  const eves = await Promise.all(Array.from({ length: 10 }, () => bench.join('head', 'narrative')))
  const before = bytesOf(ann.heard)
  const seconds = 5
  for (let at = 0; at < seconds * 100; at += 1) {
    for (const [index, eve] of eves.entries()) {
      eve.put(presenceMessage([{ clientId: 100 + index, clock: at + 1, state: { at, big: 'x'.repeat(4000) } }]))
    }
    await bench.world.pass(10)
  }
  expect(bytesOf(ann.heard) - before).toBeLessThan(eves.length * (seconds + 1) * 12_000)
  expect(ann.heard.length).toBeLessThan(seconds * 60)
  await bench.world.pass(1000)
  for (const index of eves.keys()) expect(ann.presence.get(100 + index)).toMatchObject({ at: seconds * 100 - 1 })
})

const bytesOf = (frames: readonly Uint8Array[]) => frames.reduce((sum, { length }) => sum + length, 0)

test('[Y22] questions while nothing can be stored do not pile up, and edits beyond the limit are not taken', async () => {
  let isFull = true
  const bench = new HubLines({
    seeds: { narrative: seedOf('narrative') },
    roles,
    wrapStore: (store) => ({
      load: (key) => store.load(key),
      append: (entries) => (isFull ? Promise.reject(new Error('ENOSPC')) : store.append(entries)),
    }),
  })
  const closed: (number | undefined)[] = []
  let typed = 0
  for (let lines = 0; lines < 6; lines += 1) {
    const ann = await bench.join('filler', 'narrative')
    const doc = new Y.Doc()
    Y.applyUpdate(doc, seedOf('narrative'))
    for (let count = 0; count < 5 && ann.closedWith === undefined; count += 1) {
      const vector = Y.encodeStateVector(doc)
      doc.get('body', Y.XmlElement).push([new Y.XmlText('y'.repeat(MIB - 1000))])
      ann.put(syncFrame('update', Y.encodeStateAsUpdate(doc, vector)))
      if (ann.closedWith === undefined) typed += 1
    }
    for (let count = 0; count < 1000; count += 1) ann.put(syncFrame('update', Uint8Array.from([0, 0])))
    closed.push(ann.closedWith)
  }
  expect(typed).toBe(8)
  expect(bench.hub.stats().queuedBytes).toBeLessThan(8 * MIB)
  expect(closed).toContain(CLOSE.unavailable)
  const [room] = bench.hub.openRooms()
  expect(room?.waiting).toBeLessThan(30)
  isFull = false
  await bench.world.pass(6000)
  expect(bench.hub.stats().queuedBytes).toBe(0)
})

describe('how far others have to walk to find the place of an edit', () => {
  /** Structs at the beginning of the first text, none of which knows of another one. */
  const atTheBeginning = (doc: Y.Doc, { client, count }: { client: number; count: number }) => {
    const text = (doc.get('body', Y.XmlElement).get(0) as Y.XmlText)._item as Y.Item
    const encoder = encoding.createEncoder()
    for (const value of [1, count, client, 0]) encoding.writeVarUint(encoder, value)
    for (let written = 0; written < count; written += 1) {
      for (const value of [4, 0, text.id.client, text.id.clock]) encoding.writeVarUint(encoder, value)
      encoding.writeVarString(encoder, 'x')
    }
    encoding.writeVarUint(encoder, 0)
    return encoding.toUint8Array(encoder)
  }

  test('[Y9] thousands of edits as far as can be from their place are refused, before anybody walks', async () => {
    const bench = startHub()
    const doc = await bench.read('narrative')
    const answers: unknown[] = []
    for (const frame of [0, 1, 2, 3]) {
      const eve = await bench.join('filler', 'narrative')
      await eve.update(atTheBeginning(doc, { client: 7000 + frame, count: 2500 }))
      answers.push(eve.closedWith)
      if (eve.closedWith) expect(eve.ext.at(-1)).toMatchObject({ type: 'refused', reason: 'too-large' })
      await eve.hangUp()
    }
    expect(answers).toEqual([undefined, CLOSE.refused, CLOSE.refused, CLOSE.refused])
    const ann = await bench.join('head', 'narrative')
    await ann.update(atTheBeginning(doc, { client: 8000, count: 10 }))
    expect(ann.closedWith).toBeUndefined()
    await bench.world.pass(60_000)
    const eve = await bench.join('filler', 'narrative')
    await eve.update(atTheBeginning(doc, { client: 9000, count: 1000 }))
    expect(eve.closedWith).toBeUndefined()
  })

  test('[Y9] every paragraph of a long report deleted and brought back, again and again', async () => {
    const bench = startHub()
    const ann = await bench.join('filler', 'narrative')
    const doc = await bench.read('narrative')
    const body = doc.get('body', Y.XmlElement)
    const undo = new Y.UndoManager(body, { captureTimeout: 0 })
    doc.on('update', (update: Uint8Array) => ann.put(syncFrame('update', update)))
    body.push(Array.from({ length: 4000 }, () => new Y.XmlText('x'.repeat(20))))
    body.insert(2000, [new Y.XmlText('in between')])
    body.delete(0, body.length)
    for (const step of ['undo', 'redo', 'undo'] as const) undo[step]()
    await bench.settle()
    expect(ann.closedWith).toBeUndefined()
    expect((await bench.read('narrative')).get('body', Y.XmlElement).length).toBe(body.length)
  })

  test('[Y9] what people do at once is not: a long paste, everything deleted and brought back, two who type in turn', async () => {
    const bench = startHub()
    const [ann, ben] = [await bench.join('filler', 'narrative'), await bench.join('head', 'narrative')]
    const doc = await bench.read('narrative')
    const other = new Y.Doc()
    Y.applyUpdate(other, Y.encodeStateAsUpdate(doc))
    const body = doc.get('body', Y.XmlElement)
    const undo = new Y.UndoManager(body, { captureTimeout: 0 })
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== 'ben') ann.put(syncFrame('update', update))
    })
    other.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== 'ann') ben.put(syncFrame('update', update))
    })
    const paragraphs = (count: number) =>
      Array.from({ length: count }, (_, index) => new Y.XmlText(`paragraph ${index}`))
    body.push(paragraphs(3000))
    body.delete(0, 1000)
    undo.undo()
    for (const paragraph of body.toArray().slice(0, 500)) (paragraph as Y.XmlText).insert(3, '!')
    for (let turn = 0; turn < 500; turn += 1) {
      Y.applyUpdate(other, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(other)), 'ann')
      const text = other.get('body', Y.XmlElement).get(5) as Y.XmlText
      text.insert(text.length, 'b')
      Y.applyUpdate(doc, Y.encodeStateAsUpdate(other, Y.encodeStateVector(doc)), 'ben')
      ;(body.get(5) as Y.XmlText).insert(4, 'a')
    }
    await bench.settle()
    expect([ann.closedWith, ben.closedWith]).toEqual([undefined, undefined])
    expect((await bench.read('narrative')).get('body', Y.XmlElement).toString()).toBe(body.toString())
  })
})
