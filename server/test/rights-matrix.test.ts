import { PARTS, REPORT_STATES, may } from '@gongping/permissions'
import type { Part, ReportState, Role } from '@gongping/permissions'
import { CLOSE } from '@gongping/protocol'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { syncFrame } from './simulation/frames.ts'
import { HubLines } from './simulation/hub-lines.ts'

/** One person per role, and a reader who holds none. */
const ROLES = {
  filler: ['filler'],
  owner: ['filler', 'head', 'finance'],
  head: ['head'],
  finance: ['finance'],
  reader: [],
} as const
type Who = keyof typeof ROLES

const ROOTS: Record<Part, string> = { narrative: 'body', self: 'self', department: 'scores', finance: 'scores' }
const SOMEBODY_ELSES_ID = 4000

const textIn = (doc: Y.Doc, part: Part) =>
  part === 'narrative'
    ? (doc.get('body', Y.XmlElement).get(0) as Y.XmlText)
    : (doc.getMap(ROOTS[part]).get('a.reason') as Y.Text)

function seedOf(part: Part): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = 1
  const text = part === 'narrative' ? new Y.XmlText('seed') : new Y.Text('seed')
  if (part === 'narrative') doc.get('body', Y.XmlElement).insert(0, [text as Y.XmlText])
  else doc.getMap(ROOTS[part]).set('a.reason', text)
  return Y.encodeStateAsUpdate(doc)
}

interface Kind {
  readonly edit: (doc: Y.Doc, part: Part) => void
  readonly kind?: 'step2'
  readonly clientId?: number
  /** Never allowed, whoever sends it. */
  readonly isForged?: true
}

const KINDS: Record<string, Kind> = {
  insert: { edit: (doc, part) => textIn(doc, part).insert(2, 'new') },
  delete: { edit: (doc, part) => textIn(doc, part).delete(1, 2) },
  format: { edit: (doc, part) => textIn(doc, part).format(1, 2, { bold: true }) },
  nest: {
    edit(doc, part) {
      if (part === 'narrative') doc.get('body', Y.XmlElement).push([new Y.XmlElement('paragraph')])
      else doc.getMap(ROOTS[part]).set('b.reason', new Y.Text('nested'))
    },
  },
  value: {
    edit(doc, part) {
      if (part === 'narrative') (doc.get('body', Y.XmlElement).get(0) as Y.XmlText).setAttribute('__style', 'x')
      else doc.getMap(ROOTS[part]).set('a.score', 300)
    },
  },
  'step 2': { kind: 'step2', edit: (doc, part) => textIn(doc, part).insert(0, 'answer') },
  'new root': { isForged: true, edit: (doc) => doc.getMap('elsewhere').set('a', 1) },
  'root of another part': {
    isForged: true,
    edit: (doc, part) => doc.getMap(part === 'department' || part === 'finance' ? 'self' : 'scores').set('a', 1),
  },
  'text in the root': { isForged: true, edit: (doc, part) => doc.getText(ROOTS[part]).insert(0, 'loose text') },
  'format in the root': {
    isForged: true,
    edit(doc, part) {
      doc.getText(ROOTS[part]).insert(0, 'loose', { bold: true })
    },
  },
  'list in the root': { isForged: true, edit: (doc, part) => doc.getArray(ROOTS[part]).insert(0, [1, 2]) },
  'list after the root’s content': { isForged: true, edit: (doc, part) => doc.getArray(ROOTS[part]).push([1, 2]) },
  'foreign id': { isForged: true, clientId: SOMEBODY_ELSES_ID, edit: (doc, part) => textIn(doc, part).insert(0, 'x') },
  "the seed's id": { isForged: true, clientId: 1, edit: (doc, part) => textIn(doc, part).insert(0, 'x') },
  subdocument: {
    isForged: true,
    edit(doc, part) {
      if (part === 'narrative') doc.get('body', Y.XmlElement).setAttribute('a', new Y.Doc() as unknown as string)
      else doc.getMap(ROOTS[part]).set('a', new Y.Doc())
    },
  },
}

/** The same bytes a client of the person would send, on top of what is stored. */
function bytesOf({ edit, clientId }: Kind, stored: Y.Doc, options: { part: Part; ownId: number }): Uint8Array {
  const doc = new Y.Doc()
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(stored))
  doc.clientID = clientId ?? options.ownId
  const vector = Y.encodeStateVector(doc)
  const before = Y.snapshot(doc)
  edit(doc, options.part)
  const update = Y.encodeStateAsUpdate(doc, vector)
  expect(Y.equalSnapshots(before, Y.snapshot(doc))).toBe(false)
  return update
}

async function open(state: ReportState, part: Part): Promise<HubLines> {
  const bench = new HubLines({ seeds: { [part]: seedOf(part) }, roles: ROLES })
  // Somebody with the pen has written before.
  const line = await bench.join('owner', part)
  const insert = KINDS.insert as Kind
  await line.update(bytesOf({ ...insert, clientId: SOMEBODY_ELSES_ID }, await bench.read(part), { part, ownId: 0 }))
  expect(line.saved).toBe(1)
  bench.state = state
  const changed = bench.hub.accessChanged('r')
  await bench.settle()
  await changed
  return bench
}

const cells = REPORT_STATES.flatMap((state) => PARTS.map((part) => ({ state, part })))

test.each(cells)('[Y4] [Y5] [Y8] bytes of every kind by every role: $part in $state', async ({ state, part }) => {
  const bench = await open(state, part)
  let ownId = 5000
  for (const who of Object.keys(ROLES) as Who[]) {
    if (who === 'owner') continue
    const roles: readonly Role[] = ROLES[who]
    const mayWrite = may({ roles, isAdmin: roles.length === 0 }, { action: 'write', part }, state).ok
    for (const [name, kind] of Object.entries(KINDS)) {
      const before = await bench.read(part)
      const line = await bench.join(who, part)
      await line.send(syncFrame(kind.kind ?? 'update', bytesOf(kind, before, { part, ownId: (ownId += 1) })))
      const after = await bench.read(part)
      const isChanged = !Y.equalSnapshots(Y.snapshot(before), Y.snapshot(after))
      const isAllowed = mayWrite && !kind.isForged
      const outcome = { who, name, isChanged, saved: line.saved, isRefused: line.closedWith !== undefined }
      expect(outcome).toEqual({
        who,
        name,
        isChanged: isAllowed,
        saved: isAllowed ? 1 : 0,
        isRefused: !isAllowed,
      })
      if (!isAllowed) expect([CLOSE.refused, CLOSE.badFrame]).toContain(line.closedWith)
      await line.hangUp()
    }
  }
  await bench.hub.close()
})
