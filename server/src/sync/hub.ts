import { CLOSE, LIMITS } from '@gongping/protocol'
import type { ExtFrame } from '@gongping/protocol'
import { LINE_RATE } from './budget.ts'
import type { LineRate } from './budget.ts'
import { Committer } from './committer.ts'
import { Connection } from './connection.ts'
import type { Around, QueueMarks } from './connection.ts'
import { judge } from './guard.ts'
import type { SyncMetrics, SyncStats } from './metrics.ts'
import type { Peers } from './peers.ts'
import { Room } from './room.ts'
import type { System } from './system.ts'
import type {
  Access,
  CountBytes,
  FindAccess,
  LogEntry,
  OnCommitted,
  PartKey,
  PartStore,
  SyncLog,
  Transport,
} from './types.ts'

export interface HubOptions {
  readonly store: PartStore
  readonly findAccess: FindAccess
  readonly system: System
  readonly metrics: SyncMetrics
  readonly log: SyncLog
  /** How long an unused document stays in memory, milliseconds. */
  readonly unloadAfterMs?: number
  /** How often open sockets' sessions and rights are asked again, milliseconds. */
  readonly recheckEveryMs?: number
  /** What one line may send; benchmarks that saturate on purpose raise it. */
  readonly lineRate?: LineRate
  /** What may wait for one reader; tests with small documents hand in small ones. */
  readonly marks?: QueueMarks
  /** Other processes on the same log. */
  readonly peers?: Peers | undefined
  /** Sessions of this user, or of anybody, may have ended. */
  readonly onSessions?: (userId: string | undefined) => void
  /** Counts what somebody adds to the disk; absent: nobody does. */
  readonly countBytes?: (userId: string, reportId: string) => CountBytes
  /** A document of so many bytes has left memory. */
  readonly onUnloaded?: (bytes: number) => void
}

const DRAIN_MS = 10_000
/** Of one user, on all lines: each costs a few milliseconds, whoever comes back with a new line each time. */
const QUESTIONS_PER_MINUTE = 600
/** Between two looks for answers that wait; they wait up to twice as long. */
const TELL_EVERY_MS = 50

/** The document can't be loaded or stored at the moment. */
export class UnavailableError extends Error {
  override name = 'UnavailableError'
}

/** An edit of the server itself that its own guard refused: our bug. */
export class EditRefusedError extends Error {
  override name = 'EditRefusedError'
}

/** All open documents: who is in them, what they may do, and that nothing is shown before it is stored. */
export class Hub {
  readonly #options: HubOptions
  readonly #committer: Committer
  readonly #rooms = new Map<string, Room>()
  readonly #loads = new Map<Room, Promise<void>>()
  readonly #connections = new Set<Connection>()
  readonly #holds = new Map<string, number>()
  readonly #holdTurns = new Map<string, Promise<void>>()
  readonly #listeners = new Set<OnCommitted>()
  readonly #around: Around
  readonly #stopRecheck: () => void
  /** Lines with a `saved` to be told, and how often such lines were looked through. */
  readonly #owing = new Set<Connection>()
  #round = 0
  #isTelling = false
  #rightsEpoch = 0
  /** What waits for its turn; the first one is the next. */
  readonly #turns: (() => void)[] = []
  #questions = { since: 0, byUser: new Map<string, number>() }
  #phase: 'open' | 'draining' | 'closed' = 'open'

  constructor(options: HubOptions) {
    this.#options = options
    const { store, system, metrics, log } = options
    this.#committer = new Committer({
      store,
      system,
      metrics,
      log,
      onCommitted: (reportId, entries) => {
        for (const listener of this.#listeners) listener(reportId, entries, 'here')
      },
      peers: options.peers,
      onSettled: (room) => this.#unloadLater(room),
      onTrouble: (room, ok) => {
        for (const connection of room.connections) connection.sendExt({ type: 'storing', ok })
      },
    })
    this.#around = {
      metrics,
      log,
      rate: options.lineRate ?? LINE_RATE,
      marks: options.marks ?? LIMITS,
      now: () => system.now(),
      monotonic: () => system.monotonic(),
      endOfTurn: (run) => system.endOfTurn(run),
      after: (ms, run) => void system.after(ms, run),
      countBytes: options.countBytes ?? (() => () => 'counted'),
      mustWait: (room) => this.#phase !== 'open' || this.#holds.has(room.key.reportId),
      wake: (room) => this.#committer.wake(room),
      inTurn: (run) => this.#runInTurn(run),
      mayAsk: (userId, weight) => this.#countQuestions(userId, weight) <= QUESTIONS_PER_MINUTE,
      owes: (connection) => this.#noteOwing(connection),
      left: (connection) => {
        this.#connections.delete(connection)
        this.#owing.delete(connection)
        this.#unloadLater(connection.room)
      },
    }
    this.#stopRecheck = system.every(options.recheckEveryMs ?? 30_000, () => void this.#recheck(() => true, 'keep'))
  }

  /** Raised with every change of rights: read it before asking for access, and hand it to `join`. */
  get rightsEpoch(): number {
    return this.#rightsEpoch
  }

  /** @returns stops listening */
  onCommitted(listener: OnCommitted): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  stats(): SyncStats {
    let queuedBytes = 0
    for (const room of this.#rooms.values()) queuedBytes += room.queuedBytes
    let longestQueue = 0
    for (const connection of this.#connections) longestQueue = Math.max(longestQueue, connection.unread)
    return { rooms: this.#rooms.size, sockets: this.#connections.size, queuedBytes, longestQueue }
  }

  countSockets(userId: string): number {
    let count = 0
    for (const { access } of this.#connections) if (access.userId === userId) count += 1
    return count
  }

  /** Takes a socket in. Its frames wait until the document is complete; a load that fails closes it. */
  join(options: {
    key: PartKey
    access: Access
    rightsEpoch: number
    ext: boolean
    transport: Transport
    sessionId?: string | undefined
    isSignedIn: () => Promise<boolean>
  }): Connection {
    const isOpen = this.#phase === 'open'
    const room = isOpen ? this.#roomOf(options.key) : new Room(options.key)
    const { access, ext, transport, sessionId, isSignedIn } = options
    const connection = new Connection({ room, ext, access, transport, sessionId, isSignedIn, around: this.#around })
    if (!isOpen) {
      connection.close(CLOSE.restarting, 'the server is stopping')
      return connection
    }
    this.#connections.add(connection)
    this.#options.metrics.joined()
    void this.#admit(connection, { isStale: options.rightsEpoch !== this.#rightsEpoch })
    return connection
  }

  async #admit(connection: Connection, { isStale }: { isStale: boolean }): Promise<void> {
    const { room } = connection
    room.pins += 1
    try {
      // What ended while it was let in was looked for on lines that were there already.
      if (isStale) await this.#recheck((one) => one === connection, 'close')
      await this.#ready(room)
      await this.#options.peers?.upToDate(room).catch((error: unknown) => {
        throw new UnavailableError('the log can not be read', { cause: error })
      })
      if (connection.isOpen) connection.greet()
    } catch (error) {
      if (!(error instanceof UnavailableError)) {
        this.#options.log.error({ ...room.key, error: String(error) }, 'a line could not be let in')
      }
      connection.close(CLOSE.unavailable, 'the document can not be loaded')
    } finally {
      room.pins -= 1
      this.#unloadLater(room)
    }
  }

  /** Everything committed in a part, as one update. @throws UnavailableError */
  async readPart(key: PartKey): Promise<Uint8Array> {
    return (await this.readPartAt(key)).state
  }

  /** The same with the log position it reaches. @throws UnavailableError */
  readPartAt(key: PartKey): Promise<{ seq: number; state: Uint8Array }> {
    return this.#withRoom(key, async (room) => ({ seq: room.committedSeq, state: room.state() }))
  }

  /**
   * An edit by the server in a user's name, stored when this resolves. The pen is the caller's to ask for; it works
   * within `hold`, too.
   *
   * @throws EditRefusedError, UnavailableError
   */
  applyAs(asked: PartKey & { userId: string; update: Uint8Array; epoch?: number }): Promise<void> {
    const { reportId, part, userId, update, epoch } = asked
    return this.#withRoom({ reportId, part }, (room) => {
      const verdict = judge({ update, ledger: room.ledger, userId, part, mayWrite: true, mayBind: Infinity })
      if (verdict.kind === 'nothing') return room.whenIdle()
      if (verdict.kind !== 'apply')
        throw new EditRefusedError(verdict.kind === 'refuse' ? verdict.reason : verdict.kind)
      const { change, update: bytes } = verdict
      room.ledger.advance(change, userId)
      return new Promise<void>((stored, reject) => {
        const { newClientIds } = change
        const judged = { userId, at: this.#options.system.now(), bytes, newClientIds, epoch }
        const dropped = () => reject(new EditRefusedError('overtaken'))
        room.enqueue({ edit: judged, from: undefined, frame: 0, stored, dropped })
        this.#committer.wake(room)
      })
    })
  }

  /** Swaps a part's bytes in memory for tighter ones of the same content, stored by the caller. */
  fold(key: PartKey, seq: number, state: Uint8Array): void {
    const room = this.#rooms.get(nameOf(key))
    if (room?.phase === 'open') room.fold(seq, state)
  }

  push(reportId: string, frame: ExtFrame): void {
    for (const connection of this.#of(reportId)) connection.sendExt(frame)
  }

  /** Members, roles or state changed: asks for every open socket's rights again before its next frame is judged. */
  async accessChanged(reportId: string, by = ''): Promise<void> {
    this.#rightsEpoch += 1
    this.#pause(reportId)
    try {
      await this.#refresh(this.#of(reportId), by)
    } finally {
      this.#resume(reportId)
    }
  }

  /** The user signed out, was disabled or got another role: ends what no longer stands. */
  async userChanged(userId: string): Promise<void> {
    this.#rightsEpoch += 1
    this.#options.onSessions?.(userId)
    await this.#recheck(({ access }) => access.userId === userId, 'close')
  }

  /** Sessions or rights may have been changed by somebody who does not say so, as operator commands do. */
  async anythingChanged(): Promise<void> {
    this.#rightsEpoch += 1
    this.#options.onSessions?.(undefined)
    await this.#recheck(() => true, 'keep')
  }

  /**
   * Runs `change` while nobody's edits are judged: what was judged before is stored first, what comes meanwhile waits
   * and is judged by the rights as they are afterwards. One at a time per report.
   *
   * @throws UnavailableError when storing takes too long; `change` has not run then
   */
  async hold<T>(reportId: string, change: () => Promise<T>): Promise<T> {
    const before = this.#holdTurns.get(reportId) ?? Promise.resolve()
    const { promise: mine, resolve: done } = Promise.withResolvers<void>()
    const turn = before.then(() => mine)
    this.#holdTurns.set(reportId, turn)
    await before
    this.#pause(reportId)
    try {
      await this.#drain([...this.#rooms.values()].filter((room) => room.key.reportId === reportId))
      try {
        return await change()
      } finally {
        await this.#refreshChanged(this.#of(reportId), 'close')
      }
    } finally {
      this.#resume(reportId)
      done()
      if (this.#holdTurns.get(reportId) === turn) this.#holdTurns.delete(reportId)
    }
  }

  /** Documents in memory and complete, for those who keep them in step with other processes. */
  openRooms(): Room[] {
    return [...this.#rooms.values()].filter(({ phase }) => phase === 'open')
  }

  findRoom(key: PartKey): Room | undefined {
    const room = this.#rooms.get(nameOf(key))
    return room?.phase === 'open' ? room : undefined
  }

  lines(): ReadonlySet<Connection> {
    return this.#connections
  }

  /** Another process stored these rows; they are in the room already. */
  learnt(room: Room, entries: readonly LogEntry[]): void {
    for (const listener of this.#listeners) listener(room.key.reportId, entries, 'elsewhere')
    if (!room.isIdle) this.#committer.wake(room)
    this.#unloadLater(room)
  }

  /** What the room has waiting was put back. */
  wake(room: Room): void {
    if (!room.isIdle) this.#committer.wake(room)
  }

  /** Stores what was judged, then closes every line. Frames that come meanwhile are not answered: they come again. */
  async close(): Promise<void> {
    if (this.#phase !== 'open') return
    this.#phase = 'draining'
    this.#stopRecheck()
    try {
      await this.#drain([...this.#rooms.values()])
    } catch (error) {
      this.#options.log.error({ error: String(error) }, 'stopping with edits that could not be stored')
    }
    for (const connection of this.#connections) connection.close(CLOSE.restarting, 'the server is stopping')
    this.#phase = 'closed'
    this.#rooms.clear()
  }

  #of(reportId: string): Connection[] {
    return [...this.#connections].filter(({ room }) => room.key.reportId === reportId)
  }

  #roomOf(key: PartKey): Room {
    const name = nameOf(key)
    let room = this.#rooms.get(name)
    if (!room) {
      room = new Room(key)
      this.#rooms.set(name, room)
      this.#options.peers?.roomOpened(room)
      const load = this.#load(room)
      // Who waits for it may come later than its failure, which would end the process.
      load.catch(() => undefined)
      this.#loads.set(room, load)
    }
    return room
  }

  async #load(room: Room): Promise<void> {
    try {
      const stored = await this.#options.store.load(room.key)
      if (!stored) throw new UnavailableError('no such document')
      room.open(stored)
    } catch (error) {
      // Never an empty room instead: the next join loads anew.
      this.#forget(room)
      this.#options.log.error({ ...room.key, error: String(error) }, 'a document could not be loaded')
      throw new UnavailableError('the document can not be loaded')
    } finally {
      this.#loads.delete(room)
    }
  }

  #ready(room: Room): Promise<void> {
    const load = this.#loads.get(room)
    if (load) return load
    return room.phase === 'open'
      ? Promise.resolve()
      : Promise.reject(new UnavailableError('the document can not be loaded'))
  }

  async #withRoom<T>(key: PartKey, use: (room: Room) => Promise<T>): Promise<T> {
    const room = this.#roomOf(key)
    room.pins += 1
    try {
      await this.#ready(room)
      return await use(room)
    } finally {
      room.pins -= 1
      this.#unloadLater(room)
    }
  }

  /** An unused document leaves memory after a while; everything it holds is stored by then. */
  #unloadLater(room: Room | undefined): void {
    if (!room?.isUnused || room.phase !== 'open') return
    this.#options.system.after(this.#options.unloadAfterMs ?? 30_000, () => {
      if (!room.isUnused || room.phase !== 'open' || this.#rooms.get(nameOf(room.key)) !== room) return
      this.#forget(room)
      this.#options.onUnloaded?.(room.bytes)
    })
  }

  #forget(room: Room): void {
    room.phase = 'closed'
    this.#rooms.delete(nameOf(room.key))
    this.#options.peers?.roomClosed(room)
  }

  #runInTurn(run: () => void): void {
    this.#turns.push(run)
    if (this.#turns.length === 1) this.#options.system.endOfTurn(() => this.#nextTurn())
  }

  /** Between two of them everything else has its turn, whoever asks how much. */
  #nextTurn(): void {
    try {
      this.#turns[0]?.()
    } catch (error) {
      this.#options.log.error({ error: String(error) }, 'an answer could not be given')
    }
    this.#turns.shift()
    if (this.#turns.length > 0) this.#options.system.endOfTurn(() => this.#nextTurn())
  }

  #countQuestions(userId: string, weight: number): number {
    const now = this.#options.system.monotonic()
    if (now - this.#questions.since > 60_000) this.#questions = { since: now, byUser: new Map() }
    const count = (this.#questions.byUser.get(userId) ?? 0) + weight
    this.#questions.byUser.set(userId, count)
    return count
  }

  #noteOwing(connection: Connection): number {
    this.#owing.add(connection)
    if (!this.#isTelling) {
      this.#isTelling = true
      this.#options.system.after(TELL_EVERY_MS, () => this.#tellOwing())
    }
    return this.#round
  }

  /** One timer for all answers that found no edit of others to ride along with. */
  #tellOwing(): void {
    this.#isTelling = false
    this.#round += 1
    for (const connection of this.#owing) if (connection.tellSaved(this.#round)) this.#owing.delete(connection)
    if (this.#owing.size === 0) return
    this.#isTelling = true
    this.#options.system.after(TELL_EVERY_MS, () => this.#tellOwing())
  }

  #pause(reportId: string): void {
    this.#holds.set(reportId, (this.#holds.get(reportId) ?? 0) + 1)
  }

  #resume(reportId: string): void {
    const left = (this.#holds.get(reportId) ?? 1) - 1
    if (left > 0) {
      this.#holds.set(reportId, left)
      return
    }
    this.#holds.delete(reportId)
    for (const connection of this.#of(reportId)) connection.resume()
  }

  /** One question per user and report. Without an answer a line can't stay open: absence is refusal. */
  async #refresh(connections: readonly Connection[], by: string): Promise<void> {
    const epoch = this.#rightsEpoch
    const answers = new Map<string, Promise<Access | undefined>>()
    await Promise.all(
      connections.map(async (connection) => {
        const { userId } = connection.access
        const { reportId } = connection.room.key
        const question = `${reportId}/${userId}`
        let answer = answers.get(question)
        if (!answer) answers.set(question, (answer = this.#options.findAccess(userId, reportId)))
        try {
          const access = await answer
          if (!connection.isOpen) return
          // Of before another change, whose own answer may have come first.
          if (epoch !== this.#rightsEpoch) return await this.#refresh([connection], by)
          if (access && !access.hidden?.includes(connection.room.key.part)) connection.setAccess(access, by)
          else connection.close(CLOSE.gone, 'the report is gone or no longer yours to see')
        } catch (error) {
          this.#options.log.error({ userId, reportId, error: String(error) }, 'rights could not be read')
          connection.close(CLOSE.unavailable, 'rights can not be read at the moment')
        }
      }),
    )
  }

  /**
   * @param unanswered what to do with a line whose session or rights can't be read: the regular look keeps it (without the
   *   database nothing it writes can be stored either), a change that was announced closes it
   */
  async #recheck(concerns: (connection: Connection) => boolean, unanswered: 'keep' | 'close'): Promise<void> {
    const connections = [...this.#connections].filter(concerns)
    const standing = await Promise.all(
      connections.map(async (connection) => {
        try {
          if (await connection.isSignedIn()) return [connection]
          connection.close(CLOSE.signedOut, 'the session has ended')
        } catch (error) {
          this.#options.log.error({ error: String(error) }, 'a session could not be read')
          if (unanswered === 'keep') return [connection]
          connection.close(CLOSE.unavailable, 'sessions can not be read at the moment')
        }
        return []
      }),
    )
    await this.#refreshChanged(standing.flat(), unanswered)
  }

  /** As `#refresh`, but tells only those whose rights did change. */
  async #refreshChanged(connections: readonly Connection[], unanswered: 'keep' | 'close'): Promise<void> {
    const changed: Connection[] = []
    const answers = new Map<string, Promise<Access | undefined>>()
    for (const connection of connections) {
      const question = `${connection.room.key.reportId}/${connection.access.userId}`
      let answer = answers.get(question)
      if (!answer) {
        answers.set(
          question,
          (answer = this.#options.findAccess(connection.access.userId, connection.room.key.reportId)),
        )
      }
      // A failure left to `#refresh` closes the line.
      const now = await answer.catch(() => (unanswered === 'keep' ? connection.access : undefined))
      if (!now || JSON.stringify(now) !== JSON.stringify(connection.access)) changed.push(connection)
    }
    await this.#refresh(changed, '')
  }

  async #drain(rooms: readonly Room[]): Promise<void> {
    const { promise: late, reject } = Promise.withResolvers<never>()
    const cancel = this.#options.system.after(DRAIN_MS, () =>
      reject(new UnavailableError('edits can not be stored in time')),
    )
    for (const room of rooms) this.#committer.hurry(room)
    try {
      await Promise.race([Promise.all(rooms.map((room) => room.whenIdle())), late])
    } finally {
      cancel()
    }
  }
}

const nameOf = ({ reportId, part }: PartKey) => `${reportId}/${part}`
