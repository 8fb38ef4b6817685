import { randomBytes } from 'node:crypto'
import { type Socket, connect } from 'node:net'

/** A WebSocket spoken by hand: any bytes can be put on the line. */
export interface RawLine {
  readonly isOpen: boolean
  /** Status of the answer to the upgrade; 0 when there was none. */
  readonly status: number
  /** What came after the head of the answer. */
  readonly received: Buffer
  /** Resolves when the line has ended, from whichever side. */
  readonly ended: Promise<void>
  put(bytes: Uint8Array): void
  end(): void
}

/** Sends an upgrade and resolves with the answer, whatever it is. */
export function openRawLine(
  server: { url: string },
  request: { path: string; headers?: Readonly<Record<string, string>>; method?: string; version?: string },
): Promise<RawLine> {
  const { hostname, port, host } = new URL(server.url)
  const socket: Socket = connect(Number(port), hostname)
  socket.setNoDelay(true)
  const ended = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<RawLine>()
  let received = Buffer.alloc(0)
  let headLength = -1
  const line = {
    isOpen: false,
    status: 0,
    ended: ended.promise,
    get received() {
      return headLength < 0 ? Buffer.alloc(0) : received.subarray(headLength)
    },
    put: (bytes: Uint8Array) => void (socket.writable && socket.write(bytes)),
    end: () => socket.destroy(),
  }
  socket.on('data', (chunk: Buffer) => {
    // Enough to judge the answer by; a fuzzer need not read on.
    if (received.length < 65_536) received = Buffer.concat([received, chunk])
    if (headLength >= 0) return
    const end = received.indexOf('\r\n\r\n')
    if (end < 0) return
    headLength = end + 4
    line.status = Number(/^HTTP\/1\.1 (\d{3})/.exec(received.toString('latin1', 0, end))?.[1] ?? 0)
    line.isOpen = line.status === 101
    answered.resolve(line)
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    line.isOpen = false
    ended.resolve()
    answered.resolve(line)
  })
  const headers = {
    Host: host,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    ...request.headers,
  }
  socket.write(
    `${request.method ?? 'GET'} ${request.path} HTTP/${request.version ?? '1.1'}\r\n${Object.entries(headers)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')}\r\n`,
  )
  return answered.promise
}

export interface WireFrame {
  readonly payload: Uint8Array
  /** 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong; others are invalid. */
  readonly opcode?: number
  readonly isLast?: boolean
  /** Reserved bits, 0 to 7; there are no extensions, so all but 0 are invalid. */
  readonly reserved?: number
  readonly isMasked?: boolean
  /** Instead of the payload's. */
  readonly declaredLength?: number
}

/** RFC 6455, 5.2, with every field to be had wrong. */
export function wireFrame(frame: WireFrame): Uint8Array {
  const { payload, opcode = 2, isLast = true, reserved = 0, isMasked = true } = frame
  const length = frame.declaredLength ?? payload.length
  const head = [(isLast ? 0x80 : 0) | (reserved << 4) | opcode]
  const mask = isMasked ? 0x80 : 0
  if (length < 126) head.push(mask | length)
  else if (length < 65_536) head.push(mask | 126, length >> 8, length & 0xff)
  else {
    head.push(mask | 127)
    for (let shift = 7; shift >= 0; shift -= 1) head.push(Math.floor(length / 256 ** shift) % 256)
  }
  // A key of zeros is as good as any other for a server.
  if (isMasked) head.push(0, 0, 0, 0)
  const bytes = new Uint8Array(head.length + payload.length)
  bytes.set(head)
  bytes.set(payload, head.length)
  return bytes
}
