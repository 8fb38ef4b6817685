import { encodeExt } from '@gongping/protocol'
import type { Connection } from '../../src/sync/connection.ts'
import { updateFrame, wholeOf } from '../../src/sync/outgoing.ts'
import type { LogEntry, PartStore } from '../../src/sync/types.ts'
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
] as const
export type PlantedFault = (typeof PLANTED_FAULTS)[number]

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
    default:
      return store
  }
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
