import type { Hint, TellPresence } from './hints.ts'
import type { Room } from './room.ts'
import type { System } from './system.ts'

type Tell = (reportId: string, hint: Hint) => void

/** Who is in a part at other nodes, as far as they say and as long as they are heard. */
export class ClusterPresence {
  readonly #tell: Tell
  readonly #system: System
  /** Node that told of a client id, by part. */
  readonly #sources = new WeakMap<Room, Map<number, string>>()

  constructor(tell: Tell, system: System) {
    this.#tell = tell
    this.#system = system
  }

  opened(room: Room): void {
    room.onPresence = (clientIds) => this.#publish(room, clientIds)
    this.#tell(room.key.reportId, { type: 'who', ...room.key })
  }

  /** Says who is in the part here. */
  answer(room: Room): void {
    if (room.presence.size > 0) this.#publish(room, [...room.presence.keys()])
  }

  heard(room: Room, node: string, states: readonly TellPresence[]): void {
    const sources = this.#sources.get(room) ?? new Map<number, string>()
    this.#sources.set(room, sources)
    for (const { clientId, userId, clock, json } of states) {
      const source = sources.get(clientId)
      // Whoever is on a line here speaks for itself.
      if (room.presence.has(clientId) && source === undefined) continue
      if (json === undefined) {
        if (source === node) this.#hide(room, clientId)
        continue
      }
      const shown = room.presence.get(clientId)
      if (source === node && shown && shown.json === json && clock <= shown.clock) continue
      const owner = room.ledger.owners.get(clientId)
      if (owner === undefined ? room.ledger.clocks.has(clientId) : owner !== userId) continue
      room.ledger.owners.set(clientId, userId)
      sources.set(clientId, node)
      const told = room.presenceClocks.get(clientId)
      const outClock = told !== undefined && told >= clock ? told + 1 : clock
      room.presence.set(clientId, { clock: outClock, json })
      this.#show(room, clientId, outClock)
    }
  }

  /** The node is gone, and everybody on its lines with it. */
  nodeGone(node: string, rooms: readonly Room[]): void {
    for (const room of rooms) {
      const sources = this.#sources.get(room)
      for (const [clientId, source] of sources ?? []) if (source === node) this.#hide(room, clientId)
    }
  }

  /** Own clients only: what others said is theirs to repeat. */
  #publish(room: Room, clientIds: readonly number[]): void {
    const sources = this.#sources.get(room)
    const states: TellPresence[] = []
    for (const clientId of clientIds) {
      if (sources?.has(clientId)) {
        const isHere = [...room.connections].some(({ presence }) => presence?.clientId === clientId)
        if (!isHere) continue
        sources.delete(clientId)
      }
      const clock = room.presenceClocks.get(clientId) ?? 0
      const json = room.presence.get(clientId)?.json
      states.push({ clientId, userId: room.ledger.owners.get(clientId) ?? '', clock, json })
    }
    if (states.length > 0) this.#tell(room.key.reportId, { type: 'presence', ...room.key, states })
  }

  #hide(room: Room, clientId: number): void {
    this.#sources.get(room)?.delete(clientId)
    const clock = (room.presence.get(clientId)?.clock ?? 0) + 1
    room.presence.delete(clientId)
    room.keepOwner(clientId)
    this.#show(room, clientId, clock)
  }

  #show(room: Room, clientId: number, clock: number): void {
    room.presenceClocks.set(clientId, clock)
    if (room.presenceNews.size === 0) this.#system.endOfTurn(() => room.tellPresence())
    room.presenceNews.add(clientId)
  }
}
