import { CLOSE } from '@gongping/protocol'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { judgeWaiting } from '../src/sync/rebase.ts'
import { HubLines, REPORT } from './simulation/hub-lines.ts'
import { seedOf } from './sync-support.ts'

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
