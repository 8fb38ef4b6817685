import { expect, test } from 'vitest'
import { expectConverged } from './support/converged.ts'
import { editSomething } from './support/edits.ts'
import { FUZZ_DOCS, work } from './support/session.ts'

test('[C1] three people editing anything at the same time end with the same text', () => {
  const failed: string[] = []
  let resyncs = 0
  const t0 = performance.now()
  for (let seed = 1; seed <= FUZZ_DOCS; seed++) {
    try {
      const room = work({ seed, steps: 80, edit: editSomething })
      expectConverged(room)
      for (const p of room.people) resyncs += p.collaboration.resyncCount
      room.close()
    } catch (error) {
      failed.push(`seed ${seed}: ${String((error as Error).stack).slice(0, 900)}`)
    }
  }
  console.log('ms', performance.now() - t0, 'resyncs', resyncs, 'failed', failed.length)
  expect(failed.slice(0, 5)).toEqual([])
})
