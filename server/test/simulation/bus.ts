import type { Bus } from '../../src/sync/bus.ts'
import type { Life, World } from './world.ts'

interface Node {
  readonly life: Life
  readonly channels: Set<string>
  onMessage: (channel: string, message: Uint8Array) => void
  onUp: () => void
}

/** What carries hints between nodes: some get lost, some come twice or late, in any order, and at times none at all. */
export class SimBus {
  /** Share of hints that get lost, 0 to 1; as many come late, half as many twice. */
  faults = 0.1
  readonly #world: World
  readonly #nodes = new Set<Node>()
  #isUp = true

  constructor(world: World) {
    this.#world = world
  }

  get isUp(): boolean {
    return this.#isUp
  }

  set isUp(isUp: boolean) {
    const comesBack = isUp && !this.#isUp
    this.#isUp = isUp
    if (comesBack) for (const node of this.#nodes) if (node.life.alive) node.onUp()
  }

  /** The bus as one run of a node sees it. */
  connect(life: Life): Bus {
    const me: Node = { life, channels: new Set(), onMessage: () => undefined, onUp: () => undefined }
    this.#nodes.add(me)
    return {
      publish: (channel, message) => {
        if (!this.#isUp || !life.alive) return
        for (const node of this.#nodes) {
          if (!node.life.alive) this.#nodes.delete(node)
          else if (node !== me) this.#send(node, channel, message)
        }
      },
      subscribe: (channel) => void me.channels.add(channel),
      unsubscribe: (channel) => void me.channels.delete(channel),
      listen(onMessage, onUp) {
        me.onMessage = onMessage
        me.onUp = onUp
      },
      isUp: () => this.#isUp,
      close: async () => void this.#nodes.delete(me),
    }
  }

  #send(node: Node, channel: string, message: Uint8Array): void {
    const { random } = this.#world
    const fate = random.next() / this.faults
    if (fate < 1) return
    for (let copies = fate > 2 && fate < 2.5 ? 2 : 1; copies > 0; copies -= 1) {
      const delay = fate < 2 ? random.below(3000) : random.below(10)
      this.#world.schedule(delay, 'hint', () => {
        if (node.life.alive && this.#isUp && node.channels.has(channel)) node.onMessage(channel, message)
      })
    }
  }
}
