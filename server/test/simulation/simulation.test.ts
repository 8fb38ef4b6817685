import { describe, expect, test } from 'vitest'
import { PLANTED_FAULTS } from './faults.ts'
import { BAD, noCounts } from './oracle.ts'
import { simulate } from './simulate.ts'

const SEEDS = 1000
/** A planted fault has to be found within so many. */
const SEEDS_PER_FAULT = 2000

test(
  `[Y20] [Y22] [Y23] [Y42] ${SEEDS} schedules with crashes: nothing lost, twice, apart, or falsely saved`,
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
    expect({ crashes: crashes > SEEDS, known: total.known > 20 * SEEDS }).toEqual({ crashes: true, known: true })
  },
)

test('the same seed gives the same history, and another seed another one', async () => {
  const hashes: string[] = []
  for (const seed of [11, 12, 11]) hashes.push((await simulate({ seed })).traceHash)
  expect(hashes[2]).toBe(hashes[0])
  expect(hashes[1]).not.toBe(hashes[0])
})

describe('faults put into the server on purpose are found', () => {
  test.each(PLANTED_FAULTS)('%s', async (fault) => {
    let found: number | undefined
    for (let seed = 1; found === undefined && seed <= SEEDS_PER_FAULT; seed += 1) {
      if (!(await simulate({ seed, fault })).isGood) found = seed
    }
    expect(found).toBeDefined()
  })
})
