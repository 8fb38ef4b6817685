import type { SyncMetrics } from './metrics.ts'
import type { Room } from './room.ts'
import type { System } from './system.ts'
import type { LogEntry, OnCommitted, PartStore, SyncLog } from './types.ts'

const RETRY_MS = { first: 100, most: 5000 } as const

/**
 * The one writer of the log: whatever all rooms have waiting goes into one transaction, and the next one starts when it
 * is on the disk. A room whose edits can't be stored holds up nobody else.
 */
export class Committer {
  readonly #store: PartStore
  readonly #system: System
  readonly #metrics: SyncMetrics
  readonly #log: SyncLog
  readonly #onCommitted: OnCommitted
  readonly #onTrouble: (room: Room, ok: boolean) => void
  readonly #waiting = new Set<Room>()
  readonly #resting = new Set<Room>()
  #state: 'idle' | 'scheduled' | 'committing' = 'idle'

  constructor(options: {
    store: PartStore
    system: System
    metrics: SyncMetrics
    log: SyncLog
    onCommitted: OnCommitted
    /** A room's commits began to fail, or work again. */
    onTrouble: (room: Room, ok: boolean) => void
  }) {
    this.#store = options.store
    this.#system = options.system
    this.#metrics = options.metrics
    this.#log = options.log
    this.#onCommitted = options.onCommitted
    this.#onTrouble = options.onTrouble
  }

  /** The room has something in its queue. */
  wake(room: Room): void {
    this.#waiting.add(room)
    if (this.#state !== 'idle' || this.#resting.has(room)) return
    this.#state = 'scheduled'
    this.#system.endOfTurn(() => void this.#run())
  }

  async #run(): Promise<void> {
    this.#state = 'committing'
    for (let rooms = this.#ready(); rooms.length > 0; rooms = this.#ready()) await this.#commit(rooms)
    this.#state = 'idle'
  }

  #ready(): Room[] {
    const rooms = [...this.#waiting].filter((room) => !this.#resting.has(room))
    for (const room of rooms) this.#waiting.delete(room)
    return rooms
  }

  async #commit(rooms: readonly Room[]): Promise<void> {
    const entries = rooms.flatMap((room) => room.takeBatch().flatMap(({ entry }) => entry ?? []))
    const start = this.#system.monotonic()
    try {
      if (entries.length > 0) await this.#store.append(entries)
    } catch (error) {
      this.#metrics.commitFailed()
      await this.#failed(rooms, error)
      return
    }
    if (entries.length > 0) this.#metrics.committed(entries.length, (this.#system.monotonic() - start) / 1000)
    const at = new Date(this.#system.now()).toISOString()
    for (const room of rooms) {
      const hadTrouble = room.failures > 0
      room.settle(at)
      // A batch that came again left newer edits in the queue.
      if (!room.isIdle) this.#waiting.add(room)
      if (hadTrouble) this.#onTrouble(room, true)
    }
    this.#tell(entries)
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
