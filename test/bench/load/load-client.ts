import { type Socket, connect } from 'node:net'

/**
 * The client of every load program: one raw socket that speaks WebSocket and y-websocket with as little work as possible,
 * so that hundreds of them in one process are not what is measured. Nothing here holds a Y.Doc; what a reader was shown
 * is read off the updates' structs. Content that the load's own writers never make is a fault and throws.
 */

/**
 * How a server wants to be talked to: `relay` passes frames on and answers nothing, `yjs` is plain y-websocket,
 * `hocuspocus` is the same with the document's name before each frame and an authentication first.
 */
type Dialect = 'relay' | 'yjs' | 'hocuspocus'

/** One place to connect to, on this machine. */
export interface Line {
  readonly port: number
  readonly path: string
  readonly dialect: Dialect
  readonly room: string
  readonly cookie?: string
}

export const KIND = { step1: 0, step2: 1, update: 2 } as const
const TYPE = { sync: 0, presence: 1, auth: 2, syncReply: 4, hocuspocusPing: 9, hocuspocusPong: 10 } as const
const EMPTY_VECTOR = new Uint8Array([0])
const EMPTY_UPDATE = new Uint8Array([0, 0])
const OPEN_MS = 60_000

export interface LoadClientEvents {
  /** A sync frame other than step 1; the update lies in `bytes` from `start` to `end` and is valid only during the call. */
  onSync?(kind: number, bytes: Buffer, start: number, end: number): void
  onClose?(code: number): void
}

export class LoadClient {
  readonly line: Line
  /** Payload bytes of all frames so far. */
  bytes = 0
  frames = 0
  /** Close code; 0 for a line that just ended, undefined while it is open. */
  closedWith: number | undefined
  readonly #socket: Socket
  readonly #prefix: Uint8Array
  readonly #events: LoadClientEvents
  readonly #stateVector: Uint8Array
  #rest: Buffer | undefined
  #isUpgraded = false
  readonly #opened = Promise.withResolvers<void>()

  /** @param stateVector what it says it has */
  constructor(line: Line, events: LoadClientEvents = {}, stateVector: Uint8Array = EMPTY_VECTOR) {
    this.line = line
    this.#stateVector = stateVector
    this.#events = events
    this.#prefix = line.dialect === 'hocuspocus' ? varString(line.room) : new Uint8Array()
    this.#socket = connect({ host: '127.0.0.1', port: line.port, noDelay: true })
    this.#socket.on('connect', () => this.#socket.write(upgradeRequest(line)))
    this.#socket.on('data', this.#onData)
    this.#socket.on('error', (error) => this.#opened.reject(error))
    this.#socket.on('close', () => {
      this.#opened.reject(new Error(`${line.path}: the line ended`))
      this.closedWith ??= 0
      events.onClose?.(this.closedWith)
    })
    this.#socket.setTimeout(OPEN_MS, () => {
      if (!this.#isUpgraded) this.#socket.destroy(new Error(`${line.path}: no answer to the upgrade`))
    })
    // Whoever waits hears of it; a line nobody waits for may end.
    this.#opened.promise.catch(() => undefined)
  }

  /** Resolves when the socket is open and, unless it is a relay, asked for the document. */
  get opened(): Promise<void> {
    return this.#opened.promise
  }

  /** Asks for what the server has beyond the state vector. */
  ask(): void {
    this.#socket.write(this.syncFrame(KIND.step1, this.#stateVector))
  }

  /** @param bytes whole frames, made by `syncFrame` */
  write(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** One masked WebSocket frame. The key is zero, which the protocol allows and which leaves the bytes as they are. */
  syncFrame(kind: number, update: Uint8Array): Uint8Array {
    return this.#frame([Uint8Array.of(TYPE.sync, kind), varUint(update.length), update])
  }

  /** The state of one client id, as y-protocols writes it. */
  presenceFrame(state: { clientId: number; clock: number; json: string }): Uint8Array {
    const entry = Buffer.concat([varUint(1), varUint(state.clientId), varUint(state.clock), varString(state.json)])
    return this.#frame([Uint8Array.of(TYPE.presence), varUint(entry.length), entry])
  }

  /** Stops reading, as a page does whose machine sleeps. */
  stall(): void {
    this.#socket.pause()
  }

  end(): void {
    this.#socket.destroy()
  }

  #frame(payload: readonly Uint8Array[]): Uint8Array {
    const body = Buffer.concat([this.#prefix, ...payload])
    return Buffer.concat([frameHeader(body.length), body])
  }

  readonly #onData = (chunk: Buffer): void => {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk
    this.#rest = undefined
    let at = 0
    if (!this.#isUpgraded) {
      const end = bytes.indexOf('\r\n\r\n')
      if (end < 0) return void (this.#rest = bytes)
      this.#onUpgraded(bytes.toString('latin1', 0, end))
      at = end + 4
    }
    while (at + 2 <= bytes.length) {
      const short = bytes[at + 1] as number
      const header = short < 126 ? 2 : short === 126 ? 4 : 10
      if (at + header > bytes.length) break
      const length =
        short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2))
      const end = at + header + length
      if (end > bytes.length) {
        this.#expect(bytes, at, end)
        return
      }
      this.#onFrame((bytes[at] as number) & 0x0f, bytes, at + header, end)
      at = end
    }
    if (at < bytes.length) this.#rest = bytes.subarray(at)
  }

  /** Collects a frame that came in parts in one buffer instead of copying it again with each part. */
  #expect(bytes: Buffer, start: number, end: number): void {
    const whole = Buffer.allocUnsafe(end - start)
    let filled = bytes.copy(whole, 0, start)
    const collect = (chunk: Buffer) => {
      const taken = chunk.copy(whole, filled)
      filled += taken
      if (filled < whole.length) return
      this.#socket.off('data', collect).on('data', this.#onData)
      this.#onData(whole)
      if (taken < chunk.length) this.#onData(chunk.subarray(taken))
    }
    this.#socket.off('data', this.#onData).on('data', collect)
  }

  #onUpgraded(head: string): void {
    if (!head.startsWith('HTTP/1.1 101')) {
      this.#socket.destroy(new Error(`${this.line.path}: ${head.split('\r\n', 1)[0]}`))
      return
    }
    this.#isUpgraded = true
    const { dialect } = this.line
    if (dialect === 'hocuspocus') this.write(this.#frame([Uint8Array.of(TYPE.auth, 0), varString('')]))
    if (dialect !== 'relay') this.ask()
    this.#opened.resolve()
  }

  #onFrame(opcode: number, bytes: Buffer, start: number, end: number): void {
    if (opcode === 2) {
      this.frames += 1
      this.bytes += end - start
      this.#onMessage(bytes, start + this.#prefix.length, end)
    } else if (opcode === 9) {
      this.#socket.write(
        Buffer.concat([Uint8Array.of(0x8a, 0x80 | (end - start), 0, 0, 0, 0), bytes.subarray(start, end)]),
      )
    } else if (opcode === 8) {
      this.closedWith = end - start >= 2 ? bytes.readUInt16BE(start) : 0
      this.#socket.destroy()
    } else if (opcode !== 10 && opcode !== 1) throw new Error(`frame of opcode ${opcode}`)
  }

  #onMessage(bytes: Buffer, start: number, end: number): void {
    const type = bytes[start] as number
    if (type === TYPE.hocuspocusPing && this.line.dialect === 'hocuspocus') {
      this.write(this.#frame([Uint8Array.of(TYPE.hocuspocusPong)]))
    }
    if (type !== TYPE.sync && type !== TYPE.syncReply) return
    const kind = bytes[start + 1] as number
    if (kind === KIND.step1) {
      if (this.line.dialect !== 'relay') this.write(this.syncFrame(KIND.step2, EMPTY_UPDATE))
      return
    }
    const reader = new Reader(bytes, start + 2)
    const length = reader.varUint()
    if (reader.at + length !== end) throw new Error('a sync frame of another length')
    this.#events.onSync?.(kind, bytes, reader.at, end)
  }
}

/** Reads lib0's numbers and the structs of Yjs updates (V1). */
export class Reader {
  at: number
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  varUint(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.#bytes[this.at++] as number
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 128
    }
  }

  /** @returns the clock length of one struct of the kinds typing makes: text, its container, what was collected */
  struct(): number {
    const info = this.#bytes[this.at++] as number
    const content = info & 0x1f
    if (content === 0 || content === 10) return this.varUint()
    if (info & 0x80) this.#skipId()
    if (info & 0x40) this.#skipId()
    if ((info & 0xc0) === 0) {
      if (this.varUint() === 1) this.#skipString()
      else this.#skipId()
      if (info & 0x20) this.#skipString()
    }
    if (content === 4) return this.#stringLength()
    if (content === 1) return this.varUint()
    if (content === 7 && this.varUint() === XML_TEXT) return 1
    throw new Error(`content ${content} in an update of the load`)
  }

  #skipId(): void {
    this.varUint()
    this.varUint()
  }

  #skipString(): void {
    const length = this.varUint()
    this.at += length
  }

  /** Of ASCII, which is all the load types. */
  #stringLength(): number {
    const length = this.varUint()
    this.at += length
    return length
  }
}

/** Type number of Y.XmlText. */
const XML_TEXT = 6
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

/**
 * The update of one keystroke, as Yjs makes it: a writer's clock 0 is an own Y.XmlText in the root `body`, each further
 * one a character at its end.
 */
export function keystroke(clientId: number, clock: number): Uint8Array {
  const id = varUint(clientId)
  const head = [Uint8Array.of(1, 1), id, varUint(clock)]
  if (clock === 0) return Buffer.concat([...head, Uint8Array.of(7, 1), varString('body'), Uint8Array.of(XML_TEXT, 0)])
  const letter = Uint8Array.of(1, LETTERS.charCodeAt(clock % LETTERS.length), 0)
  if (clock === 1) return Buffer.concat([...head, Uint8Array.of(4, 0), id, Uint8Array.of(0), letter])
  return Buffer.concat([...head, Uint8Array.of(0x84), id, varUint(clock - 1), letter])
}

function upgradeRequest({ path, cookie }: Line): string {
  return (
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${cookie ? `Cookie: ${cookie}\r\n` : ''}\r\n`
  )
}

function frameHeader(length: number): Uint8Array {
  const header = Buffer.alloc(length < 126 ? 6 : length < 65_536 ? 8 : 14)
  header[0] = 0x82
  if (length < 126) header[1] = 0x80 | length
  else if (length < 65_536) {
    header[1] = 0x80 | 126
    header.writeUInt16BE(length, 2)
  } else {
    header[1] = 0x80 | 127
    header.writeBigUInt64BE(BigInt(length), 2)
  }
  return header
}

function varUint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  while (rest > 0x7f) {
    bytes.push(0x80 | (rest & 0x7f))
    rest = Math.floor(rest / 128)
  }
  bytes.push(rest)
  return Uint8Array.from(bytes)
}

function varString(text: string): Uint8Array {
  const bytes = Buffer.from(text)
  return Buffer.concat([varUint(bytes.length), bytes])
}
