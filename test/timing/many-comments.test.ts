import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser, openActor } from '../support/browser.ts'
import { longestTask } from '../support/longest-task.ts'
import { raiseThreads } from '../support/raise-threads.ts'
import { DEMO_PASSWORD, startServer, type TestServer } from '../support/server.ts'

/** What holds a page up longer is felt. The page's own computing: `npm run bench -- comments` judges the clock. */
const LONGEST_TASK_MS = 50
const THREADS = 500
const MOST_RUNS = 4
/** What `referenceMs` takes on the slowest machine that is given no allowance. */
const REFERENCE_MS = 20
/** No machine is given more: what is too slow must not pass on a bad one. */
const MOST_SLOWNESS = 1.5
let server: TestServer
let browser: Browser

beforeAll(async () => {
  server = await startServer()
  await raiseThreads(server, THREADS)
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.remove()
})

test(`${THREADS} comments: opening, scrolling and filtering never hold the page up for ${LONGEST_TASK_MS} ms`, async () => {
  // Whatever else the processor is used for can only lengthen a task: the run it disturbed least tells.
  const runs: number[] = []
  do runs.push(await longestTaskOfOneVisit())
  while (Math.min(...runs) >= LONGEST_TASK_MS && runs.length < MOST_RUNS)
  expect(Math.min(...runs), `longest tasks of ${runs.length} visits: ${runs.join(', ')} ms`).toBeLessThan(
    LONGEST_TASK_MS,
  )
})

async function longestTaskOfOneVisit(): Promise<number> {
  const who = { username: 'filler', password: DEMO_PASSWORD, url: server.url }
  const { page, context } = await openActor(browser, who)
  await page.goto(`${server.url}/reports/demo`)
  await page.getByRole('treegrid').waitFor()
  await page.getByRole('button', { name: '建议修改' }).waitFor()
  // What belongs to opening the report, with its highlights, is not what is measured.
  await page.waitForTimeout(2000)
  const cards = page.locator('.review-card')
  const { computing } = await longestTask(browser, page, async () => {
    await page.locator('#tab-review').click()
    await cards.first().waitFor()
    for (let n = 0; n < 30; n++) {
      await page.locator('.review-list').evaluate((list) => list.scrollBy(0, 900))
      await page.waitForTimeout(20)
    }
    // To find something by its role and name, the browser lays every card out for the one who asks.
    await page.locator('.review-filter .chips button').nth(3).click()
    await page.locator('.review-filter .chips button').nth(1).click()
    await page.locator('.review-filter [type=search]').pressSequentially('第33', { delay: 40 })
    await expect.poll(() => cards.count()).toBeLessThan(20)
    await page.locator('.review-filter [type=search]').fill('')
    await expect.poll(() => cards.count()).toBe(THREADS)
  })
  const slowness = Math.min(MOST_SLOWNESS, Math.max(1, (await page.evaluate(referenceMs)) / REFERENCE_MS))
  await context.close()
  return computing / slowness
}

/** Computing that never changes, in the same browser right after: a machine shared with others is slow for minutes at a time. */
function referenceMs(): number {
  const runs = Array.from({ length: 9 }, () => {
    const start = performance.now()
    for (let round = 0; round < 30; round++) {
      const rows = Array.from({ length: 2000 }, (_, at) => ({ rank: (at * 7919) % 2003, name: `row ${at}` }))
      JSON.parse(JSON.stringify(rows.toSorted((one, other) => one.rank - other.rank)))
    }
    return performance.now() - start
  })
  return runs.toSorted((one, other) => one - other)[4]!
}
