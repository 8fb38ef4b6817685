import type { Part } from '@gongping/permissions'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import type { DemoUser, TestServer } from './server.ts'

export interface JoinedPart {
  readonly doc: Y.Doc
  readonly provider: WebsocketProvider
  /** Close codes of the socket so far. */
  readonly closed: number[]
  /** Resolves when the server has everything written so far: a fresh reader is told it. */
  settled(): Promise<void>
}

/** What any y-websocket user would write: the stock provider, and a cookie header because Node has no cookie jar. */
export async function joinPart(
  server: TestServer,
  { user, part, reportId = 'demo' }: { user: DemoUser; part: Part; reportId?: string },
): Promise<JoinedPart> {
  const cookie = await server.signIn(user)
  class SocketWithCookie extends WebSocket {
    constructor(url: string) {
      super(url, { headers: { cookie } })
    }
  }
  const doc = new Y.Doc()
  const options = {
    WebSocketPolyfill: SocketWithCookie as unknown as typeof globalThis.WebSocket,
    disableBc: true,
  }
  const provider = new WebsocketProvider(`${server.wsUrl}/sync/${reportId}`, part, doc, options)
  const closed: number[] = []
  provider.on('connection-close', (event) => closed.push(event?.code ?? 0))
  if (!provider.synced) await new Promise<void>((resolve) => provider.once('sync', () => resolve()))
  return {
    doc,
    provider,
    closed,
    async settled() {
      const reader = new Y.Doc()
      const second = new WebsocketProvider(`${server.wsUrl}/sync/${reportId}`, part, reader, options)
      try {
        while (!contains(reader, doc)) await new Promise<void>((resolve) => reader.once('update', () => resolve()))
      } finally {
        second.destroy()
        // Its presence would keep a timer, and with it the process.
        reader.destroy()
      }
    },
  }
}

/** Whether `reader` has every struct that `writer` has. */
function contains(reader: Y.Doc, writer: Y.Doc): boolean {
  const has = Y.decodeStateVector(Y.encodeStateVector(reader))
  const wants = Y.decodeStateVector(Y.encodeStateVector(writer))
  return [...wants].every(([client, clock]) => (has.get(client) ?? 0) >= clock)
}
