import type { SyncMetrics } from './metrics.ts'
import type { Peers } from './peers.ts'
import type { Room } from './room.ts'
import type { System } from './system.ts'
import type { LogEntry, PartStore, SyncLog } from './types.ts'

const RETRY_MS = { first: 100, most: 5000 } as const
/**
 * Between commits, milliseconds: an edit in a quiet moment never waits, typing by many shares commits and writes. More
 * people reading a document make its writes dearer, so they get them less often.
 */
const PACE_MS = { ofAll: 20, ofRoom: 20, ofRoomAtMost: 40, perReader: 0.1 } as const
/** With so much waiting nobody waits longer: in all, and more where it is spread over many documents. */
const PACE_UP_TO = { edits: 48, perRoom: 8 } as const
/**
 * After a commit of a part that other processes write, too, so many times as long as it took is left to them: whoever
 * finds its number taken asks the database twice before it can try again, and would come too late for ever otherwise.
 */
const COURTESY = { times: 3, mostMs: 1000 } as const

/**
 * The one writer of the log: whatever all rooms have waiting goes into one transaction, and the next one starts when it
 * is on the disk. A room whose edits can't be stored holds up nobody else.
 */
export class Committer {
  readonly #store: PartStore
  readonly #system: System
  readonly #metrics: SyncMetrics
  readonly #log: SyncLog
  readonly #onCommitted: (reportId: string, entries: readonly LogEntry[]) => void
  readonly #onTrouble: (room: Room, ok: boolean) => void
  readonly #onSettled: (room: Room) => void
  readonly #peers: Peers | undefined
  readonly #waiting = new Set<Room>()
  readonly #resting = new Set<Room>()
  #state: 'idle' | 'paced' | 'scheduled' | 'committing' = 'idle'
  #cancelPace = () => {}
  /** When the pause ends, by the monotonic clock. */
  #pacedUntil = Infinity
  #committedAt = -Infinity
  /** Edits and questions since the last commit. */
  #woken = 0

  constructor(options: {
    store: PartStore
    system: System
    metrics: SyncMetrics
    log: SyncLog
    onCommitted: (reportId: string, entries: readonly LogEntry[]) => void
    peers?: Peers | undefined
    /** A room's commits began to fail, or work again. */
    onTrouble: (room: Room, ok: boolean) => void
    /** Its commit is answered; perhaps nobody needs it any more. */
    onSettled: (room: Room) => void
  }) {
    this.#store = options.store
    this.#system = options.system
    this.#metrics = options.metrics
    this.#log = options.log
    this.#onCommitted = options.onCommitted
    this.#onTrouble = options.onTrouble
    this.#onSettled = options.onSettled
    this.#peers = options.peers
  }

  /** The room has something in its queue. */
  wake(room: Room): void {
    this.#waiting.add(room)
    this.#woken += 1
    if (this.#resting.has(room) || this.#state === 'committing' || this.#state === 'scheduled') return
    this.#plan(this.#dueAt(room))
  }

  /** Stores what the room has waiting without a pause. */
  hurry(room: Room): void {
    room.isUrgent = true
    if (this.#waiting.has(room)) this.wake(room)
  }

  /** The next commit is at that time; an earlier one stays. */
  #plan(dueAt: number): void {
    const wait = dueAt - this.#system.monotonic()
    if (this.#state === 'paced') {
      if (dueAt >= this.#pacedUntil) return
      this.#cancelPace()
    }
    if (wait > 0) {
      this.#state = 'paced'
      this.#pacedUntil = dueAt
      this.#cancelPace = this.#system.after(Math.ceil(wait), () => void this.#run())
      return
    }
    this.#state = 'scheduled'
    this.#system.endOfTurn(() => void this.#run())
  }

  async #run(): Promise<void> {
    this.#state = 'committing'
    for (let rooms = this.#ready(); rooms.length > 0; rooms = this.#ready()) await this.#commit(rooms)
    this.#state = 'idle'
    let dueAt = Infinity
    for (const room of this.#waiting) if (!this.#resting.has(room)) dueAt = Math.min(dueAt, this.#dueAt(room))
    if (dueAt < Infinity) this.#plan(dueAt)
  }

  #dueAt(room: Room): number {
    if (room.inFlight || room.isUrgent) return -Infinity
    if (room.waiting >= PACE_UP_TO.edits) return room.yieldsUntil
    if (this.#woken >= Math.max(PACE_UP_TO.edits, this.#waiting.size * PACE_UP_TO.perRoom)) return room.yieldsUntil
    const { ofAll, ofRoom, ofRoomAtMost, perReader } = PACE_MS
    const pace = Math.min(ofRoomAtMost, Math.max(ofRoom, room.connections.size * perReader))
    return Math.max(this.#committedAt + ofAll, room.committedAt + pace, room.yieldsUntil)
  }

  #ready(): Room[] {
    const now = this.#system.monotonic()
    const rooms = [...this.#waiting].filter((room) => !this.#resting.has(room) && this.#dueAt(room) <= now)
    for (const room of rooms) {
      this.#waiting.delete(room)
      room.isUrgent = false
    }
    if (rooms.length > 0) this.#committedAt = now
    this.#woken = 0
    return rooms
  }

  async #commit(rooms: readonly Room[]): Promise<void> {
    const start = this.#system.monotonic()
    const entries: LogEntry[] = []
    for (const room of rooms) {
      room.committedAt = start
      for (const { entry } of room.takeBatch().rows) entries.push(entry)
    }
    for (const room of rooms) room.isAppending = true
    try {
      if (entries.length > 0) await this.#store.append(entries)
    } catch (error) {
      for (const room of rooms) room.isAppending = false
      if (await this.#peers?.reconcile(rooms, error)) {
        for (const room of rooms) {
          room.isUrgent = true
          if (!room.isIdle) this.#waiting.add(room)
        }
        return
      }
      this.#metrics.commitFailed()
      await this.#failed(rooms, error)
      return
    }
    const end = this.#system.monotonic()
    if (entries.length > 0) this.#metrics.committed(entries.length, (end - start) / 1000)
    const at = new Date(this.#system.now()).toISOString()
    for (const room of rooms) {
      const hadTrouble = room.failures > 0
      room.isAppending = false
      if (this.#peers?.isShared(room)) {
        room.yieldsUntil = end + Math.min(COURTESY.times * (end - start), COURTESY.mostMs)
      }
      room.settle(at)
      // A batch that came again left newer edits in the queue.
      if (!room.isIdle) this.#waiting.add(room)
      if (hadTrouble) this.#onTrouble(room, true)
    }
    this.#tell(entries)
    for (const room of rooms) this.#onSettled(room)
    this.#peers?.appended(rooms)
  }

  async #failed(rooms: readonly Room[], error: unknown): Promise<void> {
    const [room] = rooms
    if (rooms.length > 1 || !room) {
      // One of them may be the cause: each on its own, so that the others go on.
      for (const one of rooms) await this.#commit([one])
      return
    }
    room.failures += 1
    this.#log.error(
      { ...room.key, failures: room.failures, error: String(error) },
      'edits could not be stored; trying again',
    )
    if (room.failures === 1) this.#onTrouble(room, false)
    this.#resting.add(room)
    const delay = Math.min(RETRY_MS.first * 2 ** (room.failures - 1), RETRY_MS.most)
    this.#system.after(delay, () => {
      this.#resting.delete(room)
      this.wake(room)
    })
  }

  #tell(entries: readonly LogEntry[]): void {
    const byReport = new Map<string, LogEntry[]>()
    for (const entry of entries) {
      const list = byReport.get(entry.reportId)
      if (list) list.push(entry)
      else byReport.set(entry.reportId, [entry])
    }
    for (const [reportId, list] of byReport) {
      try {
        this.#onCommitted(reportId, list)
      } catch (error) {
        this.#log.error({ reportId, error: String(error) }, 'a listener failed after a commit')
      }
    }
  }
}
