import { afterEach, beforeEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import { CLOSE } from '@gongping/protocol'
import { Registry } from 'prom-client'
import { EditRefusedError, UnavailableError } from '../src/sync/hub.ts'
import { syncMetrics } from '../src/sync/metrics.ts'
import type { Outgoing } from '../src/sync/outgoing.ts'
import type { Access, LogEntry, PartStore } from '../src/sync/types.ts'
import {
  REPORT,
  presenceMessage,
  rawClient,
  startSync,
  temporaryDir,
  textOf,
  type,
  updateMessage,
} from './sync-support.ts'
import type { RawClient, SyncServer } from './sync-support.ts'
import { waitFor } from './support/wait-for.ts'

/** A store that does as the real one, later or not at all. */
class Faults {
  failAppends = false
  failLoads = false
  /** Reports whose rows can't be stored. */
  readonly appended: (readonly LogEntry[])[] = []
  loads = 0
  #gate: Promise<void> = Promise.resolve()
  #open: () => void = () => undefined

  holdAppends(): void {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#gate = promise
    this.#open = resolve
  }

  releaseAppends(): void {
    this.#open()
  }

  wrap(store: PartStore): PartStore {
    return {
      load: async (key) => {
        this.loads += 1
        if (this.failLoads) throw new Error('disk on fire')
        return store.load(key)
      },
      append: async (entries) => {
        await this.#gate
        if (this.failAppends) throw new Error('disk full')
        await store.append(entries)
        this.appended.push(entries)
      },
    }
  }
}

let place: ReturnType<typeof temporaryDir>
let server: SyncServer
let faults: Faults
const registry = new Registry()

beforeEach(async () => {
  place = temporaryDir()
  faults = new Faults()
  registry.clear()
  server = await startSync({
    dir: place.dir,
    wrapStore: (store) => faults.wrap(store),
    unloadAfterMs: 30,
    metrics: syncMetrics(registry, () => server.hub.stats()),
  })
})
afterEach(async () => {
  faults.failAppends = false
  faults.releaseAppends()
  await server.stop()
  place.remove()
})

const saved = (client: RawClient) =>
  Math.max(0, ...client.ext.flatMap((frame) => (frame.type === 'saved' ? frame.frames : [])))
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const firstText = (doc: Y.Doc) => doc.get('body', Y.XmlElement).get(0) as Y.XmlText

test('[Y20] [Y24] nothing is shown or called saved before its commit, and the sender gets no echo', async () => {
  const ann = await rawClient(server, { user: 'filler' })
  const ben = await rawClient(server, { user: 'head' })
  await waitFor(() => expect(saved(ann)).toBe(1))
  faults.holdAppends()
  const framesBefore = ann.frames.length
  type(ann.doc, ' early')
  await pause(60)
  expect(textOf(ben.doc)).not.toContain('early')
  expect(saved(ann)).toBe(1)
  const late = await rawClient(server, { user: 'finance' })
  expect(textOf(late.doc)).not.toContain('early')
  faults.releaseAppends()
  await waitFor(() => expect(textOf(ben.doc)).toContain('early'))
  await waitFor(() => expect(saved(ann)).toBe(2))
  await waitFor(() => expect(textOf(late.doc)).toContain('early'))
  // One frame: `saved`, and nothing of its own edit.
  expect(ann.frames.length - framesBefore).toBe(1)
})

test('[Y21] what came while a commit was under way goes into the next one, without a gap', async () => {
  const clients = await Promise.all((['filler', 'head', 'finance'] as const).map((user) => rawClient(server, { user })))
  const other = await rawClient(server, { user: 'filler', part: 'self' })
  faults.holdAppends()
  for (let round = 0; round < 5; round += 1) {
    for (const client of clients) type(client.doc, `${round}`)
    other.doc.getMap('facts').set(`f${round}`, round)
    await pause(5)
  }
  faults.releaseAppends()
  await waitFor(() => expect(saved(other)).toBe(6))
  await waitFor(() => expect(clients.map(saved)).toEqual([6, 6, 6]))
  expect(faults.appended.length).toBeLessThanOrEqual(3)
  const rows = await server.database.db
    .selectFrom('update_log')
    .select(['part', 'seq'])
    .where('part', 'in', ['narrative', 'self'])
    .orderBy('seq')
    .execute()
  // What one line sent in a row is one row of the log.
  const text = rows.filter(({ part }) => part === 'narrative').map(({ seq }) => Number(seq))
  expect(text).toEqual([...Array(text.length).keys()])
  const facts = rows.filter(({ part }) => part === 'self').map(({ seq }) => Number(seq))
  expect(facts).toEqual([...Array(facts.length).keys()])
  expect(facts.length).toBeLessThan(6)
})

test('[Y22] [Y23] a disk that is full for a while: no false saved, nothing shown, then everything in order', async () => {
  const ann = await rawClient(server, { user: 'filler' })
  const ben = await rawClient(server, { user: 'head' })
  await waitFor(() => expect(saved(ann)).toBe(1))
  faults.failAppends = true
  type(ann.doc, ' one')
  await waitFor(() => expect(ann.ext).toContainEqual({ type: 'storing', ok: false }))
  type(ann.doc, ' two')
  await pause(150)
  expect(saved(ann)).toBe(1)
  expect(textOf(ben.doc)).not.toContain('one')
  expect(await registry.metrics()).toMatch(/gongping_sync_commit_failures_total [1-9]/)
  faults.failAppends = false
  await waitFor(() => expect(saved(ann)).toBe(3))
  expect(ann.ext).toContainEqual({ type: 'storing', ok: true })
  await waitFor(() => expect(textOf(ben.doc)).toContain('one two'))
})

test('[Y22] a room that can not be stored holds up no other', async () => {
  const ann = await rawClient(server, { user: 'filler' })
  const other = await rawClient(server, { user: 'filler', part: 'self' })
  await server.database.db.deleteFrom('part').where('part', '=', 'narrative').execute()
  type(ann.doc, ' lost cause')
  other.doc.getMap('facts').set('a', 1)
  await waitFor(() => expect(saved(other)).toBe(2))
  await waitFor(() => expect(ann.ext).toContainEqual({ type: 'storing', ok: false }))
  expect(saved(ann)).toBe(1)
  await server.database.db
    .insertInto('part')
    .values({
      report_id: REPORT,
      part: 'narrative',
      state: new Uint8Array([0, 0]),
      state_seq: 0,
      state_sha256: '',
      updated_at: 0,
    })
    .execute()
  await waitFor(() => expect(saved(ann)).toBe(2))
})

test('[Y30] two who join at once share one load; a failed load closes with 1013 and the next one loads anew', async () => {
  const [ann, ben] = await Promise.all([rawClient(server, { user: 'filler' }), rawClient(server, { user: 'head' })])
  expect(faults.loads).toBe(1)
  expect(textOf(ann?.doc as Y.Doc)).toBe(textOf(ben?.doc as Y.Doc))
  faults.failLoads = true
  await expect(rawClient(server, { user: 'filler', part: 'self' })).rejects.toThrow(`closed ${CLOSE.unavailable}`)
  faults.failLoads = false
  const self = await rawClient(server, { user: 'filler', part: 'self' })
  expect(self.doc.getMap('self').has('seed.reason')).toBe(true)
})

test('[Y30] a stored state with one flipped bit is not opened and not overwritten', async () => {
  const { db } = server.database
  const row = await db.selectFrom('part').select('state').where('part', '=', 'self').executeTakeFirstOrThrow()
  const damaged = new Uint8Array(row.state)
  damaged[5] = (damaged[5] as number) ^ 1
  await db.updateTable('part').set({ state: damaged }).where('part', '=', 'self').execute()
  await expect(rawClient(server, { user: 'filler', part: 'self' })).rejects.toThrow(`closed ${CLOSE.unavailable}`)
  const after = await db.selectFrom('part').select('state').where('part', '=', 'self').executeTakeFirstOrThrow()
  expect(new Uint8Array(after.state)).toEqual(damaged)
})

test('[Y31] an unused room leaves memory, but not before its last edit is stored', async () => {
  const ann = await rawClient(server, { user: 'filler' })
  faults.holdAppends()
  type(ann.doc, ' last words')
  await pause(20)
  ann.close()
  await pause(100)
  expect(server.hub.stats()).toMatchObject({ rooms: 1, sockets: 0 })
  faults.releaseAppends()
  await waitFor(() => expect(server.hub.stats()).toMatchObject({ rooms: 0, sockets: 0, queuedBytes: 0 }))
  const later = await rawClient(server, { user: 'head' })
  expect(textOf(later.doc)).toContain('last words')
  expect(faults.loads).toBe(2)
})

test('[Y32] a returning client gets what it lacks and the server what it lacks', async () => {
  const ann = await rawClient(server, { user: 'filler' })
  ann.close()
  await ann.closed
  type(ann.doc, ' offline')
  const ben = await rawClient(server, { user: 'head' })
  type(ben.doc, ' meanwhile')
  await waitFor(() => expect(saved(ben)).toBe(2))
  const back = await rawClient(server, { user: 'filler', doc: ann.doc })
  await waitFor(() => expect(textOf(ben.doc)).toContain('offline'))
  expect(textOf(back.doc)).toBe(textOf(ben.doc))
  expect(textOf(back.doc)).toContain('meanwhile')
})

test('[Y32] a returning client with every letter gets the deletions it lacks', async () => {
  const ann = await rawClient(server, { user: 'filler' })
  type(ann.doc, ' words that will go')
  await waitFor(() => expect(saved(ann)).toBe(2))
  ann.close()
  await ann.closed
  const ben = await rawClient(server, { user: 'head' })
  ben.doc.get('body', Y.XmlElement).delete(0, 1)
  await waitFor(() => expect(saved(ben)).toBe(2))
  expect(textOf(ann.doc)).not.toBe(textOf(ben.doc))
  const back = await rawClient(server, { user: 'filler', doc: ann.doc })
  await waitFor(() => expect(textOf(back.doc)).toBe(textOf(ben.doc)))
})

test('[Y7] [Y23] a client that types before its answer is asked again and loses nothing', async () => {
  const doc = new Y.Doc()
  const first = await rawClient(server, { user: 'filler', doc, live: false })
  first.close()
  type(doc, ' before')
  const lost = Y.encodeStateVector(doc)
  type(doc, ' after')
  const hole = Y.encodeStateAsUpdate(doc, lost)
  const again = await rawClient(server, { user: 'filler', live: false })
  again.send(updateMessage(hole))
  again.send(updateMessage(hole))
  // It joined as an empty document and only now has the edits: the server's question is answered with all of them.
  Y.applyUpdate(again.doc, Y.encodeStateAsUpdate(doc))
  const ben = await rawClient(server, { user: 'head' })
  await waitFor(() => expect(textOf(ben.doc)).toContain(' before after'))
  await waitFor(() => expect(saved(again)).toBeGreaterThanOrEqual(4))
  expect(again.socket.readyState).toBe(again.socket.OPEN)
})

test('[Y33] stopping stores what was accepted, then closes with 1012', async () => {
  const ann = await rawClient(server, { user: 'filler' })
  faults.holdAppends()
  type(ann.doc, ' goodbye')
  await pause(20)
  const closing = server.hub.close()
  setTimeout(() => faults.releaseAppends(), 50)
  await closing
  expect(await ann.closed).toBe(CLOSE.restarting)
  expect(saved(ann)).toBe(2)
  await server.stop()
  server = await startSync({ dir: place.dir })
  expect(textOf((await rawClient(server, { user: 'head' })).doc)).toContain('goodbye')
})

test('[Y41] rights that change reach open lines at once; who is out is closed', async () => {
  const ann = await rawClient(server, { user: 'filler' })
  const ben = await rawClient(server, { user: 'head' })
  server.rights.state = 'department_review'
  server.rights.roles.delete('head')
  await server.hub.accessChanged(REPORT, 'somebody')
  await waitFor(() =>
    expect(ann.ext).toContainEqual(expect.objectContaining({ type: 'state', mayWrite: false, by: 'somebody' })),
  )
  expect(await ben.closed).toBe(CLOSE.gone)
  type(ann.doc, ' too late')
  expect(await ann.closed).toBe(CLOSE.refused)
})

test('[Y42] edits during a hold wait and are judged by the rights after it', async () => {
  const ann = await rawClient(server, { user: 'filler' })
  const ben = await rawClient(server, { user: 'head' })
  type(ann.doc, ' before')
  await pause(20)
  await server.hub.hold(REPORT, async () => {
    const state = new Y.Doc()
    Y.applyUpdate(state, await server.hub.readPart({ reportId: REPORT, part: 'narrative' }))
    expect(textOf(state)).toContain('before')
    type(ann.doc, ' from the filler')
    type(ben.doc, ' from the head')
    await pause(50)
    const rows = await server.database.db.selectFrom('update_log').select('seq').where('seq', '>', 0).execute()
    expect(rows.length).toBe(1)
    server.rights.state = 'department_review'
  })
  expect(await ann.closed).toBe(CLOSE.refused)
  expect(ann.ext.find((frame) => frame.type === 'refused')).toMatchObject({ reason: 'no-pen' })
  const later = await rawClient(server, { user: 'finance' })
  await waitFor(() => expect(textOf(later.doc)).toContain('from the head'))
  expect(textOf(later.doc)).not.toContain('from the filler')
})

test('[Y42] edits can be made by the server within a hold, and a change that fails lets everybody go on', async () => {
  const ann = await rawClient(server, { user: 'filler' })
  const doc = new Y.Doc()
  Y.applyUpdate(doc, await server.hub.readPart({ reportId: REPORT, part: 'narrative' }))
  const vector = Y.encodeStateVector(doc)
  type(doc, ' restored')
  const update = Y.encodeStateAsUpdate(doc, vector)
  const failing = server.hub.hold(REPORT, async () => {
    await server.hub.applyAs({ reportId: REPORT, part: 'narrative', userId: 'finance', update })
    throw new Error('changed my mind')
  })
  await expect(failing).rejects.toThrow('changed my mind')
  await waitFor(() => expect(textOf(ann.doc)).toContain('restored'))
  type(ann.doc, ' go on')
  await waitFor(() => expect(saved(ann)).toBe(2))
  const bad = server.hub.applyAs({ reportId: REPORT, part: 'narrative', userId: 'x', update: new Uint8Array([7]) })
  await expect(bad).rejects.toThrow(EditRefusedError)
  faults.failLoads = true
  await expect(server.hub.readPart({ reportId: REPORT, part: 'self' })).rejects.toThrow(UnavailableError)
})

test('[Y43] a session that ended', async () => {
  const ann = await rawClient(server, { user: 'filler' })
  const ben = await rawClient(server, { user: 'head' })
  server.rights.signedIn.delete('filler')
  await server.hub.userChanged('filler')
  expect(await ann.closed).toBe(CLOSE.signedOut)
  type(ben.doc, ' still here')
  await waitFor(() => expect(saved(ben)).toBe(2))
})

test('[Y43] a session that ends between the upgrade and the line', async () => {
  const { hub } = server
  const { rightsEpoch } = hub
  const access = (await server.findAccess('filler', REPORT)) as Access
  const { promise: closed, resolve } = Promise.withResolvers<number>()
  const shown: Outgoing[] = []
  server.rights.signedIn.delete('filler')
  await hub.userChanged('filler')
  hub.join({
    key: { reportId: REPORT, part: 'narrative' },
    access,
    rightsEpoch,
    ext: true,
    transport: { send: (outgoing) => shown.push(outgoing), queuedBytes: 0, close: resolve },
    isSignedIn: async () => server.rights.signedIn.has('filler'),
  })
  expect({ code: await closed, shown }).toEqual({ code: CLOSE.signedOut, shown: [] })
})

test('[Y43] and without anybody saying so, at the next look', async () => {
  await server.stop()
  server = await startSync({ dir: place.dir, recheckEveryMs: 40 })
  const ann = await rawClient(server, { user: 'filler' })
  server.rights.signedIn.delete('filler')
  expect(await ann.closed).toBe(CLOSE.signedOut)
})

test('[Y43] while the database is away, open lines stay and new ones wait', async () => {
  await server.stop()
  server = await startSync({ dir: place.dir, recheckEveryMs: 30 })
  const ann = await rawClient(server, { user: 'filler' })
  server.rights.unreadable = true
  await pause(120)
  await expect(rawClient(server, { user: 'head' })).rejects.toThrow('HTTP 503')
  expect(ann.socket.readyState).toBe(ann.socket.OPEN)
  await server.hub.userChanged('filler')
  expect(await ann.closed).toBe(CLOSE.unavailable)
  server.rights.unreadable = false
  const back = await rawClient(server, { user: 'filler', doc: ann.doc })
  type(back.doc, ' back')
  await waitFor(() => expect(saved(back)).toBe(2))
})

test('[Y53] a client that comes back is seen at once, with the clock it left with', async () => {
  const ann = await rawClient(server, { user: 'filler' })
  const ben = await rawClient(server, { user: 'head' })
  const clientId = ann.doc.clientID
  ann.send(presenceMessage([{ clientId, clock: 3, state: { section: 's1' } }]))
  await waitFor(() => expect(ben.presence.has(clientId)).toBe(true))
  ann.close()
  await waitFor(() => expect(ben.presence.has(clientId)).toBe(false))
  const back = await rawClient(server, { user: 'filler', doc: ann.doc })
  back.send(presenceMessage([{ clientId, clock: 3, state: { section: 's2' } }]))
  await waitFor(() => expect(ben.presence.get(clientId)).toMatchObject({ section: 's2' }))
})

test("[Y53] the echo never carries a clock above the sender's own, and a burst of cursors is few frames", async () => {
  const ann = await rawClient(server, { user: 'filler' })
  const ben = await rawClient(server, { user: 'head' })
  const clientId = ann.doc.clientID
  ann.send(presenceMessage([{ clientId, clock: 5, state: {} }]))
  await waitFor(() => expect(ben.presence.has(clientId)).toBe(true))
  ann.close()
  const back = await rawClient(server, { user: 'filler', doc: ann.doc })
  const before = ben.frames.length
  for (let clock = 5; clock < 105; clock += 1)
    back.send(presenceMessage([{ clientId, clock, state: { section: `s${clock}` } }]))
  await waitFor(() => expect(ben.presence.get(clientId)).toMatchObject({ section: 's104' }))
  await waitFor(() => expect(back.presence.get(clientId)).toMatchObject({ section: 's104' }))
  expect(ben.frames.length - before).toBeLessThan(100)
  expect(Math.max(...back.presenceClocks)).toBeLessThanOrEqual(104)
})

test('[Y8] formatting by one makes readers tidy up, which is no write of theirs', async () => {
  const ann = await rawClient(server, { user: 'head' })
  server.rights.state = 'department_review'
  const reader = await rawClient(server, { user: 'filler' })
  firstText(ann.doc).format(0, 2, { bold: true })
  firstText(ann.doc).format(1, 2, { bold: null })
  firstText(ann.doc).format(0, 4, { bold: true })
  firstText(ann.doc).format(0, 4, { bold: null })
  await waitFor(() => expect(firstText(reader.doc).toDelta()).toEqual(firstText(ann.doc).toDelta()))
  await pause(50)
  expect(reader.socket.readyState).toBe(reader.socket.OPEN)
  server.rights.state = 'draft'
})

test('[Y5] an id seen in presence stays its user’s after the document has left memory, and after a restart', async () => {
  const ann = await rawClient(server, { user: 'filler' })
  const reader = await rawClient(server, { user: 'finance', part: 'self' })
  ann.send(presenceMessage([{ clientId: 1000, clock: 1, state: {} }]))
  reader.send(presenceMessage([{ clientId: 1001, clock: 1, state: {} }]))
  await waitFor(() => expect([ann, reader].map(({ presence }) => presence.size)).toEqual([1, 1]))
  const ben = await rawClient(server, { user: 'head' })
  type(ben.doc, ' stored')
  const cy = await rawClient(server, { user: 'filler', part: 'self' })
  cy.doc.getMap('facts').set('stored', 1)
  await waitFor(() => expect(textOf(ann.doc)).toContain('stored'))
  await waitFor(() => expect(reader.doc.getMap('facts').has('stored')).toBe(true))
  for (const { socket } of [ann, reader, ben, cy]) socket.terminate()
  await waitFor(() => expect(server.hub.stats().rooms).toBe(0))
  const takeOver = async () => {
    const eve = await rawClient(server, { user: 'filler2', live: false })
    eve.doc.clientID = 1000
    const vector = Y.encodeStateVector(eve.doc)
    type(eve.doc, ' forged')
    eve.send(updateMessage(Y.encodeStateAsUpdate(eve.doc, vector)))
    expect(await eve.closed).toBe(CLOSE.refused)
  }
  await takeOver()
  await server.stop()
  server = await startSync({ dir: place.dir })
  await takeOver()
  const back = await rawClient(server, { user: 'filler', live: false })
  back.doc.clientID = 1000
  back.goLive()
  type(back.doc, ' offline')
  await waitFor(() => expect(saved(back)).toBe(2))
  const owners = await server.database.db.selectFrom('client_owner').select(['client_id', 'user_id']).execute()
  expect(owners).toContainEqual({ client_id: 1000, user_id: 'filler' })
  // Somebody without the pen has nothing to lose.
  expect(owners.map(({ client_id }) => client_id)).not.toContain(1001)
})
