import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { REPORT, rawClient, startSync, temporaryDir, textOf, type } from './sync-support.ts'
import type { SyncServer } from './sync-support.ts'
import { waitFor } from './support/wait-for.ts'

let place: ReturnType<typeof temporaryDir>
let server: SyncServer
const cleanups: (() => void)[] = []

beforeEach(async () => {
  place = temporaryDir()
  server = await startSync({ dir: place.dir })
})
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) cleanup()
  await server.stop()
  place.remove()
})

function stockClient(user: string, part = 'narrative') {
  const doc = new Y.Doc()
  class SocketWithCookie extends WebSocket {
    constructor(url: string) {
      super(url, { headers: { cookie: `user=${user}` } })
    }
  }
  const provider = new WebsocketProvider(`${server.url}/sync/${REPORT}`, part, doc, {
    WebSocketPolyfill: SocketWithCookie as unknown as typeof globalThis.WebSocket,
    disableBc: true,
  })
  cleanups.push(() => provider.destroy())
  return { doc, provider }
}

test('[Y20] two stock y-websocket clients converge, and what they wrote is there after a restart', async () => {
  const ann = stockClient('filler')
  const ben = stockClient('head')
  await waitFor(() => expect(ann.provider.synced && ben.provider.synced).toBe(true))
  type(ann.doc, ' ann')
  type(ben.doc, ' ben')
  await waitFor(() => expect(textOf(ann.doc)).toBe(textOf(ben.doc)))
  await waitFor(() => expect(textOf(ann.doc)).toContain(' ben'))
  expect(textOf(ann.doc)).toContain(' ann')
  const seen = textOf(ann.doc)
  for (const cleanup of cleanups.splice(0)) cleanup()
  await server.stop()
  server = await startSync({ dir: place.dir })
  const later = await rawClient(server, { user: 'finance' })
  expect(textOf(later.doc)).toBe(seen)
  later.close()
})
