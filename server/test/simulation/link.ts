import type { Outgoing } from '../../src/sync/outgoing.ts'
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
/** When each side gives up a line on which it hears nothing. */
const SILENCE_MS = { client: 30_000, server: 45_000 } as const

/**
 * One socket. Frames keep their order in each direction and arrive after any delay; the line may be cut with what is
 * under way, or fall silent without either side being told.
 */
export class SimLink {
  /** Called with each frame the server puts on the line, before it is under way. */
  onShown: (bytes: Uint8Array) => void = () => undefined
  readonly #world: World
  readonly #toServer: Direction
  readonly #toClient: Direction
  #isSilent = false

  constructor(world: World, ends: { client: End; server: End }) {
    this.#world = world
    this.#toServer = new Direction(world, 'to server', ends.server)
    this.#toClient = new Direction(world, 'to client', ends.client)
  }

  readonly transport: Transport = {
    send: (outgoing: Outgoing) => {
      for (const bytes of outgoing.payloads) this.show(bytes)
    },
    get queuedBytes() {
      return 0
    },
    close: (code) => this.#toClient.put({ kind: 'close', code }),
  }

  /** The upgrade was answered with 101. */
  accept(): void {
    this.#toClient.put({ kind: 'open' })
  }

  /** No socket came of it, or its server has ended: what is under way still arrives. */
  drop(): void {
    this.#toServer.end()
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
    this.#toClient.end()
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
  #waiting: Message[] = []
  #lastAt = 0
  #isUp = true
  #wasTold = false

  constructor(world: World, label: string, end: End) {
    this.#world = world
    this.#label = label
    this.#end = end
  }

  put(message: Message): void {
    if (!this.#isUp) return
    const { random, now } = this.#world
    const delay = random.next() < 0.1 ? random.below(400) : random.below(20)
    this.#lastAt = Math.max(this.#lastAt, now + delay)
    this.#waiting.push(message)
    this.#world.schedule(this.#lastAt - now, this.#label, () => this.#deliver())
  }

  stall(ms: number): void {
    this.#lastAt = Math.max(this.#lastAt, this.#world.now + ms)
  }

  end(): void {
    this.#isUp = false
    this.#waiting = []
  }

  tellEnd(code: number): void {
    if (this.#wasTold) return
    this.#wasTold = true
    this.#isUp = false
    this.#end.onClose(code)
  }

  /** The one that has waited longest, whichever event brought us here. */
  #deliver(): void {
    const message = this.#waiting.shift()
    if (!message) return
    if (message.kind === 'close') {
      this.end()
      return this.tellEnd(message.code)
    }
    if (message.kind === 'open') return this.#end.onOpen?.()
    this.#world.note(message.bytes)
    this.#end.onFrame(message.bytes)
  }
}
