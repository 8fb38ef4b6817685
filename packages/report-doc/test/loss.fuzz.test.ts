import { expect, test } from 'vitest'
import { readNarrative } from '../src/index.ts'
import { expectConverged } from './support/converged.ts'
import { insertSomething } from './support/edits.ts'
import { failuresOver, fuzzDocuments, work } from './support/session.ts'

const documents = fuzzDocuments(100)

test('[C2] of what three people only insert nothing is lost and nothing doubled', { timeout: documents * 1000 }, () => {
  let typed = 0
  const failures = failuresOver({
    documents,
    firstSeed: 200_001,
    check: (seed) => {
      const tokens: string[] = []
      const room = work({
        seed,
        steps: 120,
        switching: 0.1,
        edit: (random, person) => {
          const token = String.fromCodePoint(FIRST_TOKEN + tokens.length)
          if (insertSomething(random, person, token)) tokens.push(token)
        },
      })
      expectConverged(room)
      const text = JSON.stringify(readNarrative(room.server))
      const wrong = tokens.filter((token) => text.split(token).length !== 2)
      expect(wrong, 'characters that do not stand there exactly once').toEqual([])
      typed += tokens.length
      room.close()
    },
  })
  expect(failures).toEqual([])
  expect(typed).toBeGreaterThan(failures.length === 0 && process.env['FUZZ_SEED'] === undefined ? documents * 30 : 0)
})

/** Hangul syllables: no other text of these documents contains one. */
const FIRST_TOKEN = 0xac00
