import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/bench-peers', import.meta.url))
const INSTALL_MS = 10 * 60_000

/** The packages of a peer can't be had here: no registry, or no compiler for its database. */
export class NotInstallableError extends Error {
  override name = 'NotInstallableError'
}

/**
 * Puts packages into a folder of the cache, apart from the workspace, the first time they are needed.
 *
 * @param packages exact versions by name
 * @returns the folder
 * @throws NotInstallableError
 */
export async function install(name: string, packages: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(CACHE, name)
  const done = join(folder, 'installed.json')
  const wanted = JSON.stringify({ packages, node: process.versions.modules })
  if (existsSync(done) && readFileSync(done, 'utf8') === wanted) return folder
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: packages }))
  await npmInstall(folder)
  writeFileSync(done, wanted)
  return folder
}

async function npmInstall(folder: string): Promise<void> {
  const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--no-package-lock', '--loglevel', 'error']
  const child = spawn('npm', args, {
    // Native packages must be built for the Node that will run them, which need not be npm's.
    env: { ...process.env, ...headersOf(process.execPath) },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: INSTALL_MS,
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null))
    child.once('close', resolve)
  })
  if (code !== 0) throw new NotInstallableError(`npm install: ${code ?? 'not started'} ${said.slice(0, 300)}`)
}

function headersOf(node: string): Record<string, string> {
  const root = dirname(dirname(node))
  return existsSync(join(root, 'include/node/node.h')) ? { npm_config_nodedir: root } : {}
}
