import { CLOSE } from '@gongping/protocol'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { ClusterPresence } from '../src/sync/cluster-presence.ts'
import { judgeWaiting, takeRows } from '../src/sync/rebase.ts'
import { HubLines, REPORT } from './simulation/hub-lines.ts'
import { presenceMessage, seedOf } from './sync-support.ts'

test('[N4] who came back believing that its edits are known is asked again when they can not be stored after all', async () => {
  const bench = new HubLines({
    seeds: { narrative: seedOf('narrative') },
    roles: { filler: ['filler'], head: ['head'] },
    wrapStore: (store) => ({ load: store.load, append: () => Promise.reject(new Error('disk full')) }),
  })
  bench.epoch = 1
  const before = await bench.join('filler', 'narrative')
  const doc = new Y.Doc()
  doc.get('body', Y.XmlElement).push([new Y.XmlText('typed')])
  await before.update(Y.encodeStateAsUpdate(doc))
  await before.hangUp()
  const back = await bench.join('filler', 'narrative')
  const other = await bench.join('head', 'narrative')
  const room = bench.hub.findRoom({ reportId: REPORT, part: 'narrative' })
  expect(room?.ledger.clocks.has(doc.clientID)).toBe(true)
  bench.state = 'concluded'
  if (room) judgeWaiting(room, new Map([['filler', bench.access('filler')]]))
  expect(room?.ledger.clocks.has(doc.clientID)).toBe(false)
  expect([back.closedWith, other.closedWith]).toEqual([CLOSE.unavailable, undefined])
})

test('[N3] [Y5] an id shown at another node stays its user’s after it has left', async () => {
  const bench = new HubLines({ seeds: { narrative: seedOf('narrative') }, roles: { head: ['head'] } })
  const line = await bench.join('head', 'narrative')
  const room = bench.hub.findRoom({ reportId: REPORT, part: 'narrative' })
  const doc = new Y.Doc()
  doc.get('body', Y.XmlElement).push([new Y.XmlText('under the id of somebody else')])
  const presence = new ClusterPresence(() => undefined, bench.world.systemOf({ alive: true }))
  const shown = { clientId: doc.clientID, userId: 'filler', clock: 1, json: '{}' }
  if (room) presence.heard(room, 'another node', [shown])
  if (room) presence.heard(room, 'another node', [{ ...shown, json: undefined }])
  await bench.settle()
  expect([...line.presence.values()]).toEqual([null])
  await line.update(Y.encodeStateAsUpdate(doc))
  expect(line.closedWith).toBe(CLOSE.refused)
})

test('[N3] [Y5] whose an id is, the log decides: what waits here under it, of somebody else, is not stored', async () => {
  const bench = new HubLines({
    seeds: { narrative: seedOf('narrative') },
    roles: { filler: ['filler'], filler2: ['filler'] },
    wrapStore: (store) => ({ load: store.load, append: () => Promise.reject(new Error('disk full')) }),
  })
  const line = await bench.join('filler', 'narrative')
  const doc = new Y.Doc()
  doc.get('body', Y.XmlElement).push([new Y.XmlText('under the id of somebody else')])
  await line.update(Y.encodeStateAsUpdate(doc))
  const room = bench.hub.findRoom({ reportId: REPORT, part: 'narrative' })
  expect(room?.ledger.owners.get(doc.clientID)).toBe('filler')
  const other = new Y.Doc()
  other.get('body', Y.XmlElement).push([new Y.XmlText('stored by another node')])
  const bytes = Y.encodeStateAsUpdate(other)
  const row = {
    reportId: REPORT,
    part: 'narrative',
    seq: 1,
    userId: 'filler2',
    at: 0,
    bytes,
    newClientIds: [],
  } as const
  if (room) takeRows(room, [{ ...row, seenClients: [[doc.clientID, 'filler2']] }])
  expect(room?.ledger.owners.get(doc.clientID)).toBe('filler2')
  expect(room?.ledger.clocks.has(doc.clientID)).toBe(false)
  expect(line.closedWith).toBe(CLOSE.refused)
})

test('[N3] [Y5] who has shown an id that turns out to be somebody else’s is told so, also on return: nothing is called saved', async () => {
  const bench = new HubLines({
    seeds: { narrative: seedOf('narrative') },
    roles: { filler: ['filler'], filler2: ['filler'] },
  })
  const line = await bench.join('filler', 'narrative')
  const theirs = new Y.Doc()
  theirs.get('body', Y.XmlElement).push([new Y.XmlText('stored by another node')])
  const shown = presenceMessage([{ clientId: theirs.clientID, clock: 1, state: { name: 'filler' } }])
  await line.send(shown)
  const room = bench.hub.findRoom({ reportId: REPORT, part: 'narrative' })
  const bytes = Y.encodeStateAsUpdate(theirs)
  if (room)
    takeRows(room, [{ reportId: REPORT, part: 'narrative', seq: 1, userId: 'filler2', at: 0, bytes, newClientIds: [] }])
  expect(line.closedWith).toBe(CLOSE.refused)
  const back = await bench.join('filler', 'narrative')
  await back.send(shown)
  await back.update(bytes)
  expect([back.closedWith, back.saved]).toEqual([CLOSE.refused, 0])
})
