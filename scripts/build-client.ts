import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('../', import.meta.url))
const INPUTS = [
  'client/{index.html,package.json,vite.config.ts}',
  'client/{src,public}/**/*',
  'packages/*/package.json',
  'packages/*/src/**/*',
  'pnpm-lock.yaml',
]
const STAMP = `${root}client/dist/.stamp`

buildClient()

/** Builds the client into client/dist, unless nothing it is made from has changed since the last build. */
function buildClient(): void {
  const now = hashInputs()
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === now) return
  const vite = spawnSync(
    process.execPath,
    [`${root}client/node_modules/vite/bin/vite.js`, 'build', '--logLevel', 'warn'],
    {
      cwd: `${root}client`,
      stdio: 'inherit',
    },
  )
  if (vite.status !== 0) process.exit(vite.status ?? 1)
  compressAssets()
  writeFileSync(STAMP, now)
}

function hashInputs(): string {
  const hash = createHash('sha256').update(process.version)
  const files = globSync(INPUTS, { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
  for (const file of files.toSorted()) hash.update(file.slice(root.length)).update('\0').update(readFileSync(file))
  return hash.digest('hex')
}

/**
 * Puts .br and .gz beside every asset: compressing once here costs seconds, doing it per request costs most of the
 * server. index.html is left out, since the server fills in a nonce on every request.
 */
function compressAssets(): void {
  for (const file of globSync('client/dist/**/*.{js,css,svg}', { cwd: root })) {
    const bytes = readFileSync(root + file)
    const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
    writeFileSync(`${root}${file}.br`, brotliCompressSync(bytes, { params }))
    writeFileSync(`${root}${file}.gz`, gzipSync(bytes, { level: 9 }))
  }
}
