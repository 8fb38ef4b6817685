import { spawnSync } from 'node:child_process'
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { hashFiles } from './hash-files.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const INPUTS = [
  'client/{index.html,package.json,vite.config.ts}',
  'client/{src,public}/**/*',
  'packages/*/package.json',
  'packages/*/src/**/*',
  'pnpm-lock.yaml',
]
const DIST = `${root}client/dist`

buildClient()

/**
 * Builds the client into client/dist, unless nothing it is made from has changed since the last build. It is made aside
 * and put in place when it is complete: a running server never finds half a client, and two builds don't disturb each other.
 */
function buildClient(): void {
  const now = hashFiles(INPUTS)
  if (readStamp() === now) return
  const aside = `${root}node_modules/.cache/client-${process.pid}`
  const vite = `${root}client/node_modules/vite/bin/vite.js`
  const build = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn', '--outDir', aside, '--emptyOutDir'], {
    cwd: `${root}client`,
    stdio: 'inherit',
  })
  if (build.status !== 0) {
    rmSync(aside, { recursive: true, force: true })
    process.exit(build.status ?? 1)
  }
  compressAssets(aside)
  writeFileSync(`${aside}/.stamp`, now)
  rmSync(DIST, { recursive: true, force: true })
  renameSync(aside, DIST)
}

function readStamp(): string | null {
  return existsSync(`${DIST}/.stamp`) ? readFileSync(`${DIST}/.stamp`, 'utf8') : null
}

/**
 * Puts .br and .gz beside every asset: compressing once here costs seconds, doing it per request costs most of the
 * server. index.html is left out, since the server fills in a nonce on every request.
 */
function compressAssets(dir: string): void {
  for (const file of globSync('**/*.{js,css,svg}', { cwd: dir })) {
    const bytes = readFileSync(`${dir}/${file}`)
    const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
    writeFileSync(`${dir}/${file}.br`, brotliCompressSync(bytes, { params }))
    writeFileSync(`${dir}/${file}.gz`, gzipSync(bytes, { level: 9 }))
  }
}
