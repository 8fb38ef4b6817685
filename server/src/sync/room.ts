import * as Y from 'yjs'
import { concatDecoded, joinRows } from './concat-updates.ts'
import type { Connection } from './connection.ts'
import { NO_LIMITS, decodeUpdate } from './decode-update.ts'
import type { DecodedUpdate } from './decode-update.ts'
import { Effort } from './effort.ts'
import { Ledger } from './ledger.ts'
import { Outgoing, OutgoingList, step2Frame, updateFrame } from './outgoing.ts'
import type { Payload } from './outgoing.ts'
import { presenceFrame } from './presence.ts'
import type { LogEntry, PartKey, StoredPart } from './types.ts'

/** A judged edit, on its way into the log. */
interface Edit extends Omit<LogEntry, keyof PartKey | 'seq' | 'seenClients'> {
  /** `bytes` as the guard has read them, if they are short. */
  readonly decoded?: DecodedUpdate | undefined
}

/** Waits for the next commit of its room; carries an edit, or only the question when everything before it is stored. */
export interface Queued {
  readonly edit: Edit | undefined
  /** Who sent it; undefined for edits of the server itself. */
  readonly from: Connection | undefined
  /** Number of the sender's update frame that is answered with this. */
  readonly frame: number
  readonly stored?: () => void
  /** It can't be stored after all: other processes were first. */
  readonly dropped?: () => void
}

/** What one commit stores of a room, and whom it answers. */
export interface Batch {
  readonly rows: readonly Row[]
  readonly queued: readonly Queued[]
}

interface Row {
  readonly entry: LogEntry
  /** Its bytes as they were read, of one short edit. */
  readonly decoded?: DecodedUpdate | undefined
  readonly from: Connection | undefined
}

export type RoomPhase = 'loading' | 'open' | 'closed'

interface PresenceOf {
  readonly clock: number
  readonly json: string
}

/** Edits after the folded bytes, in number and, beyond their length, in bytes. */
const MAX_TAIL = 500
const MIN_TAIL_BYTES = 64 * 1024
/** One log row joins edits of one line up to this size. */
const MAX_ROW_BYTES = 64 * 1024
/** From this many rows on, whoever wrote none of them gets one update instead of each. */
const MERGE_FROM = 4
/** Without a commit for so long, nobody's edits are to be expected soon. */
const QUIET_AFTER_MS = 80
/** Clocks of clients that have left are kept for their return, up to so many. */
const MAX_PRESENCE_CLOCKS = 4096
/** Client ids that were seen, to be noted with the next commit. */
const MAX_SEEN_CLIENTS = 4096
/** Client ids that were seen and have not written: so many of each user stay theirs after they have left. */
const MAX_SILENT_OWNERS = 1024

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
  #ledger: Ledger | undefined
  /** What the ledger begins with, until somebody asks for it. */
  #unread: { readonly updates: readonly Uint8Array[]; readonly owners: ReadonlyMap<number, string> } = {
    updates: [],
    owners: new Map(),
  }
  readonly presence = new Map<number, PresenceOf>()
  /** Last clock told about a client, also of those who left. */
  readonly presenceClocks = new Map<number, number>()
  /** Clients whose presence changed and has not been told. */
  readonly presenceNews = new Set<number>()
  /** When presence was told last, or will be, by the monotonic clock. */
  presenceToldAt = -Infinity
  /** Rows of this room are on their way to the disk: nobody knows yet which numbers are taken. */
  isAppending = false
  /** What edits may cost those who read the document. */
  readonly effort = new Effort()
  /** Told of presence that changed, where other processes want to know. */
  onPresence: (clientIds: readonly number[]) => void = () => undefined
  /** Fixed when the commit starts, and kept as it is until it has succeeded. */
  inFlight: Batch | undefined
  failures = 0
  queuedBytes = 0
  /** By user: nobody's ids push out those of others. */
  readonly #silentOwners = new Map<string, Set<number>>()
  /** Of those with the pen: stored with the next commit. */
  readonly #seenClients = new Map<number, string>()
  #queue: Queued[] = []
  #base: Uint8Array = new Uint8Array([0, 0])
  #tail: LogEntry[] = []
  #committedAt = -Infinity
  /** The commit before the last one was long ago: whoever waits for an answer gets it at once. */
  #isQuiet = true
  /** Until then other processes have their turn, by the monotonic clock. */
  yieldsUntil = -Infinity
  /** Somebody waits for everything to be stored. */
  isUrgent = false
  #tailBytes = 0
  #committedSeq = 0
  #step2: Outgoing | undefined
  #shown: { readonly seq: number; readonly vector: Uint8Array } | undefined
  #missed: { readonly seq: number; readonly since: Uint8Array; readonly frame: Payload } | undefined
  #idle: (() => void)[] = []

  constructor(key: PartKey) {
    this.key = key
  }

  /** @throws when the stored bytes are damaged; the room is then of no use. */
  open(stored: StoredPart): void {
    this.#base = mergeAll([stored.state, ...stored.tail])
    this.#unread = { updates: [this.#base], owners: stored.owners }
    this.#committedSeq = stored.seq
    this.phase = 'open'
  }

  /**
   * Read from the stored bytes when first asked for, so that nobody waits for it who comes to see the document.
   *
   * @throws when they can't be read; their checksum was right then
   */
  get ledger(): Ledger {
    if (!this.#ledger) {
      const { updates, owners } = this.#unread
      try {
        this.#ledger = Ledger.of(updates, owners)
      } catch (error) {
        throw new Error('the stored document can not be read', { cause: error })
      }
      this.#unread = { updates: [], owners: new Map() }
    }
    return this.#ledger
  }

  set ledger(ledger: Ledger) {
    this.#ledger = ledger
  }

  get isReadyToJudge(): boolean {
    return this.#ledger !== undefined
  }

  /** About what the document takes as stored bytes, with what waits for its commit. */
  get bytes(): number {
    return this.#base.length + this.#tailBytes + this.queuedBytes
  }

  get committedSeq(): number {
    return this.#committedSeq
  }

  /** When the last commit of this room began, by the monotonic clock; its next one keeps a distance. */
  get committedAt(): number {
    return this.#committedAt
  }

  set committedAt(at: number) {
    this.#isQuiet = at - this.#committedAt > QUIET_AFTER_MS
    this.#committedAt = at
  }

  get isIdle(): boolean {
    return this.#queue.length === 0 && this.inFlight === undefined
  }

  get isUnused(): boolean {
    return this.connections.size === 0 && this.pins === 0 && this.isIdle
  }

  enqueue(queued: Queued): void {
    const last = this.#queue.at(-1)
    // Asked again while nothing came between: the later number answers both.
    if (last && !last.edit && !queued.edit && last.from === queued.from && !last.stored) this.#queue.pop()
    this.#queue.push(queued)
    this.queuedBytes += queued.edit?.bytes.length ?? 0
  }

  /** Edits and questions waiting for the next commit. */
  get waiting(): number {
    return this.#queue.length
  }

  /** What to commit next: a batch that failed comes again unchanged, before anything newer. */
  takeBatch(): Batch {
    if (this.inFlight) return this.inFlight
    const queued = this.#queue
    this.#queue = []
    this.inFlight = { rows: this.#rowsOf(queued), queued }
    return this.inFlight
  }

  /** What one line wrote in a row is one row of the log. */
  #rowsOf(queued: readonly Queued[]): Row[] {
    const rows: Row[] = []
    let run: Edit[] = []
    let runBytes = 0
    let runFrom: Connection | undefined
    const finish = () => {
      const [first] = run
      if (!first) return
      const seq = this.#committedSeq + rows.length + 1
      const bytes = run.length === 1 ? first.bytes : concatDecoded(run.map(decodedOf))
      const newClientIds = run.length === 1 ? first.newClientIds : run.flatMap((edit) => edit.newClientIds)
      const { reportId, part } = this.key
      const { userId, at, epoch } = first
      const entry = { reportId, part, seq, userId, at, bytes, newClientIds, epoch }
      rows.push({ entry, decoded: run.length === 1 ? first.decoded : undefined, from: runFrom })
    }
    for (const { edit, from } of queued) {
      if (!edit) continue
      const goesOn = run.length > 0 && from !== undefined && from === runFrom && isContinued(run[0], edit)
      if (!goesOn || runBytes + edit.bytes.length > MAX_ROW_BYTES) {
        finish()
        run = []
        runBytes = 0
        runFrom = from
      }
      run.push(edit)
      runBytes += edit.bytes.length
    }
    finish()
    const [first, ...others] = rows
    if (!first || this.#seenClients.size === 0) return rows
    // Who has written meanwhile is known by that, and what the log says of an id stands.
    for (const [clientId, userId] of this.#seenClients) {
      const { clocks, owners } = this.ledger
      if (clocks.has(clientId) || owners.get(clientId) !== userId) this.#seenClients.delete(clientId)
    }
    return [{ ...first, entry: { ...first.entry, seenClients: [...this.#seenClients] } }, ...others]
  }

  /** The batch in flight is on the disk: show it, answer it. */
  settle(at: string): void {
    const { rows, queued } = this.inFlight ?? { rows: [], queued: [] }
    this.inFlight = undefined
    this.failures = 0
    for (const { edit } of queued) this.queuedBytes -= edit?.bytes.length ?? 0
    for (const { entry } of rows) {
      this.#tail.push(entry)
      this.#tailBytes += entry.bytes.length
      this.#committedSeq = entry.seq
      for (const [clientId] of entry.seenClients ?? []) this.#seenClients.delete(clientId)
    }
    if (rows.length > 0) this.#step2 = undefined
    if (this.#tail.length > MAX_TAIL || this.#tailBytes > Math.max(this.#base.length, MIN_TAIL_BYTES)) this.state()
    this.#show(rows, queued, at)
    for (const { stored } of queued) stored?.()
    if (this.isIdle) for (const wake of this.#idle.splice(0)) wake()
  }

  /** Takes out what waits, also a batch that failed; judged anew it comes back by `putBack`. */
  takeWaiting(): readonly Queued[] {
    const waiting = [...(this.inFlight?.queued ?? []), ...this.#queue]
    this.inFlight = undefined
    this.#queue = []
    this.queuedBytes = 0
    return waiting
  }

  /** Whose edits wait for a commit. */
  waitingUsers(): Set<string> {
    const waiting = [...(this.inFlight?.queued ?? []), ...this.#queue]
    return new Set(waiting.flatMap(({ edit }) => edit?.userId ?? []))
  }

  putBack(waiting: readonly Queued[]): void {
    for (const queued of waiting) this.enqueue(queued)
    if (this.isIdle) for (const wake of this.#idle.splice(0)) wake()
  }

  /** Rows that another process stored, the next ones of the log: kept and shown like its own. The ledger is the caller's. */
  learn(rows: readonly LogEntry[]): void {
    for (const entry of rows) {
      for (const [clientId] of entry.seenClients ?? []) this.#seenClients.delete(clientId)
      this.#tail.push(entry)
      this.#tailBytes += entry.bytes.length
      this.#committedSeq = entry.seq
    }
    this.#step2 = undefined
    if (this.#tail.length > MAX_TAIL || this.#tailBytes > Math.max(this.#base.length, MIN_TAIL_BYTES)) this.state()
    this.#show(
      rows.map((entry) => ({ entry, from: undefined })),
      [],
      '',
    )
  }

  /**
   * The whole part as stored, where the rows in between are no longer to be had one by one.
   * @returns what it adds
   */
  learnAll(stored: StoredPart): LogEntry {
    const state = mergeAll([stored.state, ...stored.tail])
    const bytes = Y.diffUpdate(state, Y.encodeStateVectorFromUpdate(this.state()))
    const news = { ...this.key, seq: stored.seq, userId: '', at: 0, bytes, newClientIds: [] }
    this.learn([news])
    this.#base = state
    this.#tail = []
    this.#tailBytes = 0
    return news
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
    const waiting = [...(this.inFlight?.queued ?? []), ...this.#queue].flatMap(({ edit }) => edit?.bytes ?? [])
    return mergeAll([this.state(), ...waiting])
  }

  /** Replaces the folded bytes by tighter ones of the same content; `seq` says up to where they reach. */
  fold(seq: number, state: Uint8Array): void {
    if (this.#tail.length === 0 ? seq !== this.#committedSeq : seq < (this.#tail[0] as LogEntry).seq - 1) return
    if (seq > this.#committedSeq) return
    this.#base = state
    if (this.#tail.length === 0) this.#retain(state)
    this.#tail = this.#tail.filter((entry) => entry.seq > seq)
    this.#tailBytes = this.#tail.reduce((sum, { bytes }) => sum + bytes.length, 0)
    this.#step2 = undefined
  }

  /** The bytes the document was opened with are not kept beside tighter ones. */
  #retain(state: Uint8Array): void {
    if (this.#ledger) this.#ledger.retain([state])
    else this.#unread = { ...this.#unread, updates: [state] }
  }

  /**
   * The answer to a newcomer's or returner's state vector.
   * @throws when it can't be read
   */
  step2For(stateVector: Uint8Array): Outgoing {
    const isEmpty = stateVector.length === 1 && stateVector[0] === 0
    if (isEmpty) return (this.#step2 ??= new Outgoing([step2Frame(this.state())]))
    // Who comes back with everything gets the deletions only, without a look at the document.
    if (this.isIdle && this.ledger.isCoveredBy(stateVector)) return new Outgoing([step2Frame(this.ledger.deletions())])
    return new Outgoing([step2Frame(Y.diffUpdate(this.state(), stateVector))])
  }

  /** Others see this id of somebody with the pen: it is noted with the next commit, so that it stays theirs over a restart. */
  storeOwner(clientId: number, userId: string): void {
    if (this.ledger.clocks.has(clientId)) return
    this.#seenClients.set(clientId, userId)
    if (this.#seenClients.size <= MAX_SEEN_CLIENTS) return
    const [oldest] = this.#seenClients.keys()
    if (oldest !== undefined) this.#seenClients.delete(oldest)
  }

  /** The id of a client that leaves stays its user's, whatever it has typed offline: others have seen the id. */
  keepOwner(clientId: number): void {
    const { owners, clocks } = this.ledger
    const owner = owners.get(clientId)
    if (owner === undefined || clocks.has(clientId)) return
    const own = this.#silentOwners.get(owner) ?? new Set()
    this.#silentOwners.set(owner, own)
    own.delete(clientId)
    own.add(clientId)
    if (own.size <= MAX_SILENT_OWNERS) return
    const [oldest] = own
    if (oldest === undefined) return
    own.delete(oldest)
    if (!this.ledger.clocks.has(oldest) && !this.presence.has(oldest)) this.ledger.owners.delete(oldest)
  }

  /** State vector of everything shown; one object until the next commit, for all whose networks are full at once. */
  shownVector(): Uint8Array {
    const seq = this.#committedSeq
    if (this.#shown?.seq !== seq) this.#shown = { seq, vector: Y.encodeStateVectorFromUpdate(this.state()) }
    return this.#shown.vector
  }

  /** Everything shown after that state vector, as an update frame: made once for all who have the same one. */
  updateSince(vector: Uint8Array): Payload {
    const seq = this.#committedSeq
    if (this.#missed?.seq !== seq || this.#missed.since !== vector) {
      this.#missed = { seq, since: vector, frame: updateFrame(Y.diffUpdate(this.state(), vector)) }
    }
    return this.#missed.frame
  }

  /** Everybody's presence in one frame; none where nobody is. */
  whoIsThere(): Uint8Array[] {
    const states = [...this.presence].map(([clientId, one]) => ({ clientId, ...one }))
    return states.length > 0 ? [presenceFrame(states)] : []
  }

  /** Sends what changed, to the senders too: y-websocket closes a line on which it hears nothing for 30 s. */
  tellPresence(): void {
    const states = [...this.presenceNews].map((clientId) => ({
      clientId,
      clock: this.presenceClocks.get(clientId) ?? 0,
      json: this.presence.get(clientId)?.json ?? 'null',
    }))
    this.onPresence([...this.presenceNews])
    this.presenceNews.clear()
    const forAll = new Outgoing([presenceFrame(states)])
    for (const connection of this.connections) {
      const own = connection.presence
      // A clock above its own would put an old state in the place of its present one.
      const isAhead = own && states.some(({ clientId, clock }) => clientId === own.clientId && clock > own.clock)
      if (!isAhead) connection.sendNews(forAll)
      else {
        const corrected = states.map((state) =>
          state.clientId === own.clientId ? { ...state, clock: own.clock } : state,
        )
        connection.sendNews(new Outgoing([presenceFrame(corrected)]))
      }
    }
    if (this.presenceClocks.size <= MAX_PRESENCE_CLOCKS) return
    for (const clientId of this.presenceClocks.keys()) {
      if (!this.presence.has(clientId)) this.presenceClocks.delete(clientId)
    }
  }

  /** One write per socket: the edits of others in this batch, and the answer to its own. Alone, answers wait a little. */
  #show(rows: readonly Row[], queued: readonly Queued[], at: string): void {
    const answers = new Map<Connection, number>()
    for (const { from, frame } of queued) if (from) answers.set(from, frame)
    const each = new OutgoingList(rows.map(({ entry }) => updateFrame(entry.bytes)))
    let forSilent: Outgoing | undefined
    for (const connection of this.connections) {
      const answered = answers.get(connection)
      if (answered === undefined) {
        if (rows.length > 0) connection.sendNews((forSilent ??= rows.length < MERGE_FROM ? each.all : merged(rows)))
        continue
      }
      connection.owe(answered, at)
      const outgoing = each.without((index) => rows[index]?.from === connection)
      if (outgoing) connection.sendNews(outgoing)
      else if (this.#isQuiet) connection.tellSaved()
    }
  }
}

const isContinued = (first: Edit | undefined, next: Edit) => first?.userId === next.userId && first.epoch === next.epoch

const merged = (rows: readonly Row[]) =>
  new Outgoing([
    updateFrame(concatDecoded(rows.map(({ entry, decoded }) => decodedOf({ decoded, bytes: entry.bytes })))),
  ])

const decodedOf = ({ decoded, bytes }: Pick<Edit, 'decoded' | 'bytes'>) => decoded ?? decodeUpdate(bytes, NO_LIMITS)

/** One update of all. `Y.mergeUpdates` costs more than linear in their number, so it gets two. */
function mergeAll([base, ...tail]: readonly Uint8Array[]): Uint8Array {
  if (!base) return new Uint8Array([0, 0])
  if (tail.length === 0) return base
  const news = joinRows(tail)
  return isEmpty(base) ? news : Y.mergeUpdates([base, news])
}

const isEmpty = (update: Uint8Array) => update.length === 2 && update[0] === 0 && update[1] === 0
