import { expect, test } from 'vitest'
import { inTurn } from '../../src/app/in-turn.ts'

/** Runs that end when they are told to. */
function aRun() {
  const ends: PromiseWithResolvers<void>[] = []
  const run = inTurn(() => {
    const end = Promise.withResolvers<void>()
    ends.push(end)
    return end.promise
  })
  return { run, ends }
}

test('[P5] what is asked for while it runs runs once more afterwards, however often it was asked', async () => {
  const { run, ends } = aRun()
  const first = run()
  void run()
  void run()
  expect(ends.length).toBe(1)
  ends[0]!.resolve()
  await Promise.resolve()
  await Promise.resolve()
  expect(ends.length).toBe(2)
  ends[1]!.resolve()
  await first
  expect(ends.length).toBe(2)
})
