import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { System } from './system.ts'

/** Less is not worth a collection. */
const MIN_BYTES = 16 * 1024 * 1024
/** Documents that leave shortly after one another go together. */
const GATHER_MS = 1000
/** Since the last edit. */
const QUIET_MS = 2000

export interface HandBack {
  /** A document of so many bytes is of no more use. */
  left(bytes: number): void
  /** Somebody writes: a pause would be felt. */
  busy(): void
}

/**
 * Hands the memory of documents that have left back to the system in a quiet moment. V8 collects only when it next
 * allocates much, which a server that everybody has left does not: it would keep all of it until the morning, and grow
 * beyond it first.
 */
export function createHandBack(system: System, collect: () => void = openCollector()): HandBack {
  let bytes = 0
  let busyAt = -Infinity
  let isPlanned = false
  const look = () => {
    isPlanned = false
    const quietFor = system.monotonic() - busyAt
    if (quietFor < QUIET_MS) return plan(QUIET_MS - quietFor)
    bytes = 0
    collect()
  }
  const plan = (ms: number) => {
    if (isPlanned) return
    isPlanned = true
    system.after(ms, look)
  }
  return {
    left(more) {
      bytes += more
      if (bytes >= MIN_BYTES) plan(GATHER_MS)
    },
    busy: () => void (busyAt = system.monotonic()),
  }
}

/** @returns collects all garbage, soon and in one pause of tens of milliseconds */
export function openCollector(): () => void {
  // The flag is needed while the function is made, and nothing else sees it.
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (o: { type: 'major'; execution: 'async' }) => Promise<void>
  setFlagsFromString('--no-expose-gc')
  return () => void collect({ type: 'major', execution: 'async' })
}
