import { parseArgs } from 'node:util'
import { PLANTED_FAULTS, type PlantedFault } from '../../server/test/simulation/faults.ts'
import { noCounts } from '../../server/test/simulation/oracle.ts'
import { simulate } from '../../server/test/simulation/simulate.ts'

const SEEDS_PER_FAULT = 2000

/**
 * Deterministic schedules of the sync core with crashes between any two events, then the seed at which each planted fault
 * is found. A bad seed is printed whole; the same seed plays the same history again.
 *
 * @param args `--seeds 10000 --from 1`, or `--fault NAME` to look for one fault only
 */
export async function run(args: readonly string[]): Promise<{ ok: boolean }> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seeds: { type: 'string', default: '10000' },
      from: { type: 'string', default: '1' },
      fault: { type: 'string' },
    },
  })
  const faults = values.fault === undefined ? PLANTED_FAULTS : [faultNamed(values.fault)]
  const isClean = values.fault !== undefined || (await playAll(Number(values.from), Number(values.seeds)))
  let found = 0
  for (const fault of faults) if (await findFault(fault)) found += 1
  const ok = isClean && found === faults.length
  print({ bench: 'simulate', summary: true, faults: faults.length, found, ok })
  return { ok }
}

async function playAll(from: number, seeds: number): Promise<boolean> {
  const total = noCounts()
  let crashes = 0
  let bad = 0
  const startedAt = performance.now()
  for (let seed = from; seed < from + seeds; seed += 1) {
    const report = await simulate({ seed })
    crashes += report.crashes
    if (!report.isGood) {
      bad += 1
      print({ bench: 'simulate', ...report })
    }
    for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += report.counts[key]
  }
  const seconds = Math.round((performance.now() - startedAt) / 1000)
  print({ bench: 'simulate', seeds, from, bad, crashes, seconds, ...total })
  return bad === 0
}

async function findFault(fault: PlantedFault): Promise<boolean> {
  for (let seed = 1; seed <= SEEDS_PER_FAULT; seed += 1) {
    const report = await simulate({ seed, fault })
    if (report.isGood) continue
    print({ bench: 'simulate', fault, foundAt: seed, finding: report.findings[0] })
    return true
  }
  print({ bench: 'simulate', fault, foundAt: null })
  return false
}

function faultNamed(name: string): PlantedFault {
  const fault = PLANTED_FAULTS.find((one) => one === name)
  if (!fault) throw new Error(`no fault ${name}; there are: ${PLANTED_FAULTS.join(', ')}`)
  return fault
}

const print = (line: Record<string, unknown>) => process.stdout.write(`${JSON.stringify(line)}\n`)
