import { KIND, LoadClient, Reader, type Line, keystroke } from './load-client.ts'

/** What the load does: each writer `perSecond`, or always `window` keystrokes under way that not everybody has. */
export type Pace = { readonly perSecond: number } | { readonly window: number }

export interface Shown {
  /** One keystroke of one writer at one other client. */
  readonly deliveries: number
  readonly frames: number
  /** Milliseconds since the process began. */
  readonly at: number
  /** Of this process, seconds. */
  readonly cpu: number
}

export interface Typed {
  readonly sent: number
  readonly deliveries: number
  /** Deliveries that never came. */
  readonly missing: number
  /** Close codes of lines that did not stay open. */
  readonly closed: readonly number[]
  /** Milliseconds from the writer's socket to the reader's, since the last `restartClock`. */
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
  /** Keystrokes per writer, by room: clock n of client id `clientIdOf(i)` is there. */
  readonly clocks: readonly (readonly number[])[]
}

interface Writer {
  readonly client: Member
  readonly index: number
  readonly readers: number
  sent: number
  deliveries: number
  dueAt: number
  /** When keystroke n was written, at n modulo the length. */
  readonly sentAt: Float64Array
}

interface Member {
  readonly socket: LoadClient
  readonly room: Room
  /** Next clock by writer. */
  readonly seen: Int32Array
}

interface Room {
  readonly writers: Writer[]
}

const MAX_UNDER_WAY = 1 << 14
const MAX_WRITERS = 1000
const QUIET_MS = 10_000
const PRESENCE_ID = 0xc000_0000
/** Five bytes long like most real ones. */
export const clientIdOf = (writer: number) => 0xb000_0000 + writer

/** Rooms full of clients, in this process; some of them type, all of them note what they are shown. */
export class Typing {
  readonly #members: Member[][] = []
  readonly #delays = new Delays()
  readonly #closed: number[] = []
  #writers: Writer[] = []
  #deliveries = 0
  #frames = 0
  #now = 0
  #pace: Pace | undefined
  /** Keystrokes a writer may make. */
  #limit = Infinity
  #isPumping = false

  /** @param rooms lines by room; resolves when every one of them is in its document */
  async open(rooms: readonly (readonly Line[])[], atOnce: number): Promise<void> {
    const waiting: (() => Promise<void>)[] = []
    for (const lines of rooms) {
      const room: Room = { writers: [] }
      const members: Member[] = []
      this.#members.push(members)
      for (const line of lines) waiting.push(async () => void members.push(await this.#join(line, room)))
    }
    let next = 0
    const worker = async () => {
      while (next < waiting.length) await waiting[next++]?.()
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
  }

  /** @param writers how many in each room */
  start(writers: number, pace: Pace): void {
    const startAt = performance.now()
    for (const members of this.#members) {
      for (const client of members.slice(0, writers)) {
        const index = client.room.writers.length
        const readers = members.length - 1
        // The golden ratio spreads the writers evenly over the time between two keystrokes.
        const phase = (this.#writers.length * 0.618_033_988_75) % 1
        const dueAt = 'perSecond' in pace ? startAt + (phase * 1000) / pace.perSecond : 0
        const writer = {
          client,
          index,
          readers,
          sent: 0,
          deliveries: 0,
          dueAt,
          sentAt: new Float64Array(MAX_UNDER_WAY),
        }
        client.room.writers.push(writer)
        this.#writers.push(writer)
      }
    }
    this.#pace = pace
    if ('perSecond' in pace) this.#tick(1000 / pace.perSecond)
    else this.#pump()
  }

  shown(): Shown {
    const { user, system } = process.cpuUsage()
    return { deliveries: this.#deliveries, frames: this.#frames, at: performance.now(), cpu: (user + system) / 1e6 }
  }

  /** Delays before now do not count. */
  restartClock(): void {
    this.#delays.clear()
  }

  /** The writers of each room type so many keystrokes each. */
  async typeExactly(o: { writers: number; keystrokes: number; window: number }): Promise<void> {
    this.#limit = o.keystrokes
    this.start(o.writers, { window: o.window })
    while (this.#writers.some(({ sent }) => sent < o.keystrokes)) await pause(5)
  }

  /** No more keystrokes; waits until everybody has all of them, or nothing more comes. */
  async stop(): Promise<Typed> {
    this.#pace = undefined
    const expected = this.#writers.reduce((sum, { sent, readers }) => sum + sent * readers, 0)
    let last = this.#deliveries
    let lastAt = performance.now()
    while (this.#deliveries < expected && performance.now() - lastAt < QUIET_MS) {
      await pause(20)
      if (this.#deliveries === last) continue
      last = this.#deliveries
      lastAt = performance.now()
    }
    return {
      sent: this.#writers.reduce((sum, { sent }) => sum + sent, 0),
      deliveries: this.#deliveries,
      missing: expected - this.#deliveries,
      closed: this.#closed,
      p50: this.#delays.percentile(50),
      p95: this.#delays.percentile(95),
      p99: this.#delays.percentile(99),
      max: this.#delays.percentile(100),
      clocks: this.#members.map(([first]) => first?.room.writers.map(({ sent }) => sent) ?? []),
    }
  }

  /** One client stops reading. */
  stall(): void {
    this.#members[0]?.at(-1)?.socket.stall()
  }

  /** The first client says where it is, over and over: `bytes` a time, `perSecond` times for `seconds`. */
  async chatter({ bytes, perSecond, seconds }: { bytes: number; perSecond: number; seconds: number }): Promise<void> {
    const client = this.#members[0]?.[0]
    const startAt = performance.now()
    const json = JSON.stringify({ cursor: 'x'.repeat(bytes) })
    for (let clock = 1; clock <= perSecond * seconds; clock += 1) {
      client?.socket.write(client.socket.presenceFrame({ clientId: PRESENCE_ID, clock, json }))
      const ahead = (clock * 1000) / perSecond - (performance.now() - startAt)
      if (ahead > 1) await pause(ahead)
    }
  }

  close(): void {
    this.#pace = undefined
    for (const { socket } of this.#members.flat()) socket.end()
    this.#members.length = 0
    this.#writers = []
  }

  #join(line: Line, room: Room): Promise<Member> {
    const { promise, resolve, reject } = Promise.withResolvers<Member>()
    const socket: LoadClient = new LoadClient(line, {
      onSync: (kind, bytes, start) => {
        if (kind === KIND.step2) resolve(member)
        if (this.#writers.length > 0) this.#note(member, bytes, start)
      },
      onClose: (code) => {
        if (this.#members.length > 0) this.#closed.push(code)
        reject(new Error(`${line.path} was closed with ${code}`))
      },
    })
    const member: Member = { socket, room, seen: new Int32Array(MAX_WRITERS) }
    socket.opened.then(() => line.dialect === 'relay' && resolve(member), reject)
    return promise
  }

  #note(member: Member, bytes: Buffer, start: number): void {
    this.#frames += 1
    this.#now = performance.now()
    const reader = new Reader(bytes, start)
    for (let sections = reader.varUint(); sections > 0; sections -= 1) {
      let structs = reader.varUint()
      const writer = member.room.writers[reader.varUint() - clientIdOf(0)]
      let clock = reader.varUint()
      const first = clock
      for (; structs > 0; structs -= 1) clock += reader.struct()
      // What one typed oneself comes back from some servers.
      if (writer && writer.client !== member) this.#count(member, writer, first, clock)
    }
    if (this.#pace && 'window' in this.#pace && !this.#isPumping) {
      this.#isPumping = true
      setImmediate(() => this.#pump())
    }
  }

  #count({ seen }: Member, writer: Writer, first: number, end: number): void {
    const from = Math.max(first, seen[writer.index] ?? 0)
    if (end <= from) return
    for (let clock = from; clock < end; clock += 1) {
      this.#delays.add(this.#now - (writer.sentAt[clock % MAX_UNDER_WAY] as number))
    }
    seen[writer.index] = end
    writer.deliveries += end - from
    this.#deliveries += end - from
  }

  #tick(everyMs: number): void {
    if (!this.#pace) return
    const now = performance.now()
    for (const writer of this.#writers) {
      for (; writer.dueAt <= now; writer.dueAt += everyMs) this.#type(writer, 1)
    }
    setTimeout(() => this.#tick(everyMs), 1)
  }

  #pump(): void {
    this.#isPumping = false
    if (!this.#pace || !('window' in this.#pace)) return
    for (const writer of this.#writers) {
      const done = writer.readers > 0 ? Math.floor(writer.deliveries / writer.readers) : 0
      this.#type(writer, Math.min(this.#limit, this.#pace.window + done) - writer.sent)
    }
  }

  #type(writer: Writer, count: number): void {
    if (count <= 0) return
    const { client, index } = writer
    const frames: Uint8Array[] = []
    const now = performance.now()
    for (let left = count; left > 0; left -= 1) {
      writer.sentAt[writer.sent % MAX_UNDER_WAY] = now
      frames.push(client.socket.syncFrame(KIND.update, keystroke(clientIdOf(index), writer.sent)))
      writer.sent += 1
    }
    client.socket.write(frames.length === 1 ? (frames[0] as Uint8Array) : Buffer.concat(frames))
  }
}

/** A histogram: 20 µs a bucket, up to 4 s. */
class Delays {
  readonly #counts = new Uint32Array(200_000)
  #total = 0

  add(ms: number): void {
    const bucket = Math.min(this.#counts.length - 1, Math.max(0, (ms * 50) | 0))
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1
    this.#total += 1
  }

  clear(): void {
    this.#counts.fill(0)
    this.#total = 0
  }

  percentile(p: number): number {
    const wanted = Math.ceil((p / 100) * this.#total)
    let sum = 0
    for (const [bucket, count] of this.#counts.entries()) {
      sum += count
      if (sum >= wanted) return (bucket + 1) / 50
    }
    return Number.NaN
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
