import { CLOSE, DOC_LAYOUT, FRAME, SYNC, readExt, type ExtFrame } from '@gongping/protocol'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { Awareness } from 'y-protocols/awareness'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import type { SyncEvent } from './save-state.ts'

/** Runs `deliver` now or, while someone composes, later; always in order. */
export type Hold = (deliver: () => void) => void

/** Why a connection ended for good. */
export interface PartEnd {
  readonly code: number
  /** What the server said right before it refused an edit. */
  readonly refused: Extract<ExtFrame, { type: 'refused' }> | null
}

export interface PartConnection {
  /** Remote edits pass through `hold`; null lets them through at once. */
  setHold(hold: Hold | null): void
  /** Gives the present socket up without waiting for its closing handshake, and tries again, also after an end: at once, with a network. */
  drop(): void
  /** Asks the server who is here, which it answers at once. */
  ask(): void
  close(): void
}

export interface PartConnectionOptions {
  /** `ws(s)://HOST/sync` */
  readonly url: string
  /** `{reportId}/{part}` */
  readonly room: string
  readonly doc: Y.Doc
  readonly awareness: Awareness
  /** Edits the server has not confirmed, see `save-state.ts`. */
  readonly unsent: () => number
  /** Whether there are such edits, those on their way included, or have been since the server's content last came. */
  readonly hasUnconfirmed: () => boolean
  readonly onSync: (event: SyncEvent) => void
  /**
   * Unconfirmed edits and what the server had meanwhile are one document now.
   * @param before the document without the server's news
   * @param known the server's state vector without these edits
   */
  readonly onMerged: (before: Uint8Array, known: Uint8Array) => void
  readonly onExt: (frame: ExtFrame) => void
  /** Bytes came in. */
  readonly onMessage: () => void
  /** Whose document it is here; the server ends a line that another account would open. */
  readonly userId: string
  /** A socket could not be opened, or closed before the server's content came. The browser hides the HTTP status. */
  readonly onUnreachable: () => void
  /** The server closed with a final code, or its content could not be read (`badFrame`). */
  readonly onEnd: (end: PartEnd) => void
}

/** One of the four sockets of a report: plain y-websocket plus our extra frames. Starts connecting at once. */
export function openPart(options: PartConnectionOptions): PartConnection {
  const { doc, onSync, onExt, onEnd } = options
  let hold: Hold | null = null
  let mayWrite = false
  /** Of this connection: what the server had, and what was here before its answer came. */
  let known: Uint8Array | null = null
  let before: Uint8Array | null = null
  let refused: PartEnd['refused'] = null
  /** The server's content came over this socket. */
  let isOfUse = false
  let attempt: ReturnType<typeof setTimeout> | undefined
  let pause: ReturnType<typeof setTimeout> | undefined

  /** Numbers the frames that carry edits the way the server counts them. */
  class NumberingSocket extends WebSocket {
    #frames = 0
    override send(data: Parameters<WebSocket['send']>[0]): void {
      super.send(data)
      if (!(data instanceof Uint8Array) || data[0] !== FRAME.sync) return
      if (data[1] !== SYNC.step2 && data[1] !== SYNC.update) return
      this.#frames++
      onSync({ type: 'sent', frame: this.#frames, offer: data[1] === SYNC.step2, at: Date.now() })
    }
  }

  const provider = new WebsocketProvider(options.url, options.room, doc, {
    connect: false,
    disableBc: true,
    awareness: options.awareness,
    params: { ext: '1', layout: String(DOC_LAYOUT), user: options.userId },
    WebSocketPolyfill: NumberingSocket,
    // After a restart not everybody shall come back in the same moment.
    maxBackoffTime: 2000 + Math.random() * 1500,
  })

  const readSync = (bytes: Uint8Array, socket: unknown) => {
    const decoder = decoding.createDecoder(bytes)
    const type = decoding.readVarUint(decoder)
    if (type === SYNC.step1) {
      const vector = decoding.readVarUint8Array(decoder)
      if (provider.ws === socket) {
        known ??= vector
        tellMerged()
      }
      const update = Y.encodeStateAsUpdate(doc, vector)
      const holdsMore = options.unsent() > 0 || Y.decodeUpdate(update).structs.length > 0
      if (!mayWrite && !holdsMore) return onSync({ type: 'nothing-to-offer' })
      if (provider.ws === null || provider.ws !== socket) return
      const encoder = encoding.createEncoder()
      encoding.writeVarUint(encoder, FRAME.sync)
      encoding.writeVarUint(encoder, SYNC.step2)
      encoding.writeVarUint8Array(encoder, update)
      provider.ws.send(encoding.toUint8Array(encoder))
      return
    }
    const isAnswer = type === SYNC.step2 && provider.ws !== null && provider.ws === socket
    if (isAnswer && options.hasUnconfirmed()) before ??= Y.encodeStateAsUpdate(doc)
    Y.applyUpdate(doc, decoding.readVarUint8Array(decoder), provider)
    if (isAnswer) {
      tellMerged()
      isOfUse = true
      provider.synced = true
      onSync({ type: 'synced', at: Date.now() })
    }
  }

  const tellMerged = () => {
    if (known === null || before === null) return
    // Without the pen they are refused, and put aside as a whole.
    if (mayWrite) options.onMerged(before, known)
    before = null
  }

  const heard = () => {
    // The library ends a line after 30 s of silence, in hidden tabs also one that is well; `heartbeat.ts` knows better.
    provider.wsLastMessageReceived = Number.POSITIVE_INFINITY
    options.onMessage()
  }
  provider.messageHandlers[FRAME.sync] = (_encoder, decoder) => {
    heard()
    const bytes = decoding.readTailAsUint8Array(decoder)
    const socket = provider.ws
    const deliver = () => {
      try {
        readSync(bytes, socket)
      } catch (error) {
        console.error(`${options.room}: an update could not be read`, error)
        end({ code: CLOSE.badFrame, refused: null })
      }
    }
    if (hold === null) deliver()
    else hold(deliver)
  }
  const readAwareness = provider.messageHandlers[FRAME.awareness]!
  provider.messageHandlers[FRAME.awareness] = (...parameters) => {
    heard()
    readAwareness(...parameters)
  }
  provider.messageHandlers[FRAME.ext] = (_encoder, decoder) => {
    heard()
    const frame = readExt(decoder)
    if (frame.type === 'hello' || frame.type === 'state') mayWrite = frame.mayWrite
    if (frame.type === 'refused') refused = frame
    if (frame.type === 'saved') onSync({ type: 'saved', frames: frame.frames, at: Date.parse(frame.at) })
    if (frame.type === 'storing') onSync({ type: 'storing', ok: frame.ok })
    onExt(frame)
  }

  const end = (how: PartEnd) => {
    clearTimeout(pause)
    clearTimeout(attempt)
    provider.disconnect()
    onEnd(how)
  }
  provider.on('status', ({ status }) => {
    clearTimeout(attempt)
    // Some networks swallow the attempt, and browsers wait for minutes.
    if (status === 'connecting') attempt = setTimeout(() => connection.drop(), ATTEMPT_MS)
    if (status !== 'connected') return
    refused = null
    known = null
    before = null
    onSync({ type: 'opened', at: Date.now() })
  })
  provider.on('connection-close', (event) => {
    onSync({ type: 'closed', at: Date.now() })
    if (!isOfUse) options.onUnreachable()
    isOfUse = false
    if (event === null) return
    if (event.code === CLOSE.restarting || event.code === CLOSE.unavailable) reconnectIn(150 + Math.random() * 1200)
    // Browsers hold back the next connections after many that failed: also the first one on a network that is back.
    else if (isOffline()) reconnectIn(OFFLINE_RETRY_MS)
  })
  provider.on('closed', ({ code }) => onEnd({ code, refused }))

  const reconnectIn = (ms: number) => {
    queueMicrotask(() => {
      provider.shouldConnect = false
      clearTimeout(pause)
      pause = setTimeout(() => provider.connect(), ms)
    })
  }
  const connectNow = () => {
    clearTimeout(pause)
    provider.wsUnsuccessfulReconnects = 0
    provider.connect()
  }

  const connection: PartConnection = {
    setHold(next) {
      hold = next
    },
    drop() {
      provider.disconnect()
      if (isOffline()) reconnectIn(OFFLINE_RETRY_MS)
      else connectNow()
    },
    ask() {
      if (provider.wsconnected) provider.ws?.send(Uint8Array.of(FRAME.queryAwareness))
    },
    close() {
      clearTimeout(pause)
      clearTimeout(attempt)
      provider.destroy()
    },
  }
  provider.connect()
  return connection
}

/** Milliseconds an attempt may take on the slowest of lines. */
const ATTEMPT_MS = 12_000

/** A server on this very computer, or in a network the browser does not see, is there all the same: it is still tried. */
const OFFLINE_RETRY_MS = 5000
const isOffline = () => navigator.onLine === false
