import { parseArgs } from 'node:util'
import { REVOCATIONS, percentile, revokeOnce } from '../faults/revoke.ts'
import { startServer } from '../support/server.ts'

const P99_MS = 1000

/**
 * How long a right that is taken away is still there on an open line, and whether anything is taken after that.
 *
 * @param args `--times 100` of each kind
 */
export async function run(args: readonly string[]): Promise<{ ok: boolean }> {
  const { values } = parseArgs({ args: [...args], options: { times: { type: 'string', default: '100' } } })
  const times = Number(values.times)
  let ok = true
  for (const revocation of REVOCATIONS) {
    // One each: reports may not be moved on more than so many times in a while.
    const server = await startServer({ SYNC_MAX_UPGRADES_PER_MINUTE: '1000000' })
    try {
      const took: number[] = []
      let takenAfter = 0
      for (let time = 0; time < times; time += 1) {
        const once = await revokeOnce(server, revocation)
        took.push(once.ms)
        takenAfter += once.takenAfter
      }
      const [p50, p99] = [50, 99].map((percent) => Math.round(percentile(took, percent)))
      print({ bench: 'revoke', revocation, times, p50, p99, slowest: Math.round(Math.max(...took)), takenAfter })
      ok &&= percentile(took, 99) < P99_MS && takenAfter === 0
    } finally {
      await server.remove()
    }
  }
  print({ bench: 'revoke', summary: true, times, ok })
  return { ok }
}

const print = (line: Record<string, unknown>) => process.stdout.write(`${JSON.stringify(line)}\n`)
