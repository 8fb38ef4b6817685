import { describe, expect, test } from 'vitest'
import { PLANTED_FAULTS } from './faults.ts'
import { BAD, noCounts } from './oracle.ts'
import { simulate } from './simulate.ts'

const SEEDS = 1000
/** A planted fault has to be found within so many. */
const SEEDS_PER_FAULT = 2000

test(
  `[Y20] [Y22] [Y23] [Y41] [Y42] [Y43] [Y52] [N1] [N2] [N4] [N5] [N7] ${SEEDS} schedules: nothing lost, twice, apart, falsely saved or out of bounds`,
  { timeout: 240_000 },
  async () => {
    const total = noCounts()
    let crashes = 0
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const report = await simulate({ seed })
      expect({ seed, isGood: report.isGood, findings: report.findings }).toEqual({ seed, isGood: true, findings: [] })
      for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += report.counts[key]
      crashes += report.crashes
    }
    expect(BAD.map((kind) => total[kind])).toEqual(BAD.map(() => 0))
    // It did happen what all this is about.
    expect(crashes).toBeGreaterThan(SEEDS)
    expect(total.known).toBeGreaterThan(20 * SEEDS)
    expect(total.caughtUp).toBeGreaterThan(SEEDS / 2)
    expect(total.shutOut).toBeGreaterThan(SEEDS / 4)
    expect(total.healed).toBeGreaterThan(SEEDS)
    expect(total.overtaken).toBeGreaterThan(SEEDS / 10)
    expect(total.tooSlow).toBeGreaterThan(SEEDS / 50)
  },
)

test('the same seed gives the same history, and another seed another one', async () => {
  const hashes: string[] = []
  for (const seed of [11, 12, 11]) hashes.push((await simulate({ seed })).traceHash)
  expect(hashes[2]).toBe(hashes[0])
  expect(hashes[1]).not.toBe(hashes[0])
})

describe('faults put into the server on purpose are found', () => {
  test.each(PLANTED_FAULTS)('%s', { timeout: 240_000 }, async (fault) => {
    let found: number | undefined
    for (let seed = 1; found === undefined && seed <= SEEDS_PER_FAULT; seed += 1) {
      if (!(await simulate({ seed, fault })).isGood) found = seed
    }
    expect(found).toBeDefined()
  })
})
