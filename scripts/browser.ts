import { accessSync, constants, existsSync } from 'node:fs'
import { canInstall, install } from './apt.ts'

/** Chromium without its own windows: what tests see is the same, for two thirds of the computing. */
const headlessShell = '/usr/bin/chromium-headless-shell'
const places = [
  process.env['CHROME_PATH'],
  headlessShell,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]
const cjkFonts = '/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc'

export function findBrowser(): string | undefined {
  return places.find((place) => place !== undefined && isExecutable(place))
}

/**
 * A Chromium with Chinese fonts, installed when this is a Debian machine and we may.
 *
 * @throws Error with what to install by hand.
 */
export function ensureBrowser(): string {
  const wanted = process.env['CHROME_PATH'] ?? headlessShell
  if (canInstall() && !(existsSync(wanted) && existsSync(cjkFonts))) {
    if (!install('chromium-headless-shell', 'fonts-noto-cjk') && !findBrowser()) install('chromium', 'fonts-noto-cjk')
  }
  const found = findBrowser()
  if (found) return found
  throw new Error(
    'No Chromium found. Install one (Debian: apt-get install chromium-headless-shell fonts-noto-cjk) or set CHROME_PATH.',
  )
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
