import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core'
import { ensureBrowser } from '../../scripts/browser.ts'
import { ensureOldBrowser, hasOldBrowser } from '../../scripts/old-browser.ts'

/** Background traffic off: every look-up of a browser vendor's host would fail here and only cost time. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const launchBrowser = (...more: readonly string[]): Promise<Browser> =>
  chromium.launch({ executablePath: ensureBrowser(), args: [...args, ...more] })

/** What offices with Windows 7 have; the usual one where it does not run. */
export const launchOldBrowser = async (): Promise<Browser> =>
  hasOldBrowser ? chromium.launch({ executablePath: await ensureOldBrowser(), args }) : launchBrowser()

export interface Actor {
  readonly username: string
  readonly context: BrowserContext
  readonly page: Page
  /** Errors of the page itself: uncaught exceptions and console errors. */
  readonly errors: string[]
}

/** A signed-in person in a browser profile of their own. */
export async function openActor(
  browser: Browser,
  who: { username: string; password: string; url: string; options?: BrowserContextOptions },
): Promise<Actor> {
  const context = await browser.newContext({
    locale: 'zh-CN',
    viewport: { width: 1440, height: 900 },
    ...who.options,
  })
  const response = await context.request.post(`${who.url}/api/auth/sign-in/username`, {
    data: { username: who.username, password: who.password },
    headers: { origin: who.url },
    // A server just restarted may have closed the line that is taken for it.
    maxRetries: 2,
  })
  if (!response.ok()) throw new Error(`sign-in of ${who.username} answered ${response.status()}`)
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  return { username: who.username, context, page, errors }
}
