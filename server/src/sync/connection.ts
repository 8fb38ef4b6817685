import { CLOSE, DOC_LAYOUT, FRAME, LIMITS, SYNC, encodeExt } from '@gongping/protocol'
import type { CloseCode, ExtFrame, RefusalReason } from '@gongping/protocol'
import { Budget } from './budget.ts'
import type { LineRate } from './budget.ts'
import { ByteReader, Malformed, TooLarge } from './bytes.ts'
import { follow } from './consequences.ts'
import { judge } from './guard.ts'
import { Outgoing, savedFrame, step1Frame } from './outgoing.ts'
import type { Payload } from './outgoing.ts'
import { readPresence, stamp } from './presence.ts'
import { REFUSALS } from './refusals.ts'
import { countSteps } from './steps.ts'
import type { Queued, Room } from './room.ts'
import type { SyncMetrics } from './metrics.ts'
import type { Access, CountBytes, SyncLog, Transport } from './types.ts'

/** Bytes that may wait for one reader; see `LIMITS`. */
export type QueueMarks = Readonly<Record<'maxLagBytes' | 'maxQueuedBytes', number>>

/** What a connection needs of the hub. */
export interface Around {
  readonly metrics: SyncMetrics
  readonly rate: LineRate
  readonly marks: QueueMarks
  readonly log: SyncLog
  now(): number
  /** Milliseconds that never go backwards. */
  monotonic(): number
  endOfTurn(run: () => void): void
  after(ms: number, run: () => void): void
  countBytes(userId: string, reportId: string): CountBytes
  /** Frames wait unread while the room's report is held or the server stops. */
  mustWait(room: Room): boolean
  /** Something is in the room's queue. */
  wake(room: Room): void
  left(connection: Connection): void
  /** Runs what takes milliseconds when what came meanwhile has been read, one such thing of all lines at a time. */
  inTurn(run: () => void): void
  /** Whether this user may ask one more thing that costs more than reading a frame, on whichever line. */
  mayAsk(userId: string, weight: number): boolean
  /** It has a `saved` to be told; `tellSaved` comes later. @returns the present round of telling */
  owes(connection: Connection): number
}

const MAX_HOLES = 500
/** Rounds of telling that a `saved` waits for edits of others to ride along with. */
const MAX_ROUNDS = 5
/** To somebody who types on, `saved` comes so often, milliseconds. */
const TELL_AGAIN_MS = 200
/** A client asks first, usually; on a document just loaded the answer to it goes out before the server's own question. */
const ASK_AFTER_MS = 50
/** Questions of one line that cost the server more than reading a frame; y-websocket asks at most every few seconds. */
const HEAVY_PER_MINUTE = 60
/** Beyond each of these bytes of the document a question counts once more. */
const BYTES_PER_QUESTION = 1024 * 1024
/** What builds the document counts like so many questions. */
const CLOSE_LOOK = 10
/** Who has said so much of itself is shown again after a millisecond, as it is then: others' lines are not one line's to fill. */
const PRESENCE_BYTES_PER_MS = 8
/** Between two tellings of who is there, milliseconds; the first one after a while comes at once. */
const PRESENCE_EVERY_MS = 20

/** One socket in one document: reads its frames, and refuses what is not its to say. */
export class Connection {
  readonly room: Room
  readonly ext: boolean
  /** Absent where sessions are not asked for by number. */
  readonly sessionId: string | undefined
  /** Tells whether the session this socket was opened with still stands. */
  readonly isSignedIn: () => Promise<boolean>
  access: Access
  readonly #transport: Transport
  readonly #budget: Budget
  readonly #around: Around
  readonly #countBytes: CountBytes
  #isOpen = true
  /** Of what waits, at most so much is the document itself. */
  #documentBytes = 0
  /** Since its queue grew too long: what it was shown until then, and what it has not been told yet. */
  #lag: { readonly shown: Uint8Array; saved: { frames: number; at: string } | undefined } | undefined
  #isGreeted = false
  #hasAsked = false
  #inbox: Uint8Array[] = []
  #inboxBytes = 0
  /** Update frames received; the number of the last one. */
  #frames = 0
  /** Edits before one of its updates are unknown here: asked for, and since then this many frames dropped. */
  #hole: { dropped: number } | undefined
  /** The frame that made a hole good: what was dropped before is stored with this one. */
  #filledBy = 0
  /** Stored and not told yet. */
  #owed: { frames: number; at: string; round: number } | undefined
  #toldAt = -Infinity
  #takenIds = 0
  #presence: { clientId: number; clock: number; state: Record<string, unknown> } | undefined
  /** When its presence may be shown next. */
  #presenceDueAt = -Infinity
  #isPresencePlanned = false
  /** Asked and not answered yet: for the document since a state vector, for who is there. */
  #asked: { since?: Uint8Array; presence?: true } = {}
  #isAnswerPlanned = false
  #heavy = { since: 0, count: 0 }

  constructor(options: {
    room: Room
    ext: boolean
    access: Access
    transport: Transport
    sessionId?: string | undefined
    isSignedIn: () => Promise<boolean>
    around: Around
  }) {
    this.room = options.room
    this.ext = options.ext
    this.access = options.access
    this.#transport = options.transport
    this.sessionId = options.sessionId
    this.isSignedIn = options.isSignedIn
    this.#around = options.around
    this.#countBytes = options.around.countBytes(options.access.userId, options.room.key.reportId)
    this.#budget = new Budget(options.around.rate, options.around.monotonic())
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Bytes handed over that the network has not taken. */
  get unread(): number {
    return this.#transport.queuedBytes
  }

  get mayWrite(): boolean {
    return this.access.pen[this.room.key.part]
  }

  /** What it said of itself last, with its own clock. */
  get presence(): { readonly clientId: number; readonly clock: number } | undefined {
    return this.#presence
  }

  /** One binary frame from the line, whole. Never throws. */
  receive(frame: Uint8Array): void {
    if (!this.#isOpen) return
    if (frame.length > LIMITS.maxFrameBytes) return this.refuse('too-large')
    if (!this.#budget.spend(frame.length, this.#around.monotonic())) return this.close(CLOSE.tooSlow, 'sends too much')
    if (this.#inbox.length === 0 && !this.#mustWait()) return this.#read(frame)
    this.#inboxBytes += frame.length
    if (this.#inboxBytes > this.#around.marks.maxQueuedBytes)
      return this.close(CLOSE.tooSlow, 'too many frames while waiting')
    this.#inbox.push(frame)
  }

  /** Reads what came while it had to wait. */
  resume(): void {
    if (this.#mustWait()) return
    const frames = this.#inbox
    this.#inbox = []
    this.#inboxBytes = 0
    for (const frame of frames) if (this.#isOpen) this.#read(frame)
  }

  /** First call after the document is complete: say hello, ask for what this client has, show who is there. */
  greet(): void {
    this.#isGreeted = true
    this.room.connections.add(this)
    const { pen, state, userId } = this.access
    const payloads: Payload[] = []
    if (this.ext) {
      payloads.push(encodeExt({ type: 'hello', layout: DOC_LAYOUT, userId, mayWrite: this.mayWrite, pen, state }))
    }
    if (this.room.isReadyToJudge) {
      payloads.push(step1Frame(this.room.ledger.stateVector()))
      this.#hasAsked = true
    } else this.#around.after(ASK_AFTER_MS, () => this.#askOnce())
    payloads.push(...this.room.whoIsThere())
    if (payloads.length > 0) this.send(new Outgoing(payloads))
    this.resume()
  }

  /** Sync step 1 of the server: what does this client have that is not here? */
  #askOnce(): void {
    if (!this.#isOpen || this.#hasAsked) return
    this.#hasAsked = true
    try {
      this.send(new Outgoing([step1Frame(this.room.ledger.stateVector())]))
    } catch (error) {
      this.#around.log.error({ ...this.room.key, error: String(error) }, 'a document can not be read')
      this.close(CLOSE.unavailable, 'the document can not be read')
    }
  }

  send(outgoing: Outgoing): void {
    if (!this.#isOpen) return
    this.#transport.send(outgoing)
    const queued = this.#transport.queuedBytes
    if (queued < this.#around.marks.maxLagBytes) this.#documentBytes = 0
    if (queued - this.#documentBytes > this.#around.marks.maxQueuedBytes) this.close(CLOSE.tooSlow, 'reads too slowly')
  }

  /** What it asked for, or missed: however long that is, it has not been too slow for it. */
  #sendDocument(outgoing: Outgoing): void {
    this.#documentBytes += outgoing.bytes
    this.send(outgoing)
  }

  /**
   * News of others. A line that reads too slowly gets none until it has taken what waits for it, and then everything it
   * missed in one.
   */
  sendNews(outgoing: Outgoing): void {
    if (!this.#isOpen || this.#lag) return
    const { room } = this
    const mayRide = this.#owed && this.#around.monotonic() - this.#toldAt >= TELL_AGAIN_MS
    const saved = mayRide ? this.#takeOwed() : undefined
    this.send(saved ? outgoing.followedBy(saved) : outgoing)
    if (!this.#isOpen || !this.#transport.onDrained || this.#transport.queuedBytes <= this.#around.marks.maxLagBytes)
      return
    this.#lag = { shown: room.shownVector(), saved: undefined }
    this.#transport.onDrained(() => this.#catchUp())
  }

  #catchUp(): void {
    const lag = this.#lag
    if (!this.#isOpen || !lag) return
    this.#lag = undefined
    const payloads: Payload[] = [this.room.updateSince(lag.shown)]
    payloads.push(...this.room.whoIsThere())
    const saved = lag.saved && this.#savedFrame(lag.saved)
    if (saved) payloads.push(saved)
    this.#sendDocument(new Outgoing(payloads))
  }

  sendExt(frame: ExtFrame): void {
    if (this.ext) this.send(new Outgoing([encodeExt(frame)]))
  }

  /** Its frames up to this number are stored: told with the next news, at latest after some rounds of telling. */
  owe(frames: number, at: string): void {
    if (!this.ext || !this.#isOpen) return
    if (this.#lag) {
      // Answers what was owed before as well, which must not come after it.
      this.#owed = undefined
      this.#lag.saved = { frames, at }
    } else if (this.#owed) this.#owed = { frames, at, round: this.#owed.round }
    else this.#owed = { frames, at, round: this.#around.owes(this) }
  }

  /**
   * @param round the present one; absent: tells at once
   * @returns whether there is nothing left to be told
   */
  tellSaved(round = Infinity): boolean {
    if (!this.#owed) return true
    if (round - this.#owed.round < MAX_ROUNDS) return false
    const saved = this.#takeOwed()
    if (saved) this.send(new Outgoing([saved]))
    return true
  }

  #takeOwed(): Uint8Array | undefined {
    const owed = this.#owed
    if (!owed) return undefined
    this.#owed = undefined
    this.#toldAt = this.#around.monotonic()
    return this.#savedFrame(owed)
  }

  /** Undefined for plain clients, and as long as an earlier frame was dropped and not made good. */
  #savedFrame({ frames, at }: { frames: number; at: string }): Uint8Array | undefined {
    return this.ext && !this.#hole && frames >= this.#filledBy ? savedFrame(frames, at) : undefined
  }

  /** Rights changed; the next frame is judged by the new ones. */
  setAccess(access: Access, by: string): void {
    this.access = access
    if (!this.#isGreeted) return
    this.sendExt({ type: 'state', state: access.state, pen: access.pen, mayWrite: this.mayWrite, by })
    if (!this.#presence) return
    if (this.mayWrite) this.room.storeOwner(this.#presence.clientId, access.userId)
    this.#showPresence(this.#presence)
  }

  /** Ends this line and nothing else. */
  refuse(reason: RefusalReason): void {
    const { code, message } = REFUSALS[reason]
    this.#around.metrics.refused(reason, { userId: this.access.userId, reportId: this.room.key.reportId })
    this.tellSaved()
    this.sendExt({ type: 'refused', frame: this.#frames, reason, message })
    this.close(code, reason)
  }

  close(code: CloseCode, reason: string): void {
    if (!this.#isOpen) return
    this.tellSaved()
    // Telling may have found that the line reads too slowly.
    if (!this.#isOpen) return
    this.#transport.close(code, reason)
    this.gone()
  }

  /** The line is closed, from whichever side. */
  gone(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#inbox = []
    this.room.connections.delete(this)
    this.#hidePresence()
    this.#around.left(this)
  }

  #mustWait(): boolean {
    return !this.#isGreeted || this.#around.mustWait(this.room)
  }

  #read(frame: Uint8Array): void {
    try {
      const reader = new ByteReader(frame)
      const type = reader.varUint()
      if (type === FRAME.sync) this.#readSync(reader)
      else if (type === FRAME.awareness) this.#readPresence(readPresence(whole(reader)))
      else if (type === FRAME.queryAwareness) this.#answerPresence()
      else throw new Malformed('unknown frame')
    } catch (error) {
      const isTheirs = error instanceof TooLarge || error instanceof Malformed
      if (!isTheirs) this.#around.log.error({ ...this.room.key, error: String(error) }, 'a frame could not be handled')
      this.refuse(error instanceof TooLarge ? 'too-large' : 'undecodable')
    }
  }

  #readSync(reader: ByteReader): void {
    const kind = reader.varUint()
    if (kind === SYNC.step1) return this.#answerStep1(whole(reader))
    if (kind !== SYNC.step2 && kind !== SYNC.update) throw new Malformed('unknown sync frame')
    this.#frames += 1
    // Of its own: the frame is a window into a larger buffer of the socket, which would stay in memory with it.
    const update = reader.ownVarBytes()
    if (!reader.atEnd) throw new Malformed('bytes after the end')
    this.#readUpdate(update, { isAnswer: kind === SYNC.step2 })
  }

  #answerStep1(stateVector: Uint8Array): void {
    checkStateVector(stateVector)
    const isShared = isEmptyVector(stateVector)
    if (this.#asksTooOften({ isShared })) return this.close(CLOSE.tooSlow, 'asks too often')
    if (isShared && !this.#isAnswerPlanned && this.#transport.queuedBytes <= this.#around.marks.maxLagBytes) {
      this.#sendDocument(this.room.step2For(stateVector))
      return this.#askOnce()
    }
    this.#asked.since = new Uint8Array(stateVector)
    this.#planAnswer()
  }

  /** One at a time, and none that nobody takes, which would stay in memory; of the questions meanwhile the last one counts. */
  #planAnswer(): void {
    if (this.#isAnswerPlanned) return
    this.#isAnswerPlanned = true
    this.#around.inTurn(() => {
      if (!this.#isOpen) return
      if (this.#transport.queuedBytes <= this.#around.marks.maxLagBytes) return this.#answer()
      if (!this.#transport.onDrained) return this.close(CLOSE.tooSlow, 'reads too slowly')
      this.#transport.onDrained(() => {
        this.#isAnswerPlanned = false
        this.#planAnswer()
      })
    })
  }

  #answer(): void {
    const { since, presence } = this.#asked
    this.#asked = {}
    this.#isAnswerPlanned = false
    const there = presence ? this.room.whoIsThere() : []
    if (there.length > 0) this.send(new Outgoing(there))
    if (!since || !this.#isOpen) return
    try {
      this.#sendDocument(this.room.step2For(since))
    } catch (error) {
      this.#around.log.error({ ...this.room.key, error: String(error) }, 'a document can not be read')
      return this.close(CLOSE.unavailable, 'the document can not be read')
    }
    this.#askOnce()
  }

  /** @param isShared the answer is made once for all who ask it */
  #asksTooOften({ isShared = false, times = 1 }: { isShared?: boolean; times?: number } = {}): boolean {
    const weight = times * (1 + Math.floor(this.room.bytes / BYTES_PER_QUESTION))
    if (!isShared && !this.#around.mayAsk(this.access.userId, weight)) return true
    const now = this.#around.monotonic()
    if (now - this.#heavy.since > 60_000) this.#heavy = { since: now, count: 0 }
    this.#heavy.count += 1
    return this.#heavy.count > HEAVY_PER_MINUTE
  }

  #readUpdate(update: Uint8Array, { isAnswer }: { isAnswer: boolean }): void {
    const { room } = this
    const { userId } = this.access
    const verdict = judge({
      update,
      ledger: room.ledger,
      userId,
      part: room.key.part,
      mayWrite: this.mayWrite,
      mayBind: LIMITS.maxNewClientIdsPerConnection - this.#takenIds,
    })
    this.#around.metrics.updates(verdict.kind)
    switch (verdict.kind) {
      case 'refuse':
        return this.refuse(verdict.reason)
      case 'deletes': {
        if (this.#asksTooOften({ times: CLOSE_LOOK })) return this.close(CLOSE.tooSlow, 'asks too often')
        if (!follow(verdict.deletes, room.judgedState())) return this.refuse('no-pen')
        room.ledger.imply(verdict.deletes)
        if (isAnswer) this.#fillHole()
        return this.#queue({ edit: undefined, from: this, frame: this.#frames })
      }
      case 'missing':
        return this.#askAgain({ isAnswer })
      case 'nothing':
        if (isAnswer) this.#fillHole()
        return this.#queue({ edit: undefined, from: this, frame: this.#frames })
      case 'apply': {
        if (room.bytes + verdict.update.length > LIMITS.maxPartBytes) return this.refuse('too-large')
        if (verdict.effort > 0 && !this.#maySpend(verdict)) return this.refuse('too-large')
        if (room.queuedBytes + verdict.update.length > 2 * this.#around.marks.maxQueuedBytes)
          return this.close(CLOSE.unavailable, 'edits can not be stored at the moment')
        const counted = this.#countBytes(verdict.update.length)
        if (counted === 'used-up') return this.refuse('daily-limit')
        if (counted === 'later') return this.close(CLOSE.unavailable, 'too much at once')
        if (isAnswer) this.#fillHole()
        const { change, update: bytes, decoded } = verdict
        this.#takenIds += change.newClientIds.length
        room.ledger.advance(change, userId)
        const { epoch } = this.access
        const edit = { userId, at: this.#around.now(), bytes, decoded, newClientIds: change.newClientIds, epoch }
        return this.#queue({ edit, from: this, frame: this.#frames })
      }
    }
  }

  /** What seems too dear by its bytes may be cheap in this document: thousands of paragraphs brought back, each to its place. */
  #maySpend({ update, effort }: { readonly update: Uint8Array; readonly effort: number }): boolean {
    const { room } = this
    const by = { userId: this.access.userId, now: this.#around.monotonic() }
    if (room.effort.spend(effort, by)) return true
    if (!room.effort.mayLook(by.now) || this.#asksTooOften({ times: CLOSE_LOOK })) return false
    const { steps, isQuick } = countSteps(update, room.judgedState())
    room.effort.looked({ ms: this.#around.monotonic() - by.now, isQuick })
    return room.effort.spend(Math.min(steps, effort), by)
  }

  #queue(queued: Queued): void {
    this.room.enqueue(queued)
    this.#around.wake(this.room)
  }

  #fillHole(): void {
    if (!this.#hole) return
    this.#hole = undefined
    this.#filledBy = this.#frames
  }

  /** A client that typed before its answer arrived sends holes honestly; an answer with holes will not get better. */
  #askAgain({ isAnswer }: { isAnswer: boolean }): void {
    if (this.#hole) {
      this.#hole.dropped += 1
      if (isAnswer || this.#hole.dropped > MAX_HOLES) this.refuse('missing-edits')
      return
    }
    this.#hole = { dropped: 0 }
    this.send(new Outgoing([step1Frame(this.room.ledger.stateVector())]))
  }

  /** Only what the socket says about itself counts; stock clients repeat what they heard of others. */
  #readPresence(entries: ReturnType<typeof readPresence>): void {
    for (const { clientId, clock, state } of entries) {
      if (this.#claimsForeign(clientId, state)) return this.refuse('foreign-client-id')
      if (this.#presence ? clientId !== this.#presence.clientId : !state || !this.#mayTake(clientId)) continue
      if (!state) {
        this.#hidePresence()
        continue
      }
      if (!this.#presence) this.#bind(clientId)
      this.#presence = { clientId, clock, state }
      this.#showPresenceSoon()
    }
  }

  #showPresenceSoon(): void {
    if (this.#isPresencePlanned || !this.#presence) return
    const wait = this.#presenceDueAt - this.#around.monotonic()
    if (wait <= 0) return this.#showPresence(this.#presence)
    this.#isPresencePlanned = true
    this.#around.after(Math.ceil(wait), () => {
      this.#isPresencePlanned = false
      if (this.#isOpen && this.#presence) this.#showPresence(this.#presence)
    })
  }

  /**
   * Somebody else has written under the id that this client takes for its own: what it typed would look known here and be
   * passed over. Nobody repeats what was never told.
   */
  #claimsForeign(clientId: number, state: Record<string, unknown> | undefined): boolean {
    return !this.#presence && !!state && !this.#mayTake(clientId) && !this.room.presenceClocks.has(clientId)
  }

  #mayTake(clientId: number): boolean {
    const owner = this.room.ledger.owners.get(clientId)
    return owner === undefined ? !this.room.ledger.clocks.has(clientId) : owner === this.access.userId
  }

  /** Before anybody else hears of the id: later it could be taken by whoever writes first. */
  #bind(clientId: number): void {
    this.room.ledger.owners.set(clientId, this.access.userId)
    if (this.mayWrite) this.room.storeOwner(clientId, this.access.userId)
    // The same client on a new line, while the old one is not yet known to be dead.
    for (const other of this.room.connections) if (other.#presence?.clientId === clientId) other.#presence = undefined
  }

  #showPresence({ clientId, clock, state }: { clientId: number; clock: number; state: Record<string, unknown> }): void {
    const { room } = this
    const json = stamp(state, this.access)
    this.#presenceDueAt = this.#around.monotonic() + json.length / PRESENCE_BYTES_PER_MS
    // A client that comes back starts with the clock it left with; others take only a higher one.
    const told = room.presenceClocks.get(clientId)
    const outClock = told !== undefined && told >= clock ? told + 1 : clock
    room.presence.set(clientId, { clock: outClock, json })
    this.#tellPresence(clientId, outClock)
  }

  #hidePresence(): void {
    const presence = this.#presence
    if (!presence) return
    const { room } = this
    this.#presence = undefined
    const clock = room.presence.get(presence.clientId)?.clock ?? presence.clock
    room.presence.delete(presence.clientId)
    room.keepOwner(presence.clientId)
    this.#tellPresence(presence.clientId, clock)
  }

  /** Only the last state of a turn, or of a pause, goes out, that of everybody in one frame. */
  #tellPresence(clientId: number, clock: number): void {
    const { room } = this
    room.presenceClocks.set(clientId, clock)
    if (room.presenceNews.size === 0) {
      const now = this.#around.monotonic()
      const dueAt = Math.max(now, room.presenceToldAt + PRESENCE_EVERY_MS)
      room.presenceToldAt = dueAt
      if (dueAt > now) this.#around.after(Math.ceil(dueAt - now), () => room.tellPresence())
      else this.#around.endOfTurn(() => room.tellPresence())
    }
    room.presenceNews.add(clientId)
  }

  #answerPresence(): void {
    if (this.#asksTooOften()) return this.close(CLOSE.tooSlow, 'asks too often')
    this.#asked.presence = true
    this.#planAnswer()
  }
}

function whole(reader: ByteReader): Uint8Array {
  const bytes = reader.varBytes()
  if (!reader.atEnd) throw new Malformed('bytes after the end')
  return bytes
}

const isEmptyVector = (stateVector: Uint8Array) => stateVector.length === 1 && stateVector[0] === 0

function checkStateVector(bytes: Uint8Array): void {
  const reader = new ByteReader(bytes)
  for (let left = reader.varUint(); left > 0; left -= 1) {
    reader.varUint()
    reader.varUint()
  }
  if (!reader.atEnd) throw new Malformed('bytes after the end')
}
