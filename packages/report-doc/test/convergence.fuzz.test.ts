import { expect, test } from 'vitest'
import { expectConverged } from './support/converged.ts'
import { editSomething } from './support/edits.ts'
import { failuresOver, fuzzDocuments, work } from './support/session.ts'

const documents = fuzzDocuments(250)

test(
  '[C1] three people editing anything at the same time end with the same text',
  { timeout: documents * 1000 },
  () => {
    const failures = failuresOver({
      documents,
      firstSeed: 1,
      check: (seed) => {
        const room = work({ seed, steps: 80, switching: 0.05, edit: editSomething })
        expectConverged(room)
        room.close()
      },
    })
    expect(failures).toEqual([])
  },
)
