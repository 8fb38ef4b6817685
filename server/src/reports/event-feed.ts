import type { ServerEvent } from '@gongping/protocol/http'

/** Open event streams per user; the oldest gives way, so a forgotten tab never locks out the current one. */
const MAX_STREAMS_PER_USER = 8
/** Events waiting for one slow reader; beyond it the stream is closed and the browser comes back. */
const MAX_WAITING = 256

interface EventStream {
  /** Ends when the stream is closed from either side. */
  events(): AsyncIterable<ServerEvent | 'beat'>
  close(): void
}

interface StreamOwner {
  readonly userId: string
  readonly sessionId: string
  readonly isAdmin: boolean
}

export interface EventFeed {
  open(who: StreamOwner): EventStream
  /**
   * Tells everybody who may see the report; returns at once.
   *
   * @param only of those, these users and nobody else
   */
  publish(event: ServerEvent, only?: readonly string[]): void
  /** Has every stream of the user, or of everybody, see to it that its session still stands; returns at once. */
  check(userId: string | undefined): void
  /** Sessions with an open stream. */
  sessionIds(): ReadonlySet<string>
  /** Ends the streams of these sessions, or of everybody; what waits for them is not sent. */
  end(sessionIds: ReadonlySet<string> | 'all'): void
  /** Ends every stream; none opens afterwards. */
  close(): void
}

export interface EventFeedOptions {
  /** User ids of the report's members. */
  listMemberIds(reportId: string): Promise<readonly string[]>
  /** Silence after which a beat is sent, so that proxies keep the line open. */
  readonly beatMs?: number
  onError(error: unknown): void
}

/** Events by server-sent stream: ids only, the page asks again for what it shows. */
export function createEventFeed(options: EventFeedOptions): EventFeed {
  const { listMemberIds, onError, beatMs = 25_000 } = options
  const streams = new Set<Stream>()
  let closed = false

  const beat = setInterval(() => {
    for (const stream of streams) stream.push('beat')
  }, beatMs)
  beat.unref()

  async function deliver(event: ServerEvent, only: readonly string[] | undefined): Promise<void> {
    const members = new Set(await listMemberIds(event.id))
    for (const stream of streams) {
      const { userId, isAdmin } = stream.owner
      if (only && !only.includes(userId)) continue
      if (isAdmin || members.has(userId)) stream.push(event)
    }
  }

  return {
    open(owner) {
      const mine = [...streams].filter((stream) => stream.owner.userId === owner.userId)
      if (mine.length >= MAX_STREAMS_PER_USER) mine[0]?.close()
      const stream = new Stream(owner, () => streams.delete(stream))
      if (closed) stream.close()
      else streams.add(stream)
      return stream
    },
    publish(event, only) {
      if (streams.size > 0) deliver(event, only).catch(onError)
    },
    check(userId) {
      for (const stream of streams) if (userId === undefined || stream.owner.userId === userId) stream.push('beat')
    },
    sessionIds: () => new Set([...streams].map(({ owner }) => owner.sessionId)),
    end(sessionIds) {
      for (const stream of streams) if (sessionIds === 'all' || sessionIds.has(stream.owner.sessionId)) stream.end()
    },
    close() {
      closed = true
      clearInterval(beat)
      for (const stream of streams) stream.close()
    },
  }
}

class Stream implements EventStream {
  readonly owner: StreamOwner
  readonly #waiting: (ServerEvent | 'beat')[] = []
  readonly #onClose: () => void
  #wake: () => void = () => undefined
  #closed = false

  constructor(owner: StreamOwner, onClose: () => void) {
    this.owner = owner
    this.#onClose = onClose
  }

  push(event: ServerEvent | 'beat'): void {
    if (this.#waiting.length >= MAX_WAITING) return this.close()
    this.#waiting.push(event)
    this.#wake()
  }

  close(): void {
    this.#closed = true
    this.#onClose()
    this.#wake()
  }

  /** Without what is still waiting. */
  end(): void {
    this.#waiting.length = 0
    this.close()
  }

  async *events(): AsyncIterable<ServerEvent | 'beat'> {
    for (;;) {
      const event = this.#waiting.shift()
      if (event) yield event
      else if (this.#closed) return
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
  }
}
