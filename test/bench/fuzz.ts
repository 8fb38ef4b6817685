import { parseArgs } from 'node:util'
import { fuzzGuard } from '../../server/test/guard-fuzz.ts'
import { fuzzFrames } from '../faults/fuzz-frames.ts'
import { startServer } from '../support/server.ts'

const SLOWEST_MS = 50
const HEALTH_MS = 100
const GROWTH_MIB = 64

/**
 * Mutated updates against the guard alone, then hostile frames on a live server with two honest people at work.
 *
 * @param args `--updates 10000000 --frames 100000 --seed 1`
 */
export async function run(args: readonly string[]): Promise<{ ok: boolean }> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      updates: { type: 'string', default: '10000000' },
      frames: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
    },
  })
  const seed = Number(values.seed)
  const startedAt = performance.now()
  const guard = fuzzGuard({ seed, updates: Number(values.updates) })
  const isGuardGood = guard.broken.length === 0 && guard.slowestMs < SLOWEST_MS && guard.heapGrowthMiB < GROWTH_MIB
  print({ bench: 'fuzz', part: 'guard', updates: Number(values.updates), seconds: secondsSince(startedAt), ...guard })

  const server = await startServer({ SYNC_MAX_UPGRADES_PER_MINUTE: '1000000' })
  try {
    const framesFrom = performance.now()
    const frames = await fuzzFrames({ server, reportId: 'demo', frames: Number(values.frames), seed })
    const isLiveGood =
      frames.isAlive && frames.lost === 0 && frames.slowestHealthMs < HEALTH_MS && frames.growthMiB < GROWTH_MIB
    print({ bench: 'fuzz', part: 'frames', seconds: secondsSince(framesFrom), ...frames })
    const ok = isGuardGood && isLiveGood
    print({ bench: 'fuzz', summary: true, ok })
    return { ok }
  } finally {
    await server.remove()
  }
}

const secondsSince = (startedAt: number) => Math.round((performance.now() - startedAt) / 1000)
const print = (line: Record<string, unknown>) => process.stdout.write(`${JSON.stringify(line)}\n`)
