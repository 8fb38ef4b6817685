import type { Transport } from '../../src/sync/types.ts'
import type { World } from './world.ts'

type Message =
  | { readonly kind: 'open' }
  | { readonly kind: 'frame'; readonly bytes: Uint8Array }
  | { readonly kind: 'close'; readonly code: number }

/** What hangs on an end of a line. */
export interface End {
  onOpen?(): void
  onFrame(bytes: Uint8Array): void
  onClose(code: number): void
}

const CUT_CODE = 1006
/** What the network holds by itself, bytes; beyond that frames wait in the server's memory. */
const WINDOW_BYTES = 512
/** A line whose other end does not take the closing is cut after so long. */
const CLOSING_MS = 30_000
/** When each side gives up a line on which it hears nothing. */
const SILENCE_MS = { client: 30_000, server: 45_000 } as const

/**
 * One socket. Frames keep their order in each direction and arrive after any delay; the line may be cut with what is
 * under way, or fall silent without either side being told. Its client takes frames as quickly as it reads: what it does not
 * take queues at the server.
 */
export class SimLink {
  /** Called with each frame the server puts on the line, before it is under way. */
  onShown: (bytes: Uint8Array) => void = () => undefined
  readonly #world: World
  readonly #toServer: Direction
  readonly #toClient: Direction
  #isSilent = false

  readonly transport: Transport

  /** @param bytesPerMs how quickly the client reads */
  constructor(world: World, { client, server, bytesPerMs }: { client: End; server: End; bytesPerMs: number }) {
    const toClient = new Direction(world, { label: 'to client', end: client, bytesPerMs })
    this.#world = world
    this.#toServer = new Direction(world, { label: 'to server', end: server, bytesPerMs: Infinity })
    this.#toClient = toClient
    this.transport = {
      send: ({ payloads }) => {
        for (const bytes of payloads) this.show(bytes)
      },
      get queuedBytes() {
        return toClient.queuedBytes
      },
      onDrained: (run) => toClient.onDrained(run),
      close: (code) => {
        toClient.put({ kind: 'close', code })
        world.schedule(CLOSING_MS, 'closing', () => toClient.tellEnd(CUT_CODE))
      },
    }
  }

  /** The upgrade was answered with 101. */
  accept(): void {
    this.#toClient.put({ kind: 'open' })
  }

  /** No socket came of it, or its server has ended: what is under way still arrives, what it had in memory does not. */
  drop(): void {
    this.#toServer.end()
    this.#toClient.forgetQueue()
    this.#toClient.put({ kind: 'close', code: CUT_CODE })
  }

  show(bytes: Uint8Array): void {
    this.onShown(bytes)
    this.#toClient.put({ kind: 'frame', bytes })
  }

  send(bytes: Uint8Array): void {
    this.#toServer.put({ kind: 'frame', bytes })
  }

  /** The client hangs up; what it has sent before still arrives. */
  hangUp(): void {
    this.#toClient.end()
    this.#toServer.put({ kind: 'close', code: 1000 })
  }

  /** Both ends hear of it, each at its own time; what is under way is lost. */
  cut(): void {
    for (const direction of [this.#toServer, this.#toClient]) {
      direction.end()
      this.#world.schedule(this.#world.random.below(40), 'cut', () => direction.tellEnd(CUT_CODE))
    }
  }

  /** Half-open: nothing arrives any more, and nobody is told until the silence is too long. */
  fallSilent(): void {
    if (this.#isSilent) return
    this.#isSilent = true
    this.#toClient.swallow()
    this.#toServer.end()
    this.#world.schedule(SILENCE_MS.client, 'silence', () => this.#toClient.tellEnd(CUT_CODE))
    this.#world.schedule(SILENCE_MS.server, 'silence', () => this.#toServer.tellEnd(CUT_CODE))
  }

  /** Everything towards the client waits for so long. */
  stall(ms: number): void {
    this.#toClient.stall(ms)
  }
}

class Direction {
  readonly #world: World
  readonly #label: string
  readonly #end: End
  readonly #bytesPerMs: number
  #waiting: Message[] = []
  #bytes = 0
  #lastAt = 0
  #state: 'up' | 'swallows' | 'down' = 'up'
  #wasTold = false
  #onDrained: (() => void)[] = []

  constructor(world: World, { label, end, bytesPerMs }: { label: string; end: End; bytesPerMs: number }) {
    this.#world = world
    this.#label = label
    this.#end = end
    this.#bytesPerMs = bytesPerMs
  }

  /** Handed over, and neither read by the other end nor in the network. */
  get queuedBytes(): number {
    return Math.max(0, this.#bytes - WINDOW_BYTES)
  }

  onDrained(run: () => void): void {
    this.#onDrained.push(run)
    if (this.queuedBytes === 0) this.#drainSoon()
  }

  put(message: Message): void {
    if (this.#state === 'down') return
    this.#bytes += lengthOf(message)
    if (this.#state === 'swallows') return
    const { random, now } = this.#world
    const delay = random.next() < 0.1 ? random.below(400) : random.below(20)
    const readingMs = Math.ceil(lengthOf(message) / this.#bytesPerMs)
    this.#lastAt = Math.max(this.#lastAt + readingMs, now + delay)
    this.#waiting.push(message)
    this.#world.schedule(this.#lastAt - now, this.#label, () => this.#deliver())
  }

  stall(ms: number): void {
    this.#lastAt = Math.max(this.#lastAt, this.#world.now + ms)
  }

  end(): void {
    this.#state = 'down'
    this.#waiting = []
    this.#bytes = 0
    this.#onDrained = []
  }

  /** Takes no more, whatever is put into it, and says nothing. */
  swallow(): void {
    if (this.#state === 'up') this.#state = 'swallows'
    this.#waiting = []
  }

  forgetQueue(): void {
    this.#onDrained = []
    while (this.queuedBytes > 0 && this.#waiting.length > 0) this.#bytes -= lengthOf(this.#waiting.pop() as Message)
  }

  tellEnd(code: number): void {
    if (this.#wasTold) return
    this.#wasTold = true
    this.end()
    this.#end.onClose(code)
  }

  /** The one that has waited longest, whichever event brought us here. */
  #deliver(): void {
    const message = this.#waiting.shift()
    if (!message) return
    this.#bytes -= lengthOf(message)
    if (this.queuedBytes === 0 && this.#onDrained.length > 0) this.#drainSoon()
    if (message.kind === 'close') return this.tellEnd(message.code)
    if (message.kind === 'open') return this.#end.onOpen?.()
    this.#world.note(message.bytes)
    this.#end.onFrame(message.bytes)
  }

  /** As a socket tells it: a moment later, and not when something was put behind it meanwhile. */
  #drainSoon(): void {
    this.#world.schedule(0, 'drained', () => {
      if (this.queuedBytes > 0) return
      for (const run of this.#onDrained.splice(0)) run()
    })
  }
}

const lengthOf = (message: Message) => (message.kind === 'frame' ? message.bytes.length : 0)
