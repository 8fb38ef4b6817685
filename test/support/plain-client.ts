import { FRAME, SYNC, readExt } from '@gongping/protocol'
import type { ExtFrame } from '@gongping/protocol'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { WebSocket } from 'ws'
import * as Y from 'yjs'

/** One line into one part, whose document follows, and which sends what is changed locally. */
export interface PlainClient {
  readonly doc: Y.Doc
  readonly socket: WebSocket
  readonly ext: ExtFrame[]
  /** Update frames sent so far, as the server numbers them. */
  readonly sent: number
  /** Resolves with the close code. */
  readonly closed: Promise<number>
  send(frame: Uint8Array): void
}

const REMOTE = 'remote'

/** Resolves when the document is complete. */
export function openPlainClient(
  server: { wsUrl: string },
  options: {
    cookie: string
    reportId: string
    part: string
    onUpdate?: (bytes: Uint8Array) => void
    onExt?: (frame: ExtFrame) => void
  },
): Promise<PlainClient> {
  const { cookie, reportId, part, onUpdate, onExt } = options
  const doc = new Y.Doc()
  const socket = new WebSocket(`${server.wsUrl}/sync/${reportId}/${part}?ext=1`, { headers: { cookie } })
  const ready = Promise.withResolvers<PlainClient>()
  const closed = Promise.withResolvers<number>()
  const client = {
    doc,
    socket,
    ext: [] as ExtFrame[],
    sent: 0,
    closed: closed.promise,
    send: (frame: Uint8Array) => socket.readyState === WebSocket.OPEN && socket.send(frame),
  }
  const sendUpdate = (kind: number, bytes: Uint8Array) => {
    if (socket.readyState !== WebSocket.OPEN) return
    client.sent += 1
    client.send(syncFrame(kind, bytes))
  }
  doc.on('update', (update: Uint8Array, origin: unknown) => {
    if (origin !== REMOTE) sendUpdate(SYNC.update, update)
  })
  socket.on('error', ready.reject)
  socket.on('unexpected-response', (_, { statusCode }) => ready.reject(new Error(`HTTP ${statusCode}`)))
  socket.on('close', (code) => {
    closed.resolve(code)
    ready.reject(new Error(`closed with ${code}`))
  })
  socket.on('open', () => socket.send(syncFrame(SYNC.step1, Y.encodeStateVector(doc))))
  socket.on('message', (data: Buffer) => {
    const decoder = decoding.createDecoder(new Uint8Array(data))
    const type = decoding.readVarUint(decoder)
    if (type === FRAME.ext) {
      const frame = readExt(decoder)
      client.ext.push(frame)
      onExt?.(frame)
    }
    if (type !== FRAME.sync) return
    const kind = decoding.readVarUint(decoder)
    const bytes = decoding.readVarUint8Array(decoder)
    if (kind === SYNC.step1) return sendUpdate(SYNC.step2, Y.encodeStateAsUpdate(doc, bytes))
    onUpdate?.(bytes)
    Y.applyUpdate(doc, bytes, REMOTE)
    if (kind === SYNC.step2) ready.resolve(client)
  })
  return ready.promise
}

export function syncFrame(kind: number, bytes: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, FRAME.sync)
  encoding.writeVarUint(encoder, kind)
  encoding.writeVarUint8Array(encoder, bytes)
  return encoding.toUint8Array(encoder)
}
