import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seriousFindings } from '../support/accessibility.ts'
import { launchBrowser, openActor, type Actor } from '../support/browser.ts'
import { completeSample } from '../support/complete-sample.ts'
import { raiseThreads } from '../support/raise-threads.ts'
import { DEMO_PASSWORD, startServer, type TestServer } from '../support/server.ts'

/** The screens of a review: without a mouse and without serious accessibility findings. */
let server: TestServer
let browser: Browser
let filler: Actor
let head: Actor

beforeAll(async () => {
  server = await startServer()
  await completeSample(server)
  browser = await launchBrowser()
  const options = { viewport: { width: 1366, height: 768 } }
  const open = (username: string) => openActor(browser, { username, password: DEMO_PASSWORD, url: server.url, options })
  ;[filler, head] = await Promise.all([open('filler'), open('head')])
})
afterAll(async () => {
  await browser?.close()
  await server?.remove()
})

test('by keyboard alone: select, comment, answer, suggest, mark as changed, close', async () => {
  for (const actor of [filler, head]) await openReport(actor)
  const { page } = head
  await placeCaret(page, '该项目完成度良好')
  for (let n = 0; n < 4; n++) await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('Control+Alt+m')
  await page.keyboard.type('与第四部分不一致。')
  await page.keyboard.press('Control+Enter')
  await expect.poll(() => focused(page)).toContain('与第四部分不一致')
  expect(await seriousFindings(page)).toEqual([])

  await filler.page.locator('#tab-scores').focus()
  await filler.page.keyboard.press('ArrowRight')
  await filler.page.locator('.review-card').waitFor()
  await tabTo(filler.page, '与第四部分不一致')
  await filler.page.keyboard.press('Enter')
  await tabTo(filler.page, '已修改')
  await filler.page.keyboard.press('Enter')
  await expect.poll(() => page.locator('.review-card .chip.done').count()).toBe(1)
  await tabTo(page, '关闭')
  await page.keyboard.press('Enter')
  await expect.poll(() => filler.page.locator('.review-card .chip.closed').count()).toBe(1)

  await placeCaret(page, '该项目完成度良好')
  for (let n = 0; n < 4; n++) await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('Control+Shift+e')
  await expect
    .poll(() => page.locator('.rewrite-box textarea').evaluate((field) => field === document.activeElement))
    .toBe(true)
  await page.keyboard.press('Control+a')
  await page.keyboard.type('本项目')
  await page.keyboard.press('Control+Enter')
  await expect.poll(() => filler.page.locator('.insertion').count()).toBeGreaterThan(0)
})

test('no serious accessibility findings on suggestions, items, notices, queue, return and audit', async () => {
  const { page } = head
  const kinds = page.locator('.kinds button')
  await page.locator('#tab-review').click()
  for (const kind of [1, 2]) {
    await kinds.nth(kind).click()
    expect(await seriousFindings(page)).toEqual([])
  }
  await page.locator('.bell > button').click()
  await page.locator('.inbox').waitFor()
  expect(await seriousFindings(page)).toEqual([])
  await page.getByRole('button', { name: '提醒设置' }).click()
  await page.locator('.notice-settings').waitFor()
  expect(await seriousFindings(page)).toEqual([])
  await page.goto(`${server.url}/queue`)
  await page.locator('.queue li a').first().waitFor()
  expect(await seriousFindings(page)).toEqual([])
  await page.locator('.queue li a').first().click()
  await page.getByRole('treegrid').waitFor()
  await page.getByRole('button', { name: '建议修改' }).waitFor()
  await page.getByRole('banner').getByRole('button', { name: /更多/ }).click()
  await page.getByRole('menuitem', { name: '退回修改' }).click()
  await page.getByRole('button', { name: '另写一条' }).click()
  expect(await seriousFindings(page)).toEqual([])

  const { page: audit, context } = await openActor(browser, {
    username: 'finance',
    password: DEMO_PASSWORD,
    url: server.url,
  })
  await audit.goto(`${server.url}/reports/demo/audit`)
  await audit.locator('tbody tr').first().waitFor()
  expect(await seriousFindings(audit)).toEqual([])
  await context.close()
})

test('nothing in the panel or the outline is cut off, in either language', async () => {
  const { page } = filler
  await raiseThreads(server, 12)
  for (const language of ['zh', 'en']) {
    await page.evaluate((value) => localStorage.setItem('gongping.language', value), language)
    await page.reload()
    await page.locator('#tab-review').click()
    await page.locator('.kinds').waitFor()
    await page.locator('.outline .comments').first().waitFor()
    const lines = await page
      .locator('.kinds button')
      .evaluateAll((all) => new Set(all.map((one) => Math.round(one.getBoundingClientRect().top / 20))).size)
    const cut = await page
      .locator('.kinds, .outline .title')
      .evaluateAll(
        (all) =>
          all.filter((one) => one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight + 1).length,
      )
    expect([language, lines, cut]).toEqual([language, 1, 0])
  }
})

async function openReport({ page }: Actor): Promise<void> {
  await page.goto(`${server.url}/reports/demo`)
  await page.getByRole('treegrid').waitFor()
  await page.getByRole('button', { name: '建议修改' }).waitFor()
}

/** Where a person gets with the arrow keys; from there on only keys are pressed. */
async function placeCaret(page: Page, words: string): Promise<void> {
  await page.evaluate((wanted) => {
    const text = document.querySelector<HTMLElement>('.report-text')!
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const at = node.nodeValue!.indexOf(wanted)
      if (at < 0) continue
      text.focus()
      getSelection()!.collapse(node, at)
      return
    }
  }, words)
  await page.waitForTimeout(200)
}

const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent ?? '')

async function tabTo(page: Page, words: string): Promise<void> {
  for (let n = 0; n < 40; n++) {
    const text = (await focused(page)).trim()
    // A button is named exactly, a card by some of its words.
    if (text === words || (words.length > 4 && text.includes(words))) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`${words} cannot be reached by Tab`)
}
