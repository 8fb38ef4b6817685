import { expect, test } from 'vitest'
import { createHandBack, openCollector } from '../src/sync/hand-back.ts'
import { type System, realSystem } from '../src/sync/system.ts'
import { waitFor } from './support/wait-for.ts'

const MIB = 1024 * 1024

/** Time passes when told to. */
function handTime() {
  let at = 0
  let timers: { due: number; run: () => void }[] = []
  const system: System = {
    ...realSystem,
    monotonic: () => at,
    after(ms, run) {
      const timer = { due: at + ms, run }
      timers.push(timer)
      return () => void (timers = timers.filter((one) => one !== timer))
    },
  }
  const pass = (ms: number) => {
    at += ms
    const due = timers.filter((timer) => timer.due <= at)
    timers = timers.filter((timer) => timer.due > at)
    for (const { run } of due) run()
  }
  return { system, pass }
}

test('[Y31] the memory of documents that left is handed back once, in a quiet moment, when it is worth it', () => {
  const { system, pass } = handTime()
  let collections = 0
  const handBack = createHandBack(system, () => (collections += 1))
  handBack.left(15 * MIB)
  pass(60_000)
  expect(collections).toBe(0)
  handBack.left(MIB)
  handBack.left(MIB)
  pass(900)
  handBack.busy()
  pass(100)
  pass(1800)
  expect(collections).toBe(0)
  pass(100)
  expect(collections).toBe(1)
  pass(60_000)
  expect(collections).toBe(1)
  handBack.left(16 * MIB)
  pass(1000)
  expect(collections).toBe(2)
})

test('[Y31] collecting frees what nobody holds', async () => {
  const holder: { bytes: Uint8Array | undefined } = { bytes: new Uint8Array(MIB) }
  const seen = new WeakRef(holder.bytes as Uint8Array)
  holder.bytes = undefined
  // A reference that was looked at stays until the turn ends.
  await new Promise((resolve) => setImmediate(resolve))
  const before = process.memoryUsage().arrayBuffers
  openCollector()()
  await waitFor(() => expect(process.memoryUsage().arrayBuffers).toBeLessThan(before))
  expect(seen.deref()).toBeUndefined()
  expect(globalThis.gc).toBeUndefined()
})
