import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from 'vitest'
import { seriousFindings } from '../support/accessibility.ts'
import { launchBrowser, openActor, type Actor } from '../support/browser.ts'
import { DEMO_PASSWORD, startServer, type TestServer } from '../support/server.ts'

/** Parts of the program that are fetched later and do not come: what stands in their place, and the way on. */
let server: TestServer
let browser: Browser
let head: Actor

beforeAll(async () => {
  server = await startServer()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.remove()
})
beforeEach(async () => {
  head = await openActor(browser, { username: 'head', password: DEMO_PASSWORD, url: server.url })
})
afterEach(() => head.context.close())

test('[P1] comments and help that do not come say so and leave the text alone; trying again fetches both', async () => {
  const { page } = head
  const parts = partOf('{score-pane,review-desk,shortcut-dialog}')
  await page.route(parts, (route) => route.abort())
  await openReport(page)
  await page.keyboard.press('Control+/')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('这一部分没有取到').waitFor()
  expect(await seriousFindings(page)).toEqual([])
  await dialog.getByRole('button', { name: '关闭' }).click()
  await page.locator('[contenteditable=true][role=textbox]').waitFor()
  await page.locator('#panel-scores').getByText('这一部分没有取到').waitFor()
  await page.locator('#tab-review').click()
  const panel = page.locator('#panel-review')
  await panel.getByText('这一部分没有取到').waitFor()
  await page.unroute(parts)
  await panel.getByRole('button', { name: '重试' }).click()
  await panel.locator('.kinds').waitFor()
  await page.getByRole('button', { name: '建议修改' }).waitFor()
  await page.locator('#tab-scores').click()
  await page.getByRole('treegrid').waitFor()
  await page.keyboard.press('Control+/')
  await dialog.locator('kbd').first().waitFor()
})

test('[P2] without a network a part is waited for and opens by itself', async () => {
  const { page, context } = head
  await openReport(page)
  await context.setOffline(true)
  await page.keyboard.press('Control+/')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('现在没有网络').waitFor()
  await context.setOffline(false)
  await expect.poll(() => dialog.locator('kbd').count()).toBeGreaterThan(0)
})

test('[P3] after a release the page asks to be loaded again, and a comment being written is still there', async () => {
  const { page } = head
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

const partOf = (name: string) => `**/assets/${name}-*.js`

async function openReport(page: Page): Promise<void> {
  await page.goto(`${server.url}/reports/demo`)
  await page.locator('[contenteditable=true][role=textbox]').waitFor()
}
