import type { ServerEvent } from '@gongping/protocol/http'

type Listener = (event: ServerEvent) => void

/**
 * Hears what changes on the server, over one `GET /api/events` for the whole page. Returns the way to stop; the
 * connection closes with the last listener. After a break `onBreak` runs once it stands again: events may have been missed.
 */
export function listenToServer(listener: Listener, onBreak: () => void): () => void {
  const entry = { listener, onBreak }
  listeners.add(entry)
  if (!source) open()
  return () => {
    listeners.delete(entry)
    if (listeners.size === 0) close()
  }
}

/** Opens the connection anew: the one there may belong to whoever was signed in before. */
export function listenAnew(): void {
  if (listeners.size === 0) return
  close()
  broken = true
  open()
}

const listeners = new Set<{ listener: Listener; onBreak: () => void }>()
const RETRY_MS = 5_000
let source: EventSource | null = null
let retry: ReturnType<typeof setTimeout> | undefined
let broken = false

function open(): void {
  source = new EventSource('/api/events')
  source.addEventListener('open', () => {
    if (broken) for (const { onBreak } of listeners) onBreak()
    broken = false
  })
  source.addEventListener('message', (message) => {
    const event = parseEvent(message.data)
    if (event) for (const { listener } of listeners) listener(event)
  })
  source.addEventListener('error', () => {
    broken = true
    // The browser tries again by itself after a lost connection, but not after an HTTP error.
    if (source?.readyState !== EventSource.CLOSED) return
    close()
    retry = setTimeout(open, RETRY_MS)
  })
}

function close(): void {
  clearTimeout(retry)
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
