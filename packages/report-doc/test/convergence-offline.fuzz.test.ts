import { expect, test } from 'vitest'
import { expectConverged } from './support/converged.ts'
import { editSomething } from './support/edits.ts'
import { failuresOver, fuzzDocuments, work } from './support/session.ts'

const documents = fuzzDocuments(250)

test(
  '[C1] three people who edit alone for long and then come back end with the same text',
  { timeout: documents * 1000 },
  () => {
    const failures = failuresOver({
      documents,
      firstSeed: 100001,
      check: (seed) => {
        const room = work({ seed, steps: 80, switching: 0.3, edit: editSomething })
        expectConverged(room)
        room.close()
      },
    })
    expect(failures).toEqual([])
  },
)
