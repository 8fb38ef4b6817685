import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ensureBrowser } from './browser.ts'
import { startPostgres } from './postgres.ts'
import { ensureRedis } from './redis.ts'

/**
 * `npm test`: browser and database binaries, builds, every vitest project, and beside it type check and lint.
 * Arguments go to vitest. The last line is `N passed, N failed`, taken from vitest's report.
 */
const cache = fileURLToPath(new URL('../node_modules/.cache', import.meta.url))
const report = `${cache}/vitest-report.json`
mkdirSync(cache, { recursive: true })
rmSync(report, { force: true })

const browser = ensureBrowser()
if (!ensureRedis()) console.log('No Redis can be had here: tests of several nodes fail.')
const [postgres, ...built] = await Promise.all([
  startPostgres(),
  run('client build', ['node', 'scripts/build-client.ts']),
  run('server build', ['node', 'scripts/bundle-server.ts']),
])
if (!postgres) console.log('No PostgreSQL server can be had here: its tests run on PGlite only.')

const checked = Promise.all([run('types', ['tsc', '-b']), run('lint', ['node', 'scripts/lint.ts'])])
const vitest = spawn(
  'vitest',
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      CHROME_PATH: browser,
      SERVER_BUILD: fileURLToPath(new URL('../server/dist', import.meta.url)),
      NODE_COMPILE_CACHE: `${cache}/compiled`,
      ...(postgres ? { TEST_DATABASE_URL: postgres.url } : {}),
    },
  },
)
const status = await new Promise<number>((resolve) => vitest.once('close', (code) => resolve(code ?? 1)))
const checks = [...built, ...(await checked)]
await postgres?.stop()

for (const { name, ok, seconds, output } of checks) {
  if (!ok) process.stdout.write(output)
  console.log(`${ok ? '✓' : '✗'} ${name} (${seconds.toFixed(1)} s)`)
}
const counts = readCounts()
const failedChecks = checks.filter(({ ok }) => !ok).length
const failed = counts.failed + failedChecks + (status !== 0 && counts.failed === 0 ? 1 : 0)
console.log(`${counts.passed} passed, ${failed} failed`)
process.exit(failed === 0 && counts.passed > 0 ? 0 : 1)

/** Its output is kept until the end, so that nothing is mixed with the tests'. */
async function run(name: string, [command = '', ...args]: readonly string[]) {
  const started = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += String(chunk)))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return { name, ok: code === 0, seconds: (performance.now() - started) / 1000, output }
}

/** No report means that vitest itself broke off, which counts as one failure. */
function readCounts(): { passed: number; failed: number } {
  try {
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as Record<string, number>
    return { passed: numPassedTests ?? 0, failed: numFailedTests ?? 0 }
  } catch {
    return { passed: 0, failed: 0 }
  }
}
