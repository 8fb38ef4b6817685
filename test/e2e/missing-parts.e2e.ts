import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from 'vitest'
import { seriousFindings } from '../support/accessibility.ts'
import { launchBrowser, openActor, type Actor } from '../support/browser.ts'
import { DEMO_PASSWORD, startServer, type TestServer } from '../support/server.ts'

/** Parts of the program that are fetched later and do not come: what stands in their place, and the way on. */
let server: TestServer
let browser: Browser
let filler: Actor

beforeAll(async () => {
  server = await startServer()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.remove()
})
beforeEach(async () => {
  filler = await openActor(browser, { username: 'filler', password: DEMO_PASSWORD, url: server.url })
})
afterEach(() => filler.context.close())

test('[P1] [P4] comments and help that do not come say so and leave the text alone; trying again fetches both', async () => {
  const { page } = filler
  const parts = partOf('{check,score-pane,review-desk,shortcut-dialog}')
  let asked = 0
  await page.route(parts, (route) => {
    if (route.request().url().includes('/check-')) asked++
    return route.abort()
  })
  await openReport(page)
  await page.keyboard.press('Control+/')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('这一部分没有取到').waitFor()
  expect(await seriousFindings(page)).toEqual([])
  await dialog.getByRole('button', { name: '关闭' }).click()
  await text(page).waitFor()
  await page.locator('#panel-scores').getByText('这一部分没有取到').waitFor()
  await page.locator('#tab-review').click()
  const panel = page.locator('#panel-review')
  await panel.getByText('这一部分没有取到').waitFor()
  // Nothing is asked for again and again by itself.
  await text(page).locator('p').nth(1).click()
  await page.keyboard.insertText('字')
  await expect.poll(() => page.locator('.save-state').first().getAttribute('data-state')).toBe('saved')
  expect(asked).toBe(4)
  await page.unroute(parts)
  await panel.getByRole('button', { name: '重试' }).click()
  await panel.locator('.kinds').waitFor()
  await expect.poll(() => page.locator('#tab-findings').innerText()).toMatch(/\d/)
  await page.getByRole('button', { name: '建议修改' }).waitFor()
  await page.locator('#tab-scores').click()
  await page.getByRole('treegrid').waitFor()
  await page.keyboard.press('Control+/')
  await dialog.locator('kbd').first().waitFor()
})

test('[P2] [P4] without a network a part is waited for and opens by itself', async () => {
  const { page, context } = filler
  await openReport(page)
  await context.setOffline(true)
  await page.keyboard.press('Control+/')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('现在没有网络').waitFor()
  await context.setOffline(false)
  await expect.poll(() => dialog.locator('kbd').count()).toBeGreaterThan(0)
})

test('[P3] after a release the page asks to be loaded again, and a comment being written is still there', async () => {
  const { page } = filler
  await openReport(page)
  await page.getByRole('button', { name: '建议修改' }).waitFor()
  await page.locator('.cover-comment').first().click()
  await page.locator('.review-card.new textarea').fill('还没有发出的话')
  await page.route(partOf('shortcut-dialog'), (route) => route.fulfill({ status: 404 }))
  await page.route(`${server.url}/`, async (route) => {
    const response = await route.fetch()
    await route.fulfill({
      response,
      body: (await response.text()).replace(/\/assets\/index-[^."]+\.js/, '/assets/n.js'),
    })
  })
  await page.keyboard.press('Control+/')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('系统刚刚升级').waitFor()
  await page.unroute(`${server.url}/`)
  await page.unroute(partOf('shortcut-dialog'))
  await dialog.getByRole('button', { name: '重新加载' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.locator('#tab-review').click()
  await expect.poll(() => page.locator('.review-card.new textarea').inputValue()).toBe('还没有发出的话')
})

const text = (page: Page) => page.locator('[contenteditable=true][role=textbox]')
const partOf = (name: string) => `**/assets/${name}-*.js`

async function openReport(page: Page): Promise<void> {
  await page.goto(`${server.url}/reports/demo`)
  await text(page).waitFor()
}
