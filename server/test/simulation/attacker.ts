import type { Part } from '@gongping/permissions'
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'
import { presenceMessage } from '../sync-support.ts'
import type { Caller, Surroundings } from './client.ts'
import { readFrame, syncFrame } from './frames.ts'
import type { SimLink } from './link.ts'

/** A member with the pen who writes frames by hand: under the ids of others, with holes, cut, under other names. */
export class SimAttacker implements Caller {
  readonly userId = 'filler2'
  readonly part: Part = 'narrative'
  readonly ext = false
  readonly bytesPerMs = Infinity
  sessionId: string
  readonly #around: Surroundings
  #link: SimLink | undefined
  #isOpen = false
  #isListening = false
  /** Clocks by client id, as the server tells everybody. */
  #clocks = new Map<number, number>()
  /** Ids of people who may not have written yet. */
  #heardOf = new Set<number>()
  #seen: Uint8Array[] = []

  constructor(around: Surroundings) {
    this.#around = around
    this.sessionId = around.rights.signIn(this.userId)
  }

  act(): void {
    if (!this.#link) return this.#dial()
    if (!this.#isOpen) return
    const { random } = this.#around.world
    const ids = [...this.#clocks.keys(), ...this.#heardOf]
    if (ids.length === 0) return
    const victim = random.pick(ids)
    const clock = this.#clocks.get(victim) ?? 0
    const frames = [
      () => syncFrame('update', collected(victim, clock, 50)),
      () => syncFrame('update', forgedText(victim, clock)),
      () => syncFrame('step2', forgedText(victim, clock)),
      () => syncFrame('update', forgedText(victim, clock + 3)),
      () => presenceMessage([{ clientId: victim, clock: 1000, state: { name: 'somebody', user: { id: 'head' } } }]),
      () => syncFrame('update', random.pick(this.#seen).slice(0, -1)),
    ]
    this.#link.send(random.pick(this.#seen.length > 0 ? frames : frames.slice(0, -1))())
  }

  /** A server that starts again knows only ids that are stored: what was heard of the others is of no use then. */
  forget(): void {
    for (const clientId of this.#heardOf) if (!this.#around.isStored(clientId)) this.#heardOf.delete(clientId)
    this.#clocks.clear()
    this.#isListening = false
  }

  leave(): void {
    this.#link?.hangUp()
    this.#gone()
  }

  #dial(): void {
    const { rights, world } = this.#around
    // At times it tries again with the session that has ended.
    if (!rights.isStanding(this.sessionId) && world.random.next() < 0.5) this.sessionId = rights.signIn(this.userId)
    const link = this.#around.dial(this, {
      onOpen: () => {
        this.#isOpen = this.#link === link
        this.#isListening = this.#isOpen
      },
      onFrame: (bytes) => this.#listen(bytes),
      onClose: () => {
        if (this.#link === link) this.#gone()
      },
    })
    this.#link = link
  }

  #gone(): void {
    this.#link = undefined
    this.#isOpen = false
    this.forget()
  }

  #listen(bytes: Uint8Array): void {
    if (!this.#isListening) return
    const heard = readFrame(bytes)
    if (heard.kind === 'step1') this.#clocks = Y.decodeStateVector(heard.bytes)
    if (heard.kind === 'update') {
      this.#seen.push(heard.bytes)
      for (const [client, clock] of Y.parseUpdateMeta(heard.bytes).to) this.#clocks.set(client, clock)
    }
    if (heard.kind === 'presence') for (const clientId of heard.states.keys()) this.#heardOf.add(clientId)
  }
}

/** "Collected" structs: whoever believes them takes the owner's next edits for known. */
function collected(client: number, clock: number, length: number): Uint8Array {
  const encoder = encoding.createEncoder()
  for (const value of [1, 1, client, clock, 0, length, 0]) encoding.writeVarUint(encoder, value)
  return encoding.toUint8Array(encoder)
}

function forgedText(client: number, clock: number): Uint8Array {
  const encoder = encoding.createEncoder()
  for (const value of [1, 1, client, clock, 7, 1]) encoding.writeVarUint(encoder, value)
  encoding.writeVarString(encoder, 'body')
  for (const value of [6, 0]) encoding.writeVarUint(encoder, value)
  return encoding.toUint8Array(encoder)
}
