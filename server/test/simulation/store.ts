import { disableFormatCleanup } from '@gongping/report-doc'
import * as Y from 'yjs'
import { RightsMovedError, SequenceTakenError } from '../../src/sync/shared-log.ts'
import type { SharedLog } from '../../src/sync/shared-log.ts'
import type { LogEntry, PartKey, PartStore, StoredPart } from '../../src/sync/types.ts'
import type { SimRights } from './rights.ts'
import { tokensIn } from './tokens.ts'
import type { Life, World } from './world.ts'

export const nameOf = ({ reportId, part }: PartKey) => `${reportId}/${part}`

interface StoredRoom {
  readonly key: PartKey
  readonly seed: Uint8Array
  state: Uint8Array
  stateSeq: number
  readonly rows: Map<number, LogEntry>
  /** By client id: whose it is, and the row that brought it. */
  readonly owners: Map<number, { readonly userId: string; readonly seq: number }>
}

type Fate = 'stored' | 'full' | 'timeout, stored' | 'timeout, not stored' | 'duplicate'

interface Write {
  readonly life: Life
  readonly entries: readonly LogEntry[]
}

/**
 * The disk: it outlives crashes. A write is on it at a later event; a crash before that forgets the write, or keeps it
 * in one case of ten; it fails as disks and databases do.
 */
export class SimStore {
  /** Every token that is on the disk. */
  readonly tokens = new Set<string>()
  /** Called with what the core wants stored, before it is. */
  onAppend: (entries: readonly LogEntry[]) => void = () => undefined
  /** Called with rows at the moment in which they get on it. */
  onPut: (entries: readonly LogEntry[]) => void = () => undefined
  /** Share of writes that fail, 0 to 1. */
  failures = 0
  /** Share of loads that fail, 0 to 1. */
  loadFailures = 0
  readonly #world: World
  readonly #rights: SimRights
  readonly #rooms = new Map<string, StoredRoom>()
  readonly #writes = new Set<Write>()

  constructor(world: World, rights: SimRights) {
    this.#world = world
    this.#rights = rights
  }

  create(key: PartKey, seed: Uint8Array): void {
    this.#rooms.set(nameOf(key), { key, seed, state: seed, stateSeq: 0, rows: new Map(), owners: new Map() })
    for (const token of tokensIn(seed)) this.tokens.add(token)
  }

  hasOwner(key: PartKey, clientId: number): boolean {
    return this.#roomOf(key).owners.has(clientId)
  }

  get isWriting(): boolean {
    return this.#writes.size > 0
  }

  /** The store as one run of the server sees it. */
  connect(life: Life): PartStore {
    const { random } = this.#world
    return {
      load: (key) =>
        new Promise((resolve, reject) => {
          const early = random.next() < 0.5 ? this.#read(key) : undefined
          this.#world.schedule(random.below(30), 'load', () => {
            if (!life.alive) return
            if (random.next() < this.loadFailures) return reject(new Error('can not be read'))
            const stored = early ?? this.#read(key)
            if (stored instanceof Error) reject(stored)
            else resolve(stored)
          })
        }),
      append: (entries) =>
        new Promise((resolve, reject) => {
          this.onAppend(entries)
          const write = { life, entries }
          this.#writes.add(write)
          const fate = this.#fate()
          this.#world.schedule(1 + random.below(25), fate, () => {
            if (!life.alive) return
            this.#writes.delete(write)
            try {
              if (fate === 'stored' || fate === 'timeout, stored') this.#put(entries)
            } catch (error) {
              return reject(error as Error)
            }
            if (fate === 'stored') resolve()
            else reject(new Error(fate))
          })
        }),
    }
  }

  /** What nodes ask of the log besides. */
  share(life: Life): SharedLog {
    const { random } = this.#world
    const ask = <T>(read: () => T) =>
      new Promise<T>((resolve) => {
        const early = random.next() < 0.5 ? { answer: read() } : undefined
        this.#world.schedule(1 + random.below(20), 'question', () => {
          if (life.alive) resolve(early ? early.answer : read())
        })
      })
    return {
      readAfter: (key, seq) => ask(() => this.#rowsAfter(key, seq)),
      positions: (reportIds) =>
        ask(() =>
          [...this.#rooms.values()]
            .filter(({ key }) => reportIds.includes(key.reportId))
            .map(({ key, rows, stateSeq }) => {
              const seq = Math.max(stateSeq, ...rows.keys())
              return { ...key, seq, stateSeq, epoch: this.#rights.epoch, scoredAt: undefined }
            }),
        ),
      standingSessions: (sessionIds) => ask(() => new Set(sessionIds.filter((id) => this.#rights.isStanding(id)))),
    }
  }

  /** As many as are kept one by one: folded rows may have been joined. */
  #rowsAfter(key: PartKey, seq: number): readonly LogEntry[] | undefined {
    const { rows, stateSeq, owners } = this.#roomOf(key)
    if (seq < stateSeq && this.#world.random.next() < 0.3) return undefined
    const bound = [...owners].flatMap(([id, owner]) => (owner.seq > seq ? [[id, owner.userId] as const] : []))
    const after: LogEntry[] = []
    for (let row = rows.get(seq + 1); row; row = rows.get(row.seq + 1)) {
      after.push({ ...row, newClientIds: [], seenClients: after.length === 0 ? bound : undefined })
    }
    return after
  }

  /** What was on its way to the disk is gone, or just made it. */
  crash(life: Life): void {
    life.alive = false
    for (const write of this.#writes) {
      if (write.life !== life) continue
      this.#writes.delete(write)
      if (this.#world.random.below(10) === 0) this.#putIfItCan(write.entries)
    }
  }

  /** Replaces the folded state, as the server's scorer does after each save. */
  fold(key: PartKey, seq: number, state: Uint8Array): void {
    const room = this.#roomOf(key)
    if (seq < room.stateSeq) return
    room.state = state
    room.stateSeq = seq
  }

  /** The log played back row by row, without any help of the server. */
  replay(key: PartKey): Y.Doc {
    const room = this.#roomOf(key)
    const doc = new Y.Doc({ gc: false })
    disableFormatCleanup(doc)
    Y.applyUpdate(doc, room.seed)
    for (const seq of [...room.rows.keys()].toSorted((one, other) => one - other)) {
      Y.applyUpdate(doc, (room.rows.get(seq) as LogEntry).bytes)
    }
    return doc
  }

  #putIfItCan(entries: readonly LogEntry[]): void {
    try {
      this.#put(entries)
    } catch {
      // Somebody else was first, and nobody is there to be told.
    }
  }

  #fate(): Fate {
    const { random } = this.#world
    if (random.next() >= this.failures) return 'stored'
    return random.pick(['full', 'timeout, stored', 'timeout, not stored', 'duplicate'] as const)
  }

  /** All or nothing, as one transaction. The same rows again are no error. */
  #put(entries: readonly LogEntry[]): void {
    const there = entries.map((entry) => this.#roomOf(entry).rows.get(entry.seq))
    const taken = entries.filter(({ bytes }, index) => there[index] && Buffer.compare(there[index].bytes, bytes) !== 0)
    if (taken.length > 0) throw new SequenceTakenError(taken)
    if (there.every((row) => row !== undefined)) return
    const { epoch } = this.#rights
    const moved = entries.filter((entry) => entry.epoch !== undefined && entry.epoch !== epoch)
    if (moved.length > 0) throw new RightsMovedError([...new Set(moved.map(({ reportId }) => reportId))])
    this.onPut(entries)
    for (const entry of entries) {
      const room = this.#roomOf(entry)
      room.rows.set(entry.seq, entry)
      const written = entry.newClientIds.map((clientId) => [clientId, entry.userId] as const)
      for (const [clientId, userId] of [...written, ...(entry.seenClients ?? [])]) {
        if (!room.owners.has(clientId)) room.owners.set(clientId, { userId, seq: entry.seq })
      }
      for (const token of tokensIn(entry.bytes)) this.tokens.add(token)
    }
  }

  #read(key: PartKey): StoredPart | Error {
    const room = this.#roomOf(key)
    const tail: Uint8Array[] = []
    let seq = room.stateSeq
    for (let row = room.rows.get(seq + 1); row; row = room.rows.get(seq + 1)) {
      tail.push(row.bytes)
      seq += 1
    }
    const last = Math.max(0, ...room.rows.keys())
    if (last > seq) return new Error(`gap before ${last}`)
    return { seq, state: room.state, tail, owners: new Map([...room.owners].map(([id, { userId }]) => [id, userId])) }
  }

  #roomOf(key: PartKey): StoredRoom {
    const room = this.#rooms.get(nameOf(key))
    if (!room) throw new Error(`no ${nameOf(key)}`)
    return room
  }
}
