import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { PARTS } from '@gongping/permissions'
import type { Message, Part } from '@gongping/permissions'
import { CLOSE, DOC_LAYOUT, FRAME, LIMITS, SYNC } from '@gongping/protocol'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { ADMISSION_LIMITS, Admissions } from './admissions.ts'
import type { AdmissionLimits } from './admissions.ts'
import type { Hub } from './hub.ts'
import { readShortFrames } from './short-frames.ts'
import { SocketTransport } from './socket-transport.ts'
import type { System } from './system.ts'
import type { FindAccess, SyncLog } from './types.ts'

export interface AttachOptions {
  readonly server: Server
  readonly hub: Hub
  readonly system: System
  readonly log: SyncLog
  /** Undefined: nobody is signed in. */
  readonly readSession: (
    cookieHeader: string | undefined,
  ) => Promise<{ readonly userId: string; readonly sessionId?: string } | undefined>
  /** Somebody types: their session is not idle. */
  readonly noteActivity?: (sessionId: string) => void
  /** Told of lines that were not let in for their origin or rate; `userId` is empty when nobody had been asked for. */
  readonly onRefused?: (refusal: {
    readonly code: string
    readonly userId: string
    readonly reportId?: string
    readonly address: string
  }) => void
  readonly findAccess: FindAccess
  /** Asked at each upgrade: the port may be known only after listening. A request without Origin is a script's. */
  readonly allowedOrigins: () => readonly string[]
  readonly limits?: Partial<AdmissionLimits>
  /** Whether nobody can be let in at the moment: 503 at once, so that a proxy asks another node. */
  readonly isCutOff?: (() => boolean) | undefined
  /** Who is calling; absent: the address of the socket. */
  readonly addressOf?: (request: IncomingMessage) => string
}

/** An answer before there is a socket. */
class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly text: Message
  constructor(status: number, code: string, text: Message) {
    super(code)
    this.status = status
    this.code = code
    this.text = text
  }
}

const PATH = new RegExp(`^/sync/([A-Za-z0-9_-]{1,64})/(${PARTS.join('|')})$`)
const STATUS_WORDS: Record<number, string> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
}

/**
 * Lets sockets in at `/sync/{reportId}/{part}`. Session, origin and rights are judged before there is a socket; every
 * other upgrade is answered 404.
 *
 * @returns stops accepting and ends the heartbeat; open sockets are the hub's to close. What that returns cuts the lines
 * whose other end has not answered the closing by then
 */
export function attachSync(options: AttachOptions): () => () => void {
  const { server, hub, system, log } = options
  const sockets = new WebSocketServer({
    noServer: true,
    // Twice what is accepted, so that somebody who pastes too much is told so instead of being cut off.
    maxPayload: 2 * LIMITS.maxFrameBytes,
    maxFragments: 1024,
    perMessageDeflate: false,
    clientTracking: false,
  })
  const lines = new Map<WebSocket, { heardAt: number }>()
  const admissions = new Admissions({ ...ADMISSION_LIMITS, ...options.limits })
  const addressOf = options.addressOf ?? ((request) => request.socket.remoteAddress ?? '')

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    void admit(request, socket, head).catch((error: unknown) => {
      if (!(error instanceof Refusal)) log.error({ error: String(error) }, 'an upgrade failed')
      answer(socket, error instanceof Refusal ? error : unavailable())
    })
  }

  async function admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { pathname, query } = splitTarget(request.url ?? '')
    const [, reportId, part] = PATH.exec(pathname) ?? []
    if (reportId === undefined || part === undefined) throw notFound()
    const { origin } = request.headers
    const address = addressOf(request)
    if (origin !== undefined && !options.allowedOrigins().includes(origin)) {
      options.onRefused?.({ code: 'foreign_origin', userId: '', address })
      throw foreignOrigin()
    }
    if (options.isCutOff?.()) throw unavailable()
    const cookie = request.headers.cookie
    const { rightsEpoch } = hub
    const session = await options.readSession(cookie)
    if (!session) throw signedOut()
    const { userId, sessionId } = session
    const access = await options.findAccess(userId, reportId)
    if (!access || access.hidden?.includes(part as Part)) throw notFound()
    if (socket.destroyed) return
    const leave = admissions.enter({ userId, address, now: system.monotonic() })
    if (!leave) {
      options.onRefused?.({ code: 'too_many_sockets', userId, reportId, address })
      throw tooMany()
    }
    // The line closes with its socket, whoever ended it, and also if it never became a line.
    socket.once('close', leave)
    sockets.handleUpgrade(request, socket, head, (line) => {
      const heard = guard(line)
      const layout = query.get('layout')
      if (layout !== null && layout !== String(DOC_LAYOUT)) return line.close(CLOSE.oldClient, 'reload the page')
      // The browser was signed in as somebody else since the page was opened: nothing of it is in that one's name.
      if (![userId, null].includes(query.get('user'))) return line.close(CLOSE.signedOut, 'another account')
      const connection = hub.join({
        key: { reportId, part: part as Part },
        access,
        rightsEpoch,
        ext: query.get('ext') === '1',
        transport: new SocketTransport(line),
        sessionId,
        isSignedIn: async () => (await options.readSession(cookie))?.userId === userId,
      })
      const receive = (frame: Uint8Array) => {
        heard()
        // Edits only: pages answer questions and renew their presence also when nobody is at them.
        if (sessionId !== undefined && isEdit(frame)) options.noteActivity?.(sessionId)
        connection.receive(frame)
      }
      readShortFrames(line, receive)
      line.on('message', (data, isBinary) => {
        if (isBinary) return receive(data as Buffer)
        heard()
        connection.refuse('undecodable')
      })
      line.on('close', () => connection.gone())
    })
  }

  /** Whatever comes over the line, the process and the other lines go on. @returns to be called for each frame */
  function guard(line: WebSocket): () => void {
    const state = { heardAt: system.monotonic() }
    const heard = () => void (state.heardAt = system.monotonic())
    lines.set(line, state)
    // Too large for the parser: ws would close with 1009, which y-websocket answers by sending the same again, for ever.
    const close = line.close.bind(line)
    line.close = (code, reason) => close(code === 1009 ? CLOSE.refused : code, reason)
    line.on('error', () => undefined)
    line.on('pong', heard)
    line.on('close', () => lines.delete(line))
    return heard
  }

  const stopHeartbeat = system.every(LIMITS.pingEveryMs, () => {
    const now = system.monotonic()
    for (const [line, { heardAt }] of lines) {
      if (now - heardAt > LIMITS.deadAfterMs) line.terminate()
      else if (line.readyState === line.OPEN) line.ping()
    }
  })

  server.on('upgrade', onUpgrade)
  return () => {
    stopHeartbeat()
    server.off('upgrade', onUpgrade)
    sockets.close()
    return () => {
      for (const line of lines.keys()) line.terminate()
    }
  }
}

const isEdit = (frame: Uint8Array) => frame[0] === FRAME.sync && frame[1] === SYNC.update

/** Without decoding: `%2e`, double slashes and upper case are other paths, which do not exist. */
function splitTarget(target: string): { pathname: string; query: URLSearchParams } {
  const at = target.indexOf('?')
  return at < 0
    ? { pathname: target, query: new URLSearchParams() }
    : { pathname: target.slice(0, at), query: new URLSearchParams(target.slice(at + 1)) }
}

function answer(socket: Duplex, { status, code, text }: Refusal): void {
  if (socket.destroyed) return
  const body = JSON.stringify({ error: { code, message: text } })
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_WORDS[status]}\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

const signedOut = () => new Refusal(401, 'signed_out', { zh: '请先登录。', en: 'Sign in first.' })
const foreignOrigin = () =>
  new Refusal(403, 'foreign_origin', {
    zh: '不接受来自其他网站的连接。',
    en: 'Connections from another site are not accepted.',
  })
const notFound = () =>
  new Refusal(404, 'not_found', {
    zh: '没有这份报告，或您无权查看。',
    en: 'There is no such report, or it is not yours to see.',
  })
const tooMany = () =>
  new Refusal(429, 'too_many_sockets', {
    zh: '打开的页面过多，请关闭一些再试。',
    en: 'Too many open pages; close some and try again.',
  })
const unavailable = () =>
  new Refusal(503, 'unavailable', {
    zh: '服务暂时不可用，请稍后再试。',
    en: 'The service is not available at the moment; try again.',
  })
