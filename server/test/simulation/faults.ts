import { encodeExt } from '@gongping/protocol'
import * as Y from 'yjs'
import type { Connection, QueueMarks } from '../../src/sync/connection.ts'
import { updateFrame, wholeOf } from '../../src/sync/outgoing.ts'
import { SequenceTakenError } from '../../src/sync/shared-log.ts'
import type { SharedLog } from '../../src/sync/shared-log.ts'
import type { LogEntry, PartStore, Transport } from '../../src/sync/types.ts'
import { isUpdateFrame, readFrame } from './frames.ts'
import type { SimLink } from './link.ts'
import type { SimStore } from './store.ts'
import type { Life, World } from './world.ts'

/**
 * Mistakes that real servers made, put around the core on purpose: a simulation that does not find each of them proves
 * nothing.
 */
export const PLANTED_FAULTS = [
  'debounced-store',
  'show-first',
  'parallel-writes',
  'confirm-hole',
  'no-binding',
  'saved-early',
  'skip-slow-readers',
  'endless-queue',
  'caught-up-too-soon',
  'session-asked-once',
  'rights-asked-once',
  'forget-seen-ids',
  'hints-only',
  'next-free-number',
  'rights-not-committed',
] as const
export type PlantedFault = (typeof PLANTED_FAULTS)[number]

/** These are no fault where there is one node. */
export const FAULTS_BETWEEN_NODES: readonly (PlantedFault | undefined)[] = [
  'hints-only',
  'next-free-number',
  'rights-not-committed',
]

/** @param show puts a frame on every line of the entry's room */
export function faultyStore(
  fault: PlantedFault | undefined,
  options: { world: World; life: Life; store: PartStore; show: (entry: LogEntry, frame: Uint8Array) => void },
): PartStore {
  const { world, life, store, show } = options
  const { load } = store
  switch (fault) {
    case 'debounced-store': {
      let waiting: LogEntry[] = []
      const flush = () => {
        const entries = waiting
        waiting = []
        store.append(entries).catch(() => {
          waiting = [...entries, ...waiting]
          world.schedule(500, 'flush', () => life.alive && flush())
        })
      }
      return {
        load,
        async append(entries) {
          if (waiting.length === 0) world.schedule(500, 'flush', () => life.alive && flush())
          waiting.push(...entries)
        },
      }
    }
    case 'show-first':
      return {
        load,
        append(entries) {
          for (const entry of entries) show(entry, wholeOf(updateFrame(entry.bytes)))
          return store.append(entries)
        },
      }
    case 'parallel-writes':
      return {
        load,
        async append(entries) {
          const writes = entries.map((entry) => store.append([entry]))
          for (const write of writes) write.catch(() => undefined)
          // The newest row is there, so all of them are: not when they overtake each other.
          await writes.at(-1)
        },
      }
    case 'next-free-number':
      return {
        load,
        async append(entries) {
          for (let ahead = 0; ; ahead += 1) {
            try {
              return await store.append(entries.map((entry) => ({ ...entry, seq: entry.seq + ahead })))
            } catch (error) {
              if (!(error instanceof SequenceTakenError)) throw error
            }
          }
        },
      }
    case 'rights-not-committed':
      return { load, append: (entries) => store.append(entries.map((entry) => ({ ...entry, epoch: undefined }))) }
    case 'forget-seen-ids':
      return {
        append: (entries) => store.append(entries),
        async load(key) {
          const stored = await store.load(key)
          if (!stored) return undefined
          const updates = [stored.state, ...stored.tail]
          const writers = new Set(updates.flatMap((bytes) => [...Y.parseUpdateMeta(bytes).to.keys()]))
          return { ...stored, owners: new Map([...stored.owners].filter(([clientId]) => writers.has(clientId))) }
        },
      }
    default:
      return store
  }
}

/** Nodes that trust what they hear never look. */
export function faultySharedLog(fault: PlantedFault | undefined, shared: SharedLog): SharedLog {
  return fault === 'hints-only' ? { ...shared, positions: async () => [] } : shared
}

/** The line as the core is made to see it. */
export function faultyTransport(fault: PlantedFault | undefined, transport: Transport, marks: QueueMarks): Transport {
  const { send, close } = transport
  const onDrained = (run: () => void) => transport.onDrained?.(run)
  switch (fault) {
    case 'skip-slow-readers':
      return {
        send: (outgoing) => {
          if (transport.queuedBytes <= marks.maxLagBytes) send(outgoing)
        },
        queuedBytes: 0,
        onDrained,
        close,
      }
    case 'endless-queue':
      return { send, queuedBytes: 0, onDrained, close }
    case 'caught-up-too-soon':
      return {
        send,
        get queuedBytes() {
          return transport.queuedBytes
        },
        onDrained: (run) => run(),
        close,
      }
    default:
      return transport
  }
}

export function faultyConnection(fault: PlantedFault | undefined, connection: Connection): void {
  if (fault === 'rights-asked-once') connection.setAccess = () => undefined
  if (fault === 'session-asked-once') Object.assign(connection, { isSignedIn: async () => true })
}

/** A server end with the fault built in: sees what the line brings before the core does. */
export function faultyEnd(
  fault: PlantedFault | undefined,
  options: { world: World; life: Life; store: SimStore; link: SimLink; connection: Connection },
): (frame: Uint8Array) => void {
  const { world, life, store, link, connection } = options
  let frames = 0
  const confirm = (upTo: number) => {
    if (life.alive && connection.isOpen && connection.ext) {
      link.show(encodeExt({ type: 'saved', frames: upTo, at: new Date(world.now).toISOString() }))
    }
  }
  switch (fault) {
    case 'saved-early':
      return (frame) => {
        connection.receive(frame)
        if (!isUpdateFrame(frame)) return
        frames += 1
        confirm(frames)
      }
    case 'confirm-hole': {
      let questions = 0
      const { onShown } = link
      link.onShown = (bytes) => {
        onShown(bytes)
        if (readFrame(bytes).kind !== 'step1') return
        questions += 1
        if (questions > 1) confirmWhenQuiet(frames)
      }
      const confirmWhenQuiet = (upTo: number) => {
        world.schedule(1, 'confirm', () => (store.isWriting ? confirmWhenQuiet(upTo) : confirm(upTo)))
      }
      return (frame) => {
        if (isUpdateFrame(frame)) frames += 1
        connection.receive(frame)
      }
    }
    case 'no-binding': {
      const resume = connection.resume.bind(connection)
      const asMine = (run: () => void) => {
        const { owners } = connection.room.ledger
        const { get } = owners
        owners.get = () => connection.access.userId
        run()
        owners.get = get
      }
      connection.resume = () => asMine(resume)
      return (frame) => asMine(() => connection.receive(frame))
    }
    default:
      return (frame) => connection.receive(frame)
  }
}
