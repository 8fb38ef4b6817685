import * as Y from 'yjs'
import type { Connection } from './connection.ts'
import { Ledger } from './ledger.ts'
import { Outgoing, step2Frame, updateFrame } from './outgoing.ts'
import { presenceFrame } from './presence.ts'
import type { LogEntry, PartKey, StoredPart } from './types.ts'

/** Waits for the next commit of its room; carries an edit, or only the question when everything before it is stored. */
export interface Queued {
  readonly entry: LogEntry | undefined
  /** Who sent it; undefined for edits of the server itself. */
  readonly from: Connection | undefined
  /** Number of the sender's update frame that is answered with this. */
  readonly frame: number
  readonly stored?: () => void
}

export type RoomPhase = 'loading' | 'open' | 'closed'

interface PresenceOf {
  readonly clock: number
  readonly json: string
}

const MERGE_GROUP = 64
const MAX_TAIL = 1024
/** Clocks of clients that have left are kept for their return, up to so many. */
const MAX_PRESENCE_CLOCKS = 4096

/**
 * One document in memory: stored bytes, the edits after them, a ledger to judge the next one by, and who is there. No
 * Y.Doc. Everything it shows is committed; what is judged and not yet committed waits in its queue.
 */
export class Room {
  readonly key: PartKey
  phase: RoomPhase = 'loading'
  readonly connections = new Set<Connection>()
  /** Server work that needs the room; it stays in memory as long. */
  pins = 0
  ledger = new Ledger()
  readonly presence = new Map<number, PresenceOf>()
  /** Last clock told about a client, also of those who left. */
  readonly presenceClocks = new Map<number, number>()
  /** Clients whose presence changed in this turn. */
  readonly presenceNews = new Set<number>()
  /** Fixed when the commit starts, and kept as it is until it has succeeded. */
  inFlight: readonly Queued[] | undefined
  failures = 0
  queuedBytes = 0
  #queue: Queued[] = []
  #base: Uint8Array = new Uint8Array([0, 0])
  #tail: LogEntry[] = []
  #tailBytes = 0
  #committedSeq = 0
  #nextSeq = 1
  #step2: Outgoing | undefined
  #idle: (() => void)[] = []

  constructor(key: PartKey) {
    this.key = key
  }

  /** @throws when the stored bytes are damaged; the room is then of no use. */
  open(stored: StoredPart): void {
    this.ledger = Ledger.of([stored.state, ...stored.tail], stored.owners)
    this.#base = mergeAll([stored.state, ...stored.tail])
    this.#committedSeq = stored.seq
    this.#nextSeq = stored.seq + 1
    this.phase = 'open'
  }

  /** About what the document takes as stored bytes, with what waits for its commit. */
  get bytes(): number {
    return this.#base.length + this.#tailBytes + this.queuedBytes
  }

  get committedSeq(): number {
    return this.#committedSeq
  }

  takeSeq(): number {
    return this.#nextSeq++
  }

  get isIdle(): boolean {
    return this.#queue.length === 0 && this.inFlight === undefined
  }

  get isUnused(): boolean {
    return this.connections.size === 0 && this.pins === 0 && this.isIdle
  }

  enqueue(queued: Queued): void {
    this.#queue.push(queued)
    this.queuedBytes += queued.entry?.bytes.length ?? 0
  }

  /** What to commit next: a batch that failed comes again unchanged, before anything newer. */
  takeBatch(): readonly Queued[] {
    if (this.inFlight) return this.inFlight
    this.inFlight = this.#queue
    this.#queue = []
    return this.inFlight
  }

  /** The batch in flight is on the disk: show it, answer it. */
  settle(at: string): void {
    const batch = this.inFlight ?? []
    this.inFlight = undefined
    this.failures = 0
    const frames: { from: Connection | undefined; frame: Uint8Array }[] = []
    for (const { entry, from } of batch) {
      if (!entry) continue
      this.queuedBytes -= entry.bytes.length
      this.#tail.push(entry)
      this.#tailBytes += entry.bytes.length
      this.#committedSeq = entry.seq
      frames.push({ from, frame: updateFrame(entry.bytes) })
    }
    if (frames.length > 0) this.#step2 = undefined
    if (this.#tail.length > MAX_TAIL) this.state()
    this.#show(frames, batch, at)
    for (const { stored } of batch) stored?.()
    if (this.isIdle) for (const wake of this.#idle.splice(0)) wake()
  }

  /** Resolves when nothing waits for a commit. */
  whenIdle(): Promise<void> {
    if (this.isIdle) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /** Everything committed, as one update. */
  state(): Uint8Array {
    if (this.#tail.length > 0) {
      this.#base = mergeAll([this.#base, ...this.#tail.map(({ bytes }) => bytes)])
      this.#tail = []
      this.#tailBytes = 0
    }
    return this.#base
  }

  /** Everything accepted, also what still waits for its commit. */
  judgedState(): Uint8Array {
    const waiting = [...(this.inFlight ?? []), ...this.#queue].flatMap(({ entry }) => entry?.bytes ?? [])
    return mergeAll([this.state(), ...waiting])
  }

  /** Replaces the folded bytes by tighter ones of the same content; `seq` says up to where they reach. */
  fold(seq: number, state: Uint8Array): void {
    if (this.#tail.length === 0 ? seq !== this.#committedSeq : seq < (this.#tail[0] as LogEntry).seq - 1) return
    if (seq > this.#committedSeq) return
    this.#base = state
    this.#tail = this.#tail.filter((entry) => entry.seq > seq)
    this.#tailBytes = this.#tail.reduce((sum, { bytes }) => sum + bytes.length, 0)
    this.#step2 = undefined
  }

  /**
   * The answer to a newcomer's or returner's state vector.
   * @throws when it can't be read
   */
  step2For(stateVector: Uint8Array): Outgoing {
    const isEmpty = stateVector.length === 1 && stateVector[0] === 0
    if (isEmpty) return (this.#step2 ??= new Outgoing([step2Frame(this.state())]))
    return new Outgoing([step2Frame(Y.diffUpdate(this.state(), stateVector))])
  }

  /** Sends what changed in this turn, to the senders too: y-websocket closes a line on which it hears nothing for 30 s. */
  tellPresence(): void {
    const states = [...this.presenceNews].map((clientId) => ({
      clientId,
      clock: this.presenceClocks.get(clientId) ?? 0,
      json: this.presence.get(clientId)?.json ?? 'null',
    }))
    this.presenceNews.clear()
    const forAll = new Outgoing([presenceFrame(states)])
    for (const connection of this.connections) {
      const own = connection.presence
      // A clock above its own would put an old state in the place of its present one.
      const isAhead = own && states.some(({ clientId, clock }) => clientId === own.clientId && clock > own.clock)
      if (!isAhead) connection.send(forAll)
      else {
        const corrected = states.map((state) =>
          state.clientId === own.clientId ? { ...state, clock: own.clock } : state,
        )
        connection.send(new Outgoing([presenceFrame(corrected)]))
      }
    }
    if (this.presenceClocks.size <= MAX_PRESENCE_CLOCKS) return
    for (const clientId of this.presenceClocks.keys()) {
      if (!this.presence.has(clientId)) this.presenceClocks.delete(clientId)
    }
  }

  /** One write per socket: the edits of others in this batch, and the answer to its own. */
  #show(
    frames: readonly { from: Connection | undefined; frame: Uint8Array }[],
    batch: readonly Queued[],
    at: string,
  ): void {
    const answers = new Map<Connection, number>()
    for (const { from, frame } of batch) if (from) answers.set(from, frame)
    const forAll = frames.length > 0 ? new Outgoing(frames.map(({ frame }) => frame)) : undefined
    for (const connection of this.connections) {
      const answered = answers.get(connection)
      if (answered === undefined) {
        if (forAll) connection.send(forAll)
        continue
      }
      const payloads = frames.filter(({ from }) => from !== connection).map(({ frame }) => frame)
      const saved = connection.savedFrame(answered, at)
      if (saved) payloads.push(saved)
      if (payloads.length > 0) connection.send(new Outgoing(payloads))
    }
  }
}

/** `Y.mergeUpdates` costs more than linear in the number of updates, so it gets them in small groups. */
function mergeAll(updates: readonly Uint8Array[]): Uint8Array {
  let level = updates
  while (level.length > 1) {
    const next: Uint8Array[] = []
    for (let at = 0; at < level.length; at += MERGE_GROUP) {
      const group = level.slice(at, at + MERGE_GROUP)
      next.push(group.length === 1 ? (group[0] as Uint8Array) : Y.mergeUpdates(group))
    }
    level = next
  }
  return level[0] ?? new Uint8Array([0, 0])
}
