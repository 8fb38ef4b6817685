import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { createBrotliDecompress } from 'node:zlib'
import { ensureBrowser } from './browser.ts'

/** Chromium 109, the last one for Windows 7, as packed for npm. */
const PACKAGE = '@sparticuz/chromium@109.0.6'
const FILE = 'sparticuz-chromium-109.0.6.tgz'
const SHA512 = '9hTE03DXnrWTiGNpfjLfmGhIfmiVAerSPinDb+x5bBdM4KF4PMM1NZ0A+V7WKazoA+CasSX/osHK8K0MuO6uqg=='
const dir = fileURLToPath(new URL('../node_modules/.cache/old-browser/', import.meta.url))

/** What it is built for. */
export const hasOldBrowser = process.platform === 'linux' && process.arch === 'x64'

/**
 * The browser of an office that still has Windows 7; fetched the first time.
 *
 * @throws Error when it can't be fetched or is not the one we know
 */
export async function ensureOldBrowser(): Promise<string> {
  const browser = `${dir}chromium-109`
  if (existsSync(browser)) return browser
  // It brings no libraries of its own: those of a current one are what it needs.
  ensureBrowser()
  mkdirSync(dir, { recursive: true })
  // Two at a time don't disturb each other.
  const aside = mkdtempSync(`${dir}fetching-`)
  try {
    run('npm', 'pack', PACKAGE, '--silent', '--pack-destination', aside)
    const packed = createHash('sha512').update(readFileSync(`${aside}/${FILE}`))
    if (packed.digest('base64') !== SHA512) throw new Error(`${PACKAGE} is not the one that was known`)
    run('tar', '-xzf', `${aside}/${FILE}`, '-C', aside, 'package/bin/chromium.br')
    await pipeline(
      createReadStream(`${aside}/package/bin/chromium.br`),
      createBrotliDecompress(),
      createWriteStream(`${aside}/chromium`, { mode: 0o755 }),
    )
    renameSync(`${aside}/chromium`, browser)
  } finally {
    rmSync(aside, { recursive: true, force: true })
  }
  return browser
}

function run(command: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args[0]}: ${stderr}`)
}
