import { expect, test } from 'vitest'
import { readNarrative } from '../src/index.ts'
import { expectConverged } from './support/converged.ts'
import { insertSomething } from './support/edits.ts'
import { FUZZ_DOCS, work } from './support/session.ts'

test('[C2] of what three people only insert nothing is lost and nothing doubled', () => {
  const failed: string[] = []
  let typed = 0
  const t0 = performance.now()
  for (let seed = 1; seed <= FUZZ_DOCS; seed++) {
    try {
      const tokens: string[] = []
      const room = work({
        seed,
        steps: 120,
        edit: (random, person) => {
          const token = String.fromCodePoint(FIRST_TOKEN + tokens.length)
          if (insertSomething(random, person, token)) tokens.push(token)
        },
      })
      expectConverged(room)
      const text = JSON.stringify(readNarrative(room.server))
      typed += tokens.length
      const times = tokens.map((token) => text.split(token).length - 1)
      const wrong = times.filter((count) => count !== 1)
      expect(wrong, 'tokens that do not stand there exactly once').toEqual([])
      room.close()
    } catch (error) {
      failed.push(`seed ${seed}: ${String((error as Error).message).slice(0, 900)}`)
    }
  }
  console.log('ms', performance.now() - t0, 'typed', typed, 'failed', failed.length)
  expect(failed.slice(0, 5)).toEqual([])
  expect(typed).toBeGreaterThan(FUZZ_DOCS * 20)
})

/** Hangul syllables: no other text of the test contains one. */
const FIRST_TOKEN = 0xac00
