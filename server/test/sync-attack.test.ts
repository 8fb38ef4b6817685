import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { CLOSE, FRAME } from '@gongping/protocol'
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
import { randomFrom } from './guard-support.ts'
import { waitFor } from './support/wait-for.ts'

let place: ReturnType<typeof temporaryDir>
let server: SyncServer
/** Two honest people who must not notice anything. */
let ann: RawClient
let ben: RawClient

beforeEach(async () => {
  place = temporaryDir()
  server = await startSync({ dir: place.dir })
  ann = await rawClient(server, { user: 'filler' })
  ben = await rawClient(server, { user: 'head' })
})
afterEach(async () => {
  await expectUnharmed()
  await server.stop()
  place.remove()
})

async function expectUnharmed(): Promise<void> {
  type(ann.doc, '[ann is fine]')
  await waitFor(() => expect(textOf(ben.doc)).toContain('[ann is fine]'))
  expect(textOf(ben.doc)).toBe(textOf(ann.doc))
  expect(textOf(ben.doc)).not.toContain('forged')
  const fresh = await rawClient(server, { user: 'finance' })
  expect(textOf(fresh.doc)).toBe(textOf(ann.doc))
}

const refusal = (client: RawClient) => client.ext.find((frame) => frame.type === 'refused')

test('[Y8] [Y50] without the pen: told why, closed with 4403, nothing logged or shown', async () => {
  server.rights.state = 'finance_review'
  const eve = await rawClient(server, { user: 'filler2' })
  type(eve.doc, 'forged')
  expect(await eve.closed).toBe(CLOSE.refused)
  expect(refusal(eve)).toMatchObject({ reason: 'no-pen', message: { zh: expect.stringContaining('没有保存') } })
  const rows = await server.database.db.selectFrom('update_log').select('user_id').where('seq', '>', 0).execute()
  expect(rows).toEqual([])
  server.rights.state = 'draft'
})

test("[Y8] a reader's empty answer passes", async () => {
  server.rights.state = 'concluded'
  const reader = await rawClient(server, { user: 'filler2' })
  await waitFor(() => expect(reader.ext).toContainEqual(expect.objectContaining({ type: 'saved', frames: 1 })))
  expect(reader.socket.readyState).toBe(WebSocket.OPEN)
  server.rights.state = 'draft'
})

test("[Y5] an update under another person's client id", async () => {
  type(ann.doc, ' one')
  await waitFor(() => expect(textOf(ben.doc)).toContain(' one'))
  const eve = await rawClient(server, { user: 'finance', live: false })
  const vector = Y.encodeStateVector(eve.doc)
  eve.doc.clientID = ann.doc.clientID
  type(eve.doc, 'forged')
  eve.send(updateMessage(Y.encodeStateAsUpdate(eve.doc, vector)))
  expect(await eve.closed).toBe(CLOSE.refused)
  expect(refusal(eve)).toMatchObject({ reason: 'foreign-client-id' })
})

test('[Y5] an id heard from presence, before its owner has written', async () => {
  ann.send(presenceMessage([{ clientId: ann.doc.clientID, clock: 1, state: {} }]))
  const eve = await rawClient(server, { user: 'finance', live: false })
  await waitFor(() => expect(eve.presence.has(ann.doc.clientID)).toBe(true))
  const vector = Y.encodeStateVector(eve.doc)
  eve.doc.clientID = ann.doc.clientID
  type(eve.doc, 'forged')
  eve.send(updateMessage(Y.encodeStateAsUpdate(eve.doc, vector)))
  expect(await eve.closed).toBe(CLOSE.refused)
})

test('[Y2] [Y51] bytes that are no frame, a text frame, and an update cut by one byte', async () => {
  const cut = Y.encodeStateAsUpdate(ann.doc).subarray(0, -1)
  const frames = [
    new Uint8Array([]),
    new Uint8Array([9]),
    new Uint8Array([0, 2, 5, 1]),
    new Uint8Array([1, 3, 255]),
    updateMessage(cut),
  ]
  for (const frame of frames) {
    const eve = await rawClient(server, { user: 'finance' })
    eve.send(frame)
    expect(await eve.closed).toBe(CLOSE.badFrame)
  }
  const eve = await rawClient(server, { user: 'finance' })
  eve.socket.send('forged')
  expect(await eve.closed).toBe(CLOSE.badFrame)
})

test('[Y51] frames above 1 MiB are told so, far above are cut, both finally', async () => {
  const reasons: unknown[] = []
  for (const size of [1024 * 1024 + 1, 4 * 1024 * 1024]) {
    const eve = await rawClient(server, { user: 'finance' })
    eve.send(new Uint8Array(size))
    expect(await eve.closed).toBe(CLOSE.refused)
    reasons.push(refusal(eve)?.reason)
  }
  expect(reasons).toEqual(['too-large', undefined])
})

test('[Y51] an invalid WebSocket frame on the bare line', async () => {
  const { hostname, port } = new URL(server.url)
  const line = connect(Number(port), hostname)
  line.on('error', () => undefined)
  line.write(
    `GET /sync/${REPORT}/narrative HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: user=finance\r\n\r\n`,
  )
  await new Promise((resolve) => line.once('data', resolve))
  line.write(Buffer.from([0xf2, 0x85, 1, 2, 3, 4, 5, 6, 7, 8, 9]))
  await new Promise((resolve) => line.once('close', resolve))
  await waitFor(() => expect(server.hub.countSockets('finance')).toBe(0))
})

test('[Y53] presence: spoofed names are overwritten, other ids passed over, too much refused', async () => {
  const eve = await rawClient(server, { user: 'finance' })
  const [annId, eveId] = [ann.doc.clientID, eve.doc.clientID]
  ann.send(presenceMessage([{ clientId: annId, clock: 1, state: { section: 's1' } }]))
  await waitFor(() => expect(eve.presence.get(annId)).toMatchObject({ section: 's1', name: 'name of filler' }))
  eve.send(
    presenceMessage([
      { clientId: eveId, clock: 1, state: { name: 'name of filler', user: { id: 'filler' }, section: 's2' } },
      { clientId: annId, clock: 99, state: { section: 'forged' } },
    ]),
  )
  await waitFor(() => expect(ben.presence.has(eveId)).toBe(true))
  expect(ben.presence.get(eveId)).toMatchObject({
    name: 'name of finance',
    user: { id: 'finance', role: 'finance' },
    section: 's2',
  })
  expect(ben.presence.get(annId)).toMatchObject({ section: 's1' })
  await waitFor(() => expect(eve.presence.has(eveId)).toBe(true))
  eve.close()
  await waitFor(() => expect(ben.presence.has(eveId)).toBe(false))

  const nested = '['.repeat(2000) + ']'.repeat(2000)
  for (const state of [{ big: 'x'.repeat(5000) }, `{"a":${nested}}`, 'no json', '[1]', '{"__proto__":{"a":1}}']) {
    const loud = await rawClient(server, { user: 'finance' })
    loud.send(presenceMessage([{ clientId: loud.doc.clientID, clock: 1, state }]))
    expect([CLOSE.badFrame, CLOSE.refused]).toContain(await loud.closed)
  }
})

test('[Y7] a hole that nobody can fill: asked once more, then 4409', async () => {
  const eve = await rawClient(server, { user: 'finance', live: false })
  const updates: Uint8Array[] = []
  eve.doc.on('update', (update: Uint8Array) => updates.push(update))
  type(eve.doc, 'forged 1')
  type(eve.doc, 'forged 2')
  const withHole = new Y.Doc()
  Y.applyUpdate(withHole, updates[1] as Uint8Array)
  eve.doc.destroy()
  const onlyLater = await rawClient(server, { user: 'finance', live: false, doc: withHole })
  onlyLater.send(updateMessage(updates[1] as Uint8Array))
  expect(await onlyLater.closed).toBe(CLOSE.outOfStep)
})

test('[Y40] upgrades that must not become a socket', async () => {
  const status = (path: string, headers: Record<string, string>) =>
    new Promise<number>((resolve) => {
      const socket = new WebSocket(`${server.url}${path}`, { headers })
      socket.on('error', () => undefined)
      socket.on('unexpected-response', (request, response) => {
        resolve(response.statusCode ?? 0)
        request.destroy()
      })
      socket.on('open', () => {
        resolve(101)
        socket.close()
      })
    })
  const cookie = 'user=filler'
  const good = `/sync/${REPORT}/narrative`
  expect(await status(good, {})).toBe(401)
  expect(await status(good, { cookie: 'user=nobody' })).toBe(401)
  expect(await status(good, { cookie: 'user=' })).toBe(401)
  for (const origin of [
    'http://evil.example',
    'null',
    '',
    `${server.origin}.evil.example`,
    server.origin.replace('http:', 'https:'),
    `${server.origin}/`,
  ]) {
    expect({ origin, status: await status(good, { cookie, origin }) }).toEqual({ origin, status: 403 })
  }
  expect(await status(good, { cookie: 'user=outsider' })).toBe(404)
  const wrong = [
    '/sync/report-2/narrative',
    `/sync/${REPORT}/body`,
    `/sync/${REPORT}/Narrative`,
    `/sync/${REPORT}/narrative/`,
    `/sync/${REPORT}//narrative`,
    `/sync/${REPORT}/%6earrative`,
    `/Sync/${REPORT}/narrative`,
    `/sync/${REPORT}`,
    '/',
  ]
  for (const path of wrong) expect({ path, status: await status(path, { cookie }) }).toEqual({ path, status: 404 })
  expect(await status(good, { cookie })).toBe(101)
  expect(await status(good, { cookie, origin: server.origin })).toBe(101)
})

test('[Y44] a client of another layout', async () => {
  const socket = new WebSocket(`${server.url}/sync/${REPORT}/narrative?layout=999`, {
    headers: { cookie: 'user=filler' },
  })
  expect(await new Promise((resolve) => socket.on('close', resolve))).toBe(CLOSE.oldClient)
})

test('[Y46] a page of somebody else than who is signed in by now has no line, and binds no id', async () => {
  const closed = async (query: string) => {
    const socket = new WebSocket(`${server.url}/sync/${REPORT}/narrative?ext=1&${query}`, {
      headers: { cookie: 'user=filler' },
    })
    const end = new Promise((resolve) => socket.on('close', resolve))
    const first = new Promise((resolve) => socket.once('message', () => resolve('joined')))
    const how = await Promise.race([end, first])
    socket.close()
    return how
  }
  expect(await closed('user=head')).toBe(CLOSE.signedOut)
  expect(await closed('user=')).toBe(CLOSE.signedOut)
  expect(await closed('user=filler')).toBe('joined')
  expect(await closed('')).toBe('joined')
})

test('[Y40] the 65th socket of one user', async () => {
  const open = await Promise.all(Array.from({ length: 64 }, () => rawClient(server, { user: 'filler2' })))
  await expect(rawClient(server, { user: 'filler2' })).rejects.toThrow('HTTP 429')
  open[0]?.close()
  await waitFor(() => expect(server.hub.countSockets('filler2')).toBe(63))
  for (const client of [...open, await rawClient(server, { user: 'filler2' })]) client.close()
})

test('[Y3] [Y50] 2,000 random frames from one account: every other line goes on', async () => {
  const random = randomFrom(4711)
  let eve = await rawClient(server, { user: 'finance' })
  const real = updateMessage(Y.encodeStateAsUpdate(eve.doc))
  for (let round = 0; round < 2000; round += 1) {
    if (eve.socket.readyState !== WebSocket.OPEN) eve = await rawClient(server, { user: 'finance' })
    const bytes =
      round % 2 === 0 ? Uint8Array.from({ length: random.below(60) }, () => random.below(256)) : real.slice()
    if (round % 2 === 1) bytes[random.below(bytes.length)] = random.below(256)
    if (round % 3 === 0 && bytes.length > 1) bytes.set([FRAME.sync, 2].slice(0, Math.min(2, bytes.length)))
    eve.send(bytes)
    if (round % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  eve.socket.terminate()
  expect([ann, ben].map(({ socket }) => socket.readyState)).toEqual([WebSocket.OPEN, WebSocket.OPEN])
})

test('[Y54] a flood of frames, and of questions', async () => {
  const eve = await rawClient(server, { user: 'finance' })
  const empty = updateMessage(new Uint8Array([0, 0]))
  for (let count = 0; count < 6000; count += 1) eve.send(empty)
  expect(await eve.closed).toBe(CLOSE.tooSlow)
  const asker = await rawClient(server, { user: 'finance' })
  for (let count = 0; count < 61; count += 1) asker.send(new Uint8Array([0, 0, 1, 0]))
  expect(await asker.closed).toBe(CLOSE.tooSlow)
})

test('[Y52] a reader that stops reading costs little, and has everything once it reads on', async () => {
  const slow = await rawClient(server, { user: 'finance' })
  slow.socket.pause()
  const before = process.memoryUsage().arrayBuffers
  const writers = await Promise.all(['filler', 'filler2', 'head', 'filler2'].map((user) => rawClient(server, { user })))
  for (let round = 0; round < 40; round += 1) {
    const { doc, ext } = writers[round % writers.length] as RawClient
    const body = doc.get('body', Y.XmlElement)
    const answers = ext.length
    // Put in and taken out again: much passes by, little is left.
    body.insert(body.length, [new Y.XmlText('x'.repeat(400_000))])
    await waitFor(() => expect(ext.length).toBeGreaterThan(answers))
    body.delete(body.length - 1, 1)
    if (round === 39) body.insert(body.length, [new Y.XmlText('the end')])
  }
  expect(server.hub.countSockets('finance')).toBe(1)
  expect(server.hub.stats().longestQueue).toBeLessThan(3 * 1024 * 1024)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(200 * 1024 * 1024)
  slow.socket.resume()
  await waitFor(() => expect(textOf(slow.doc)).toContain('the end'))
  await waitFor(() => expect(textOf(slow.doc)).toBe(textOf(writers[0]?.doc ?? new Y.Doc())))
  expect(slow.doc.store.pendingStructs).toBeNull()
  type(slow.doc, ' and goes on')
  await waitFor(() => expect(textOf(writers[0]?.doc ?? new Y.Doc())).toContain('and goes on'))
  slow.close()
  for (const writer of writers) writer.close()
})
