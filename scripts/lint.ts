import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hashFiles } from './hash-files.ts'

/**
 * Runs every static check at once and shows the output of those that fail. Exit code 1 when one does. What has passed
 * once is not checked again until a file changes.
 */
const stamp = fileURLToPath(new URL('../node_modules/.cache/lint', import.meta.url))
const now = hashFiles(['*', '.*', 'docs/**/*.md', '{client,packages,scripts,server,test}/**/*'])
if (existsSync(stamp) && readFileSync(stamp, 'utf8') === now) process.exit(0)

const promiseRules = ['typescript/no-floating-promises', 'typescript/no-misused-promises', 'typescript/await-thenable']
const checks: Record<string, string[]> = {
  oxlint: ['oxlint', '--deny-warnings'],
  'oxlint, promises': ['oxlint', '--type-aware', '-A', 'all', ...promiseRules.flatMap((rule) => ['-D', rule])],
  oxfmt: ['oxfmt', '--check'],
  knip: ['knip'],
}

const results = await Promise.all(
  Object.entries(checks).map(async ([name, [command = '', ...args]]) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (exitCode) => resolve(exitCode ?? 1))
    })
    return { name, output, ok: code === 0 }
  }),
)
for (const { name, output } of results.filter((result) => !result.ok)) console.error(`✗ ${name}\n${output}`)
if (results.some((result) => !result.ok)) process.exit(1)
mkdirSync(dirname(stamp), { recursive: true })
writeFileSync(stamp, now)
