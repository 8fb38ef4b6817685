import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { ensureBrowser } from './browser.ts'
import { startPostgres } from './postgres.ts'
import { startRedis } from './redis.ts'

/**
 * `npm test`: browser and database binaries, type check, lint, client build, every vitest project.
 * Arguments go to vitest. The last line is `N passed, N failed`, taken from vitest's report.
 */
const report = 'node_modules/.cache/vitest-report.json'
mkdirSync('node_modules/.cache', { recursive: true })
rmSync(report, { force: true })

const checks: [string, string[]][] = [
  ['types', ['tsc', '-b']],
  ['lint', ['node', 'scripts/lint.ts']],
  ['client build', ['node', 'scripts/build-client.ts']],
]
let failedChecks = 0
for (const [name, [command = '', ...args]] of checks) {
  const started = performance.now()
  const ok = spawnSync(command, args, { stdio: 'inherit' }).status === 0
  if (!ok) failedChecks += 1
  console.log(`${ok ? '✓' : '✗'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`)
}

const browser = ensureBrowser()
const postgres = await startPostgres()
if (!postgres) console.log('No PostgreSQL server can be had here: its tests run on PGlite only.')
const redis = await startRedis()
if (!redis) console.log('No Redis can be had here: tests of several nodes do not run.')
const { status } = spawnSync(
  'vitest',
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      CHROME_PATH: browser,
      ...(postgres ? { TEST_DATABASE_URL: postgres.url } : {}),
      ...(redis ? { TEST_REDIS_URL: redis.url } : {}),
    },
  },
)
await Promise.all([postgres?.stop(), redis?.stop()])

const counts = readCounts()
const failed = counts.failed + failedChecks + (status !== 0 && counts.failed === 0 ? 1 : 0)
console.log(`${counts.passed} passed, ${failed} failed`)
process.exit(failed === 0 && counts.passed > 0 ? 0 : 1)

/** No report means that vitest itself broke off, which counts as one failure. */
function readCounts(): { passed: number; failed: number } {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>
    return { passed: numPassedTests ?? 0, failed: numFailedTests ?? 0 }
  } catch {
    return { passed: 0, failed: 0 }
  }
}
