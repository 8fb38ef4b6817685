import type { ServerEvent } from '@gongping/protocol/http'
import { withPageOf } from './api.ts'

type Listener = (event: ServerEvent) => void

/** `over`: events may have been missed. `silent`: whether there were any is not known. */
type Break = 'over' | 'silent'

/**
 * Hears what changes on the server, over one `GET /api/events` for the whole page. Returns the way to stop; the
 * connection closes with the last listener. After a break `onBreak` runs once it stands again, and now and then where
 * nothing is heard at all.
 *
 * A page that is not seen has no connection: over HTTP/1.1 a browser has six to a server, for all of its tabs together,
 * and with six tabs listening no request would go through any more.
 */
export function listenToServer(listener: Listener, onBreak: (why: Break) => void): () => void {
  const entry = { listener, onBreak }
  listeners.add(entry)
  if (listeners.size === 1) document.addEventListener('visibilitychange', onVisibility)
  if (!source) open()
  return () => {
    listeners.delete(entry)
    if (listeners.size > 0) return
    document.removeEventListener('visibilitychange', onVisibility)
    clearTimeout(rest)
    close()
  }
}

/** Opens the connection anew: the one there may belong to whoever was signed in before. */
export function listenAnew(): void {
  if (listeners.size === 0) return
  close()
  broken = true
  open()
}

const listeners = new Set<{ listener: Listener; onBreak: (why: Break) => void }>()
const RETRY_MS = 5_000
/** Who looks away for a moment misses nothing and asks for nothing anew. */
const REST_AFTER_MS = 3_000
let source: EventSource | null = null
/** The server sends one at once, then every 25 s. */
const FIRST_SIGN_MS = 5_000
const SIGN_MS = 40_000
let silence: ReturnType<typeof setTimeout> | undefined
let rest: ReturnType<typeof setTimeout> | undefined
let retry: ReturnType<typeof setTimeout> | undefined
let broken = false

function onVisibility(): void {
  clearTimeout(rest)
  if (!document.hidden) {
    if (!source) open()
    return
  }
  rest = setTimeout(() => {
    close()
    broken = true
  }, REST_AFTER_MS)
}

function open(): void {
  clearTimeout(retry)
  if (document.hidden) {
    broken = true
    return
  }
  source = new EventSource(withPageOf('/api/events'))
  if (silence === undefined) listenFor(FIRST_SIGN_MS)
  source.addEventListener('open', () => {
    if (broken) tellBreak('over')
    broken = false
  })
  source.addEventListener('beat', () => listenFor(SIGN_MS))
  source.addEventListener('message', (message) => {
    listenFor(SIGN_MS)
    const event = parseEvent(message.data)
    if (event) for (const { listener } of listeners) listener(event)
  })
  source.addEventListener('error', () => {
    broken = true
    // The browser tries again by itself after a lost connection, but not after an HTTP error.
    if (source?.readyState !== EventSource.CLOSED) return
    source = null
    retry = setTimeout(open, RETRY_MS)
  })
}

/** Networks that refuse streams or hold them back let no sign of life through: then the page asks by itself. */
function listenFor(ms: number): void {
  clearTimeout(silence)
  silence = setTimeout(() => {
    listenFor(SIGN_MS)
    tellBreak('silent')
  }, ms)
}

function tellBreak(why: Break): void {
  for (const { onBreak } of listeners) onBreak(why)
}

function close(): void {
  clearTimeout(retry)
  clearTimeout(silence)
  silence = undefined
  source?.close()
  source = null
}

function parseEvent(data: unknown): ServerEvent | null {
  try {
    const event = JSON.parse(String(data)) as Partial<ServerEvent> | null
    return typeof event?.type === 'string' && typeof event.id === 'string' ? (event as ServerEvent) : null
  } catch {
    return null
  }
}
