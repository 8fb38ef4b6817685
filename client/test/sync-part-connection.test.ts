import { CLOSE, FRAME, SYNC, encodeExt, type ExtFrame } from '@gongping/protocol'
import * as decoding from 'lib0/decoding'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { openPart, type PartEnd } from '../src/sync/part-connection.ts'
import { NEW_PART, nextSync, summarize, type PartSync, unsavedEdits } from '../src/sync/save-state.ts'
import { Line, syncFrame } from './line.ts'

const realSocket = globalThis.WebSocket
let close = () => {}
beforeEach(() => {
  Line.opened.length = 0
  globalThis.WebSocket = Line as unknown as typeof WebSocket
})
afterEach(() => {
  close()
  globalThis.WebSocket = realSocket
  vi.useRealTimers()
})

const pen = { narrative: true, self: false, department: false, finance: false }
const hello = (mayWrite: boolean): ExtFrame => ({
  type: 'hello',
  layout: 1,
  userId: 'u',
  mayWrite,
  pen,
  state: 'draft',
})

/** A client and a server document; `join` does what the server does for a newcomer. */
function aPart(given: { mayWrite?: boolean } = {}) {
  const doc = new Y.Doc()
  const server = new Y.Doc()
  server.getText('t').insert(0, '原文')
  const awareness = new Awareness(doc)
  awareness.setLocalState(null)
  let part: PartSync = NEW_PART
  const ends: PartEnd[] = []
  let unreachable = 0
  doc.on('update', (_update: Uint8Array, _origin: unknown, _doc: Y.Doc, transaction: Y.Transaction) => {
    if (transaction.local) part = nextSync(part, { type: 'edit' })
  })
  const connection = openPart({
    url: 'ws://server/sync',
    room: 'r/narrative',
    userId: 'u',
    doc,
    awareness,
    unsent: () => part.unsent,
    hasUnconfirmed: () => unsavedEdits(part) > 0,
    onMerged: () => undefined,
    onSync: (event) => {
      part = nextSync(part, event)
    },
    onExt: () => {},
    onMessage: () => {},
    onUnreachable: () => {
      unreachable++
    },
    onEnd: (end) => ends.push(end),
  })
  close = () => {
    connection.close()
    awareness.destroy()
  }
  const line = () => Line.opened.at(-1)!
  const join = () => {
    line().connect()
    line().deliver(encodeExt(hello(given.mayWrite ?? true)))
    line().deliver(syncFrame(SYNC.step1, Y.encodeStateVector(server)))
    line().deliver(syncFrame(SYNC.step2, Y.encodeStateAsUpdate(server, Y.encodeStateVector(doc))))
  }
  const confirm = (frames: number) =>
    line().deliver(encodeExt({ type: 'saved', frames, at: '2026-05-25T01:42:00.000Z' }))
  return {
    doc,
    server,
    connection,
    line,
    join,
    confirm,
    ends,
    unreachable: () => unreachable,
    saveState: () => summarize([part], Date.now()).kind,
  }
}

test('[C1] saved only after what was offered and typed is confirmed', () => {
  const { doc, join, confirm, saveState, line } = aPart()
  expect(line().url).toBe('ws://server/sync/r/narrative?ext=1&layout=1&user=u')
  expect(saveState()).toBe('connecting')
  join()
  expect(saveState()).toBe('connecting')
  confirm(1)
  expect(saveState()).toBe('saved')
  doc.getText('t').insert(2, '新')
  expect(saveState()).toBe('saving')
  confirm(1)
  expect(saveState()).toBe('saving')
  confirm(2)
  expect(saveState()).toBe('saved')
  expect(line().edits()).toHaveLength(2)
})

test('[C3] edits on their way when the line is cut are offered again on the next', () => {
  vi.useFakeTimers()
  const { doc, server, join, line, saveState, confirm } = aPart()
  join()
  confirm(1)
  doc.getText('t').insert(2, '在路上')
  line().cut(1006)
  doc.getText('t').insert(5, '离线写')
  expect(saveState()).toBe('offline')
  vi.advanceTimersByTime(3000)
  expect(Line.opened).toHaveLength(2)
  join()
  expect(saveState()).toBe('saving')
  const offer = decoding.createDecoder(line().edits()[0]!)
  expect([decoding.readVarUint(offer), decoding.readVarUint(offer)]).toEqual([FRAME.sync, SYNC.step2])
  Y.applyUpdate(server, decoding.readVarUint8Array(offer))
  expect(server.getText('t').toString()).toBe('原文在路上离线写')
  confirm(1)
  expect(saveState()).toBe('saved')
})

test('without the pen nothing is sent when the server has everything', () => {
  const { join, line, saveState } = aPart({ mayWrite: false })
  join()
  expect(line().edits()).toHaveLength(0)
  expect(saveState()).toBe('saved')
})

test('edits of others wait for the hold, in order', () => {
  const { doc, server, join, line, connection } = aPart()
  join()
  const waiting: (() => void)[] = []
  connection.setHold((deliver) => waiting.push(deliver))
  const updates: Uint8Array[] = []
  server.on('update', (update: Uint8Array) => updates.push(update))
  server.getText('t').insert(2, '一')
  server.getText('t').insert(3, '二')
  for (const update of updates) line().deliver(syncFrame(SYNC.update, update))
  expect(doc.getText('t').toString()).toBe('原文')
  for (const deliver of waiting) deliver()
  expect(doc.getText('t').toString()).toBe('原文一二')
})

test('a final code ends the connection with what the server said', () => {
  vi.useFakeTimers()
  const { join, line, ends } = aPart()
  join()
  const message = { zh: '没有填写权限', en: 'no pen' }
  line().deliver(encodeExt({ type: 'refused', frame: 2, reason: 'no-pen', message }))
  line().cut(CLOSE.refused)
  expect(ends).toEqual([{ code: CLOSE.refused, refused: { type: 'refused', frame: 2, reason: 'no-pen', message } }])
  vi.advanceTimersByTime(20_000)
  expect(Line.opened).toHaveLength(1)
})

test('an update that can’t be read ends the connection instead of being skipped', () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const { join, line, ends } = aPart()
  join()
  line().deliver(syncFrame(SYNC.update, new Uint8Array([255, 255, 255])))
  expect(ends).toEqual([{ code: CLOSE.badFrame, refused: null }])
})

test('after a restart the client comes back by itself, not at once', async () => {
  vi.useFakeTimers()
  const { join, line } = aPart()
  join()
  line().cut(CLOSE.restarting)
  await vi.advanceTimersByTimeAsync(100)
  expect(Line.opened).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(3000)
  expect(Line.opened).toHaveLength(2)
})

test('a line that never opened is reported, one that worked is not', () => {
  const { line, unreachable, join } = aPart()
  line().cut(1006)
  expect(unreachable()).toBe(1)
  vi.useFakeTimers()
  join()
  line().cut(1006)
  expect(unreachable()).toBe(1)
})
