import { CLOSE } from '@gongping/protocol'
import type { ExtFrame } from '@gongping/protocol'
import type { Part } from '@gongping/permissions'
import type { ServerEvent } from '@gongping/protocol/http'
import type { Bus } from './bus.ts'
import type { ClusterMetrics } from './cluster-metrics.ts'
import { ClusterPresence } from './cluster-presence.ts'
import { decodeHint, encodeHint } from './hints.ts'
import type { Hint } from './hints.ts'
import type { Hub } from './hub.ts'
import type { Peers } from './peers.ts'
import { judgeWaiting, takeRows, takeStored } from './rebase.ts'
import type { AccessByUser } from './rebase.ts'
import type { Room } from './room.ts'
import { RightsMovedError, SequenceTakenError } from './shared-log.ts'
import type { Position, SharedLog } from './shared-log.ts'
import type { System } from './system.ts'
import type { Access, FindAccess, LogEntry, PartStore, SyncLog } from './types.ts'

export interface ClusterOptions {
  /** Unique among the nodes, another one after each start. */
  readonly node: string
  /** Undefined: nodes follow each other by the database alone. */
  readonly bus: Bus | undefined
  readonly store: PartStore
  readonly shared: SharedLog
  readonly findAccess: FindAccess
  readonly system: System
  readonly log: SyncLog
  readonly metrics: ClusterMetrics
  /** Ends questions the database does not answer. */
  readonly abandonConnections: () => void
  /** Lines to people that are none of the hub's; they end with their sessions as its lines do. */
  readonly streams: {
    sessionIds(): ReadonlySet<string>
    end(sessionIds: ReadonlySet<string> | 'all'): void
  }
  /** Another node says so; not to be told on. */
  readonly onEvent: (event: ServerEvent, only: readonly string[] | undefined) => void
  /** A report open here has a score that nobody told of. */
  readonly onScored: (reportId: string) => void
  /** A report open here has edits that nobody scored. */
  readonly onUnscored: (reportId: string) => void
}

const POLL_MS = 1000
/** Silence of the database after which this node takes itself for cut off. */
const CUT_AFTER_MS = 6000
/** Silence of a node after which nobody is shown on its lines. */
const NODE_GONE_AFTER_MS = 5000
/** Looks at a part whose state stays behind its log, before somebody else than its writer scores it. */
const LOOKS_BEFORE_SCORING = 4

/** So long after another node wrote a part, or wanted to, it counts as written there, too. */
const SHARED_FOR_MS = 2000

const ALL = 'gongping:all'
const channelOf = (reportId: string) => `gongping:report:${reportId}`

/**
 * Keeps the documents of this node in step with those of others. The log is the truth; hints only make it quick: each is
 * applied where it is the next row, else the log is read. Once a second the log is looked at anyway.
 */
export class Cluster implements Peers {
  readonly #o: ClusterOptions
  readonly #presence: ClusterPresence
  #hub: Hub | undefined
  /** Rooms of each report in memory here. */
  readonly #roomsOf = new Map<string, Set<Room>>()
  readonly #catchingUp = new Map<Room, Promise<void>>()
  /** When another node last had edits for it, by the monotonic clock. */
  readonly #sharedAt = new WeakMap<Room, number>()
  /** Rooms that missed something while they appended. */
  readonly #behind = new Set<Room>()
  /** For those who wait for the append under way. */
  readonly #appendEnds = new Map<Room, PromiseWithResolvers<void>>()
  /** When each node was heard of last, by the monotonic clock. */
  readonly #nodes = new Map<string, number>()
  /** Score last told to the lines of a report here. */
  readonly #scoredAt = new Map<string, number>()
  /** Looks in a row at which a part's state was behind its log, and at the same place. */
  readonly #unscored = new WeakMap<Room, { readonly stateSeq: number; looks: number }>()
  #isPolling = false
  #answeredAt: number
  #isCut = false
  readonly #stops: (() => void)[] = []

  constructor(options: ClusterOptions) {
    this.#o = options
    const { bus, system } = options
    this.#presence = new ClusterPresence((reportId, hint) => this.#tell(channelOf(reportId), hint), system)
    this.#answeredAt = system.monotonic()
    bus?.listen(
      (channel, message) => this.#hear(channel, message),
      () => this.#onBusUp(),
    )
    bus?.subscribe(ALL)
  }

  /** Call it once, before the first line joins. */
  attach(hub: Hub): void {
    this.#hub = hub
    const { system } = this.#o
    this.#stops.push(
      hub.onCommitted((reportId, rows, by) => {
        if (by === 'here') this.#tell(channelOf(reportId), { type: 'rows', rows })
      }),
      system.every(POLL_MS, () => this.#tick()),
    )
  }

  get isCut(): boolean {
    return this.#isCut
  }

  get nodes(): number {
    return this.#nodes.size
  }

  get isBusUp(): boolean {
    return this.#o.bus?.isUp() ?? false
  }

  /** Rights on the report changed at this node. */
  tellRights(reportId: string, by: string): void {
    this.#tell(channelOf(reportId), { type: 'rights', reportId, by })
  }

  tellUser(userId: string): void {
    this.#tell(ALL, { type: 'user', userId })
  }

  tellEvent(event: ServerEvent, only: readonly string[] | undefined): void {
    this.#tell(ALL, { type: 'event', event, only })
  }

  /** Lines here were told this; so are those at other nodes. */
  tellPush(reportId: string, frame: ExtFrame): void {
    this.#noteScored(reportId, frame)
    this.#tell(channelOf(reportId), { type: 'push', reportId, frame })
  }

  /** Brings the parts of a report that are open here up to the log. @returns where the log is, by part */
  async catchUp(reportId: string): Promise<Map<Part, number>> {
    const positions = await this.#o.shared.positions([reportId])
    await Promise.all(
      positions.map(async ({ part, seq }) => {
        const room = this.#hub?.findRoom({ reportId, part })
        if (room && room.committedSeq < seq) await this.#catchUp(room)
      }),
    )
    return new Map(positions.map(({ part, seq }) => [part, seq]))
  }

  close(): void {
    this.#tell(ALL, { type: 'bye' })
    for (const stop of this.#stops) stop()
  }

  roomOpened(room: Room): void {
    const { reportId } = room.key
    let rooms = this.#roomsOf.get(reportId)
    if (!rooms) {
      this.#roomsOf.set(reportId, (rooms = new Set()))
      this.#o.bus?.subscribe(channelOf(reportId))
    }
    rooms.add(room)
    this.#presence.opened(room)
  }

  roomClosed(room: Room): void {
    const { reportId } = room.key
    const rooms = this.#roomsOf.get(reportId)
    if (!rooms?.delete(room) || rooms.size > 0) return
    this.#roomsOf.delete(reportId)
    this.#scoredAt.delete(reportId)
    this.#o.bus?.unsubscribe(channelOf(reportId))
  }

  async upToDate(room: Room): Promise<void> {
    // A read that has begun may have missed the last row; an append that begins and ends meanwhile proves as much as a read.
    for (let round = 0; round < 3; round += 1) {
      await this.#catchingUp.get(room)
      await this.#appendOf(room)
      await this.#catchUp(room)
      if (!this.#behind.has(room)) return
    }
  }

  async reconcile(rooms: readonly Room[], error: unknown): Promise<boolean> {
    this.#ended(rooms)
    try {
      if (error instanceof SequenceTakenError) {
        this.#o.metrics.overtaken()
        const taken = rooms.filter(({ key }) =>
          error.parts.some(({ reportId, part }) => reportId === key.reportId && part === key.part),
        )
        for (const { key } of taken) this.#tell(channelOf(key.reportId), { type: 'turn', ...key })
        await Promise.all(taken.map((room) => this.#catchUp(room)))
        // What was brought up to date gave its batch back; otherwise trying at once would only fail again.
        return taken.some(({ inFlight }) => inFlight === undefined)
      }
      if (error instanceof RightsMovedError) {
        for (const reportId of error.reportIds) {
          await this.#hub?.accessChanged(reportId)
          for (const room of rooms) if (room.key.reportId === reportId) await this.#judgeWaiting(room)
        }
        return true
      }
    } catch (problem) {
      this.#o.log.error({ error: String(problem) }, 'edits of other nodes could not be read')
    }
    return false
  }

  isShared(room: Room): boolean {
    // Who does not hear the others can't know.
    return !this.isBusUp || this.#o.system.monotonic() - (this.#sharedAt.get(room) ?? -Infinity) < SHARED_FOR_MS
  }

  appended(rooms: readonly Room[]): void {
    this.#ended(rooms)
    for (const room of rooms) if (this.#behind.delete(room)) this.#catchUpSoon(room)
  }

  /** Resolves when the append under way has ended, one way or the other. */
  #appendOf(room: Room): Promise<void> | undefined {
    if (!room.isAppending) return undefined
    let end = this.#appendEnds.get(room)
    if (!end) this.#appendEnds.set(room, (end = Promise.withResolvers()))
    return end.promise
  }

  #ended(rooms: readonly Room[]): void {
    for (const room of rooms) {
      this.#appendEnds.get(room)?.resolve()
      this.#appendEnds.delete(room)
    }
  }

  /** Asks for the rights of everybody whose edits wait, whether still on a line or not. */
  async #judgeWaiting(room: Room): Promise<void> {
    const access = new Map<string, Access | undefined>()
    for (const userId of room.waitingUsers()) {
      access.set(userId, await this.#o.findAccess(userId, room.key.reportId))
    }
    judgeWaiting(room, access satisfies AccessByUser)
    this.#hub?.wake(room)
  }

  #hear(channel: string, message: Uint8Array): void {
    const heard = decodeHint(message)
    if (!heard || heard.node === this.#o.node) return
    const { node, hint } = heard
    this.#o.metrics.heard(hint.type)
    this.#heardOf(node)
    try {
      this.#take(node, hint)
    } catch (error) {
      this.#o.log.error({ channel, type: hint.type, error: String(error) }, 'a hint could not be used')
    }
  }

  #take(node: string, hint: Hint): void {
    switch (hint.type) {
      case 'rows':
        return this.#takeRows(hint.rows)
      case 'rights':
        if (this.#roomsOf.has(hint.reportId)) this.#refreshRights(hint.reportId, hint.by)
        return
      case 'push':
        this.#noteScored(hint.reportId, hint.frame)
        return this.#hub?.push(hint.reportId, hint.frame)
      case 'presence': {
        const room = this.#hub?.findRoom(hint)
        return room && this.#presence.heard(room, node, hint.states)
      }
      case 'who': {
        const room = this.#hub?.findRoom(hint)
        return room && this.#presence.answer(room)
      }
      case 'turn': {
        const room = this.#hub?.findRoom(hint)
        if (room) this.#sharedAt.set(room, this.#o.system.monotonic())
        return
      }
      case 'user':
        this.#hub?.userChanged(hint.userId).catch((error: unknown) => {
          this.#o.log.error({ error: String(error) }, 'sessions could not be asked for')
        })
        return
      case 'event':
        return this.#o.onEvent(hint.event, hint.only)
      case 'beat':
        return
      case 'bye':
        return this.#nodeGone(node)
    }
  }

  /** Rows of one report, as one commit stored them. */
  #takeRows(rows: readonly LogEntry[]): void {
    const byRoom = new Map<Room, LogEntry[]>()
    for (const row of rows) {
      const room = this.#hub?.findRoom(row)
      if (!room || row.seq <= room.committedSeq) continue
      const list = byRoom.get(room)
      if (list) list.push(row)
      else byRoom.set(room, [row])
    }
    for (const [room, news] of byRoom) {
      const isNext = news.every(({ seq }, index) => seq === room.committedSeq + 1 + index)
      if (isNext && !room.isAppending && !this.#catchingUp.has(room)) this.#apply(room, news)
      else this.#catchUpSoon(room)
    }
  }

  #apply(room: Room, rows: readonly LogEntry[]): void {
    this.#sharedAt.set(room, this.#o.system.monotonic())
    takeRows(room, rows)
    this.#hub?.learnt(room, rows)
  }

  #catchUpSoon(room: Room): void {
    this.#catchUp(room).catch((error: unknown) => {
      this.#o.log.warn({ ...room.key, error: String(error) }, 'edits of other nodes could not be read; trying again')
    })
  }

  /** Reads from the log what the room lacks. One at a time per room; while it appends, afterwards. */
  #catchUp(room: Room): Promise<void> {
    const before = this.#catchingUp.get(room)
    if (before) return before
    if (room.isAppending) {
      this.#behind.add(room)
      return Promise.resolve()
    }
    const work = this.#read(room).finally(() => this.#catchingUp.delete(room))
    this.#catchingUp.set(room, work)
    return work
  }

  async #read(room: Room): Promise<void> {
    const { shared, store, metrics } = this.#o
    const rows = await shared.readAfter(room.key, room.committedSeq)
    const stored = rows ? undefined : await store.load(room.key)
    if (room.phase !== 'open') return
    // An append that began meanwhile may have stored what was read, or be about to fail over it.
    if (room.isAppending) {
      this.#behind.add(room)
      return
    }
    const news = rows?.filter(({ seq }) => seq > room.committedSeq) ?? []
    if (news.length > 0) {
      metrics.healed(news.length)
      this.#apply(room, news)
    } else if (stored && stored.seq > room.committedSeq) {
      metrics.healed(stored.seq - room.committedSeq)
      this.#hub?.learnt(room, [takeStored(room, stored)])
    }
  }

  #tick(): void {
    const { system } = this.#o
    this.#tell(ALL, { type: 'beat' })
    const now = system.monotonic()
    for (const [node, heardAt] of this.#nodes) if (now - heardAt > NODE_GONE_AFTER_MS) this.#nodeGone(node)
    if (!this.#isCut && now - this.#answeredAt > CUT_AFTER_MS) this.#cutOff()
    if (this.#isPolling) return
    this.#isPolling = true
    this.#poll()
      .catch((error: unknown) => {
        // Said once, when it is taken for cut off.
        this.#o.metrics.pollFailed(error)
      })
      .finally(() => (this.#isPolling = false))
      .catch(() => undefined)
  }

  /** One look at the log, the rights and the sessions behind everything open here. */
  async #poll(): Promise<void> {
    const hub = this.#hub
    if (!hub) return
    const { shared, streams, log } = this.#o
    const positions = await shared.positions([...this.#roomsOf.keys()])
    this.#answeredAt = this.#o.system.monotonic()
    if (this.#isCut) {
      this.#isCut = false
      log.warn({}, 'the database answers again')
    }
    for (const position of positions) this.#compare(hub, position)
    for (const reportId of staleRights(hub, positions)) {
      this.#refreshRights(reportId, '')
      this.#o.onEvent({ type: 'state', id: reportId }, undefined)
    }
    const sessions = streams.sessionIds().union(new Set([...hub.lines()].flatMap(({ sessionId }) => sessionId ?? [])))
    if (sessions.size === 0) return
    const ended = sessions.difference(await shared.standingSessions([...sessions]))
    if (ended.size === 0) return
    streams.end(ended)
    for (const line of hub.lines()) {
      const { sessionId } = line
      if (sessionId !== undefined && ended.has(sessionId)) line.close(CLOSE.signedOut, 'the session has ended')
    }
  }

  #compare(hub: Hub, { reportId, part, seq, stateSeq, scoredAt }: Position): void {
    const room = hub.findRoom({ reportId, part })
    if (room && room.committedSeq < seq) this.#catchUpSoon(room)
    if (scoredAt !== undefined) {
      const told = this.#scoredAt.get(reportId)
      this.#scoredAt.set(reportId, Math.max(scoredAt, told ?? 0))
      if (told !== undefined && scoredAt > told) this.#o.onScored(reportId)
    }
    if (!room) return
    const before = this.#unscored.get(room)
    if (seq <= stateSeq) this.#unscored.delete(room)
    else if (before?.stateSeq !== stateSeq) this.#unscored.set(room, { stateSeq, looks: 1 })
    else {
      before.looks += 1
      if (before.looks % LOOKS_BEFORE_SCORING === 0) this.#o.onUnscored(reportId)
    }
  }

  #noteScored(reportId: string, frame: ExtFrame): void {
    if (frame.type !== 'scored' || !this.#roomsOf.has(reportId)) return
    this.#scoredAt.set(reportId, Math.max(Date.parse(frame.scoredAt), this.#scoredAt.get(reportId) ?? 0))
  }

  #refreshRights(reportId: string, by: string): void {
    this.#hub?.accessChanged(reportId, by).catch((error: unknown) => {
      this.#o.log.error({ reportId, error: String(error) }, 'rights could not be read')
    })
  }

  /** Nothing can be stored here and nobody else's edits be seen: other nodes may be better off. */
  #cutOff(): void {
    const { streams, log, abandonConnections } = this.#o
    this.#isCut = true
    const lines = [...(this.#hub?.lines() ?? [])]
    log.error({ lines: lines.length }, 'the database does not answer; closing every line')
    for (const line of lines) line.close(CLOSE.unavailable, 'the database does not answer')
    streams.end('all')
    abandonConnections()
  }

  #heardOf(node: string): void {
    const isNew = !this.#nodes.has(node)
    this.#nodes.set(node, this.#o.system.monotonic())
    // It does not know who is on the lines here.
    if (isNew) this.#tellWhoIsHere()
  }

  #nodeGone(node: string): void {
    this.#nodes.delete(node)
    this.#presence.nodeGone(node, this.#hub?.openRooms() ?? [])
  }

  #onBusUp(): void {
    this.#tell(ALL, { type: 'beat' })
    this.#tellWhoIsHere()
    for (const room of this.#hub?.openRooms() ?? [])
      this.#tell(channelOf(room.key.reportId), { type: 'who', ...room.key })
  }

  #tellWhoIsHere(): void {
    for (const room of this.#hub?.openRooms() ?? []) this.#presence.answer(room)
  }

  #tell(channel: string, hint: Hint): void {
    this.#o.bus?.publish(channel, encodeHint(this.#o.node, hint))
  }
}

/** Reports with a line that was let in, or last asked for, under former rights. */
function staleRights(hub: Hub, positions: readonly Position[]): Set<string> {
  const epochs = new Map(positions.map(({ reportId, epoch }) => [reportId, epoch]))
  const stale = new Set<string>()
  for (const { room, access } of hub.lines()) {
    const epoch = epochs.get(room.key.reportId)
    if (epoch !== undefined && access.epoch !== undefined && access.epoch < epoch) stale.add(room.key.reportId)
  }
  return stale
}
