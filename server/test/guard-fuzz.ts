import type { Part } from '@gongping/permissions'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import * as Y from 'yjs'
import { judge } from '../src/sync/guard.ts'
import type { Verdict } from '../src/sync/guard.ts'
import { Ledger } from '../src/sync/ledger.ts'
import { editRandomly, hasPending, randomFrom } from './guard-support.ts'
import type { Random } from './guard-support.ts'
import { seedOf } from './sync-support.ts'

export interface FuzzResult {
  readonly counts: Record<Verdict['kind'], number>
  /** Accepted updates that Yjs could not apply whole, by round. */
  readonly broken: readonly string[]
  /** Of computing time. */
  readonly slowestMs: number
  readonly heapGrowthMiB: number
}

const ROUNDS_PER_DOCUMENT = 2000
/** Of the accepted ones, so many are applied to a real document. */
const CHECKED_SHARE = 0.25

/** Judges mutated updates of honest sessions; every exception but a verdict goes up to the caller. */
export function fuzzGuard({ seed, updates }: { seed: number; updates: number }): FuzzResult {
  const counts = { apply: 0, nothing: 0, missing: 0, deletes: 0, refuse: 0 }
  const broken: string[] = []
  let slowestMs = 0
  const heapBefore = heapInUse()
  for (let done = 0, session = 0; done < updates; session += 1) {
    const random = randomFrom(seed * 1_000_003 + session)
    const part: Part = session % 2 === 0 ? 'narrative' : 'self'
    const { stored, material } = honestSession(part, random)
    const ledger = Ledger.of([stored], new Map([[CLIENT_ID, 'ann']]))
    for (let round = 0; round < ROUNDS_PER_DOCUMENT && done < updates; round += 1, done += 1) {
      const update = mutate(random.pick(material), random.pick(material), random)
      const mayWrite = random.next() < 0.8
      const input = { update, ledger, userId: random.next() < 0.9 ? 'ann' : 'eve', part, mayWrite, mayBind: 8 }
      const { verdict, ms } = timed(() => judge(input))
      slowestMs = Math.max(slowestMs, ms)
      counts[verdict.kind] += 1
      if (verdict.kind !== 'apply' || random.next() > CHECKED_SHARE) continue
      const doc = new Y.Doc()
      Y.applyUpdate(doc, stored)
      Y.applyUpdate(doc, verdict.update)
      if (hasPending(doc)) broken.push(`session ${session}, round ${round}`)
      doc.destroy()
    }
  }
  const heapGrowthMiB = (heapInUse() - heapBefore) / 2 ** 20
  return { counts, broken, slowestMs, heapGrowthMiB }
}

/** Bytes that are still needed, without the garbage of this or anything else. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  return process.memoryUsage().heapUsed
}

/** Milliseconds of this thread's computing, garbage collection included; what others do on the machine is not in it. */
export function timed(run: () => Verdict): { verdict: Verdict; ms: number } {
  const began = process.threadCpuUsage()
  const verdict = run()
  const { user, system } = process.threadCpuUsage(began)
  return { verdict, ms: (user + system) / 1000 }
}

const CLIENT_ID = 70_000

/** A document half of whose edits are stored, and updates around it: known, new, partly known, merged. */
function honestSession(part: Part, random: Random): { stored: Uint8Array; material: Uint8Array[] } {
  const seed = seedOf(part)
  const doc = new Y.Doc()
  Y.applyUpdate(doc, seed)
  doc.clientID = CLIENT_ID
  const roots = ['body', 'cover', 'facts', 'self'].map((name) =>
    name === 'body' ? doc.get(name, Y.XmlElement) : doc.getMap(name),
  )
  const undo = new Y.UndoManager(roots, { captureTimeout: 0 })
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  for (let step = 0; step < 25; step += 1) editRandomly(doc, part, random, undo)
  const half = updates.length >> 1
  const stored = Y.mergeUpdates([seed, ...updates.slice(0, half)])
  const later = updates.slice(half)
  const onlyDeletes = new Uint8Array([0, 1, ...varUint(CLIENT_ID), 1, 0, 3])
  const material = [...later, Y.mergeUpdates(later), Y.encodeStateAsUpdate(doc), seed, onlyDeletes]
  return { stored, material }
}

const varUint = (value: number): number[] =>
  value < 128 ? [value] : [128 | (value % 128), ...varUint(Math.floor(value / 128))]

/** One to three changes: bits, bytes, cuts, pieces of another update, numbers at the edge. */
function mutate(update: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let bytes = update
  for (let times = 1 + random.below(3); times > 0; times -= 1) {
    const at = random.below(bytes.length)
    switch (random.below(7)) {
      case 0:
        bytes = splice(bytes, at, { remove: 1, insert: [random.below(256)] })
        break
      case 1:
        bytes = splice(bytes, at, { remove: 1, insert: [(bytes[at] ?? 0) ^ (1 << random.below(8))] })
        break
      case 2:
        bytes = splice(bytes, at, { remove: 1 + random.below(4), insert: [] })
        break
      case 3:
        bytes = splice(bytes, at, { remove: 0, insert: [random.below(256)] })
        break
      case 4:
        bytes = bytes.slice(0, Math.max(1, at))
        break
      case 5:
        bytes = splice(bytes, at, { remove: 1, insert: random.pick(EDGES) })
        break
      default:
        bytes = splice(bytes, at, {
          remove: random.below(8),
          insert: other.subarray(random.below(other.length)).subarray(0, 16),
        })
    }
    if (bytes.length === 0) bytes = new Uint8Array(1)
  }
  return bytes
}

const EDGES = [0, 127, 128, 2 ** 14, 2 ** 31 - 1, 2 ** 32, 2 ** 40, 2 ** 53 - 1].map(varUint)

function splice(bytes: Uint8Array, at: number, change: { remove: number; insert: ArrayLike<number> }): Uint8Array {
  const rest = bytes.subarray(Math.min(bytes.length, at + change.remove))
  const changed = new Uint8Array(at + change.insert.length + rest.length)
  changed.set(bytes.subarray(0, at))
  changed.set(change.insert, at)
  changed.set(rest, at + change.insert.length)
  return changed
}
