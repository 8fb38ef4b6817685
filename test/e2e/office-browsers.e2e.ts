import type { Browser, Locator, Page } from 'playwright-core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../scripts/free-port.ts'
import { launchBrowser, launchOldBrowser, openActor } from '../support/browser.ts'
import { endFillersTurn } from '../support/fillers-turn.ts'
import { DEMO_PASSWORD, startServer, type TestServer } from '../support/server.ts'
import { selectText } from '../support/select-text.ts'

/** The browsers and networks that county offices have. The main job is done in an old one, too: main-job.e2e.ts. */
let server: TestServer
let browser: Browser
beforeEach(async () => {
  server = await startServer()
})
afterEach(async () => {
  await browser.close()
  await server.remove()
})

const PROBLEM = '绩效评价在目标设置上过于简单'
const panel = (page: Page): Locator => page.locator('#panel-review')
const saveState = (page: Page) => page.getByRole('banner').locator('.save-state').getAttribute('data-state')

test('[B1] in Chromium 109 words are commented, marked and lead to their comment, and fields are as high as their text', async () => {
  browser = await launchOldBrowser()
  const { page, errors } = await openActor(browser, { username: 'filler', password: DEMO_PASSWORD, url: server.url })
  await page.goto(`${server.url}/reports/demo`)
  await page.locator('[contenteditable=true][role=textbox]').waitFor()
  await select(page, PROBLEM)
  await page.keyboard.press('Control+Alt+m')
  const box = panel(page).locator('.review-card.new textarea')
  await box.waitFor()
  const empty = await heightOf(box)
  await page.keyboard.insertText('第一行\n第二行\n第三行\n第四行\n第五行')
  await expect.poll(() => heightOf(box)).toBeGreaterThan(empty + 40)
  await page.keyboard.press('Control+Enter')
  const card = panel(page).locator('.review-card[id]', { hasText: '第五行' })
  await card.waitFor()
  const marked = () => page.evaluate(() => Array.from(CSS.highlights.get('review-active') ?? [], String).join(''))
  await expect.poll(marked).toContain(PROBLEM)

  await page.locator('#tab-scores').click()
  const text = page.getByRole('textbox', { name: '报告正文' })
  await text.locator('p', { hasText: '目标 1' }).click()
  const words = text.locator('p', { hasText: PROBLEM }).first()
  await words.click({ position: { x: 90, y: 20 } })
  await page.locator('#panel-review .review-card.active', { hasText: '第五行' }).waitFor()

  const unit = page.getByRole('region', { name: '封面' }).getByRole('textbox', { name: '项目名称' })
  const oneLine = await heightOf(unit)
  await unit.fill('很长的项目名称'.repeat(12))
  await expect.poll(() => heightOf(unit)).toBeGreaterThan(oneLine * 2)
  await page.keyboard.press('Tab')
  await expect.poll(() => saveState(page)).toBe('saved')
  expect(errors).toEqual([])
})

test('[B2] over plain http points of a return are gathered, and what a page keeps is copied', async () => {
  await server.remove()
  const port = String(await freePort())
  server = await startServer({ PORT: port, BASE_URL: `http://gongping.test:${port}` })
  browser = await launchBrowser('--host-resolver-rules=MAP gongping.test 127.0.0.1')
  const filler = await signIn('filler')
  const head = await signIn('head')
  expect(await filler.evaluate(() => isSecureContext)).toBe(false)

  await filler.context().setOffline(true)
  await filler.getByRole('textbox', { name: '报告正文' }).locator('p', { hasText: PROBLEM }).first().click()
  await filler.keyboard.insertText('没有送到的话')
  await filler.waitForTimeout(500)
  await endFillersTurn(server)
  await filler.context().setOffline(false)
  const kept = filler.getByRole('dialog')
  await expect.poll(() => kept.locator('textarea').inputValue(), { timeout: 60_000 }).toContain('没有送到的话')
  await kept.getByRole('button', { name: '复制全部' }).click()
  await kept.getByRole('button', { name: '已复制' }).waitFor()
  await kept.getByRole('button', { name: '以后再说' }).click()

  await filler.locator('#tab-review').click()
  await panel(filler).getByRole('button', { name: '批注全文' }).click()
  const box = panel(filler).locator('.review-card.new textarea')
  await box.focus()
  await filler.keyboard.press('Control+v')
  expect(await box.inputValue()).toContain('没有送到的话')
  await filler.keyboard.press('Control+Enter')
  const card = panel(filler).locator('.review-card[id]', { hasText: '没有送到的话' })
  await card.getByRole('button', { name: '复制链接' }).click()
  await filler.getByText('链接已复制。').waitFor()

  await expect.poll(() => saveState(head), { timeout: 60_000 }).toBe('saved')
  await select(head, PROBLEM)
  const selected = head.getByRole('toolbar', { name: '所选文字' })
  await selected.getByRole('button', { name: '列入退回意见' }).click()
  await head.getByRole('banner').getByRole('button', { name: /更多/ }).click()
  await head.getByRole('menuitem', { name: '退回修改' }).click()
  const points = head.getByRole('dialog').getByRole('group', { name: /退回意见/ })
  await expect.poll(() => points.locator('li').count()).toBe(1)
  await points.getByRole('button', { name: '另写一条' }).click()
  await expect.poll(() => points.locator('li').count()).toBe(2)
})

test('[B3] who waits in vain for the page is told what may be the matter', async () => {
  browser = await launchBrowser()
  const page = await browser.newPage()
  await page.route('**/assets/*.js', (route) => route.abort())
  await page.goto(server.url)
  const hint = page.getByText('换用 Chromium 94 以上内核的浏览器')
  expect(await hint.isVisible()).toBe(false)
  await hint.waitFor({ timeout: 20_000 })
})

test('[C16] behind a network that lets no WebSocket through the page says so, and goes on once it does', async () => {
  browser = await launchBrowser()
  const { page } = await openActor(browser, { username: 'filler', password: DEMO_PASSWORD, url: server.url })
  let isBlocked = false
  await page.routeWebSocket(/\/sync\//, (line) => (isBlocked ? line.close() : line.connectToServer()))
  await page.goto(`${server.url}/reports/demo`)
  await expect.poll(() => saveState(page)).toBe('saved')
  const bar = page.getByText('可能被单位的网络设备拦截')
  await server.restart({ samePort: true })
  await expect.poll(() => saveState(page), { timeout: 60_000 }).toBe('saved')
  expect(await bar.count()).toBe(0)

  isBlocked = true
  await page.reload()
  await bar.waitFor({ timeout: 60_000 })
  isBlocked = false
  await bar.waitFor({ state: 'detached', timeout: 60_000 })
  await expect.poll(() => saveState(page)).toBe('saved')
})

test('[B4] nine reports in tabs keep none from the server, and a tab that is looked at again catches up', async () => {
  browser = await launchBrowser()
  const { page: first, context } = await openActor(browser, {
    username: 'finance',
    password: DEMO_PASSWORD,
    url: server.url,
  })
  // Under control every page counts as seen; in front of people only the last one is.
  await context.addInitScript(() => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => 'isBehind' in window })
  })
  const turn = (page: Page, isBehind: boolean) =>
    page.evaluate((behind) => {
      if (behind) Object.assign(window, { isBehind: true })
      else Reflect.deleteProperty(window, 'isBehind')
      document.dispatchEvent(new Event('visibilitychange'))
    }, isBehind)
  const open = async (page: Page) => {
    await page.goto(`${server.url}/reports/demo`)
    await expect.poll(() => saveState(page)).toBe('saved')
    await page.locator('#tab-review').click()
    await panel(page).getByRole('button', { name: '批注全文' }).waitFor()
  }
  await open(first)
  let last = first
  for (let tabs = 2; tabs <= 9; tabs += 1) {
    await turn(last, true)
    last = await context.newPage()
    await open(last)
  }
  await panel(last).getByRole('button', { name: '批注全文' }).click()
  await panel(last).locator('.review-card.new textarea').fill('第九个窗口的批注')
  await last.keyboard.press('Control+Enter')
  await panel(last).locator('.review-card[id]', { hasText: '第九个窗口的批注' }).waitFor()
  expect(await panel(first).locator('.review-card[id]').count()).toBe(0)
  await turn(last, true)
  await turn(first, false)
  await panel(first).locator('.review-card[id]', { hasText: '第九个窗口的批注' }).waitFor()
})

test('[B5] [C17] a file let go over the report leaves it there; who signs out leaves no report on the computer', async () => {
  browser = await launchBrowser()
  const { page } = await openActor(browser, { username: 'filler', password: DEMO_PASSWORD, url: server.url })
  await page.goto(`${server.url}/reports/demo`)
  await expect.poll(() => saveState(page)).toBe('saved')
  const letGo = (selector: string) =>
    page.locator(selector).evaluate((element) => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File(['docx'], '自评报告.docx'))
      const event = new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true })
      element.dispatchEvent(event)
      return event.defaultPrevented
    })
  expect(await letGo('body')).toBe(true)
  expect(await letGo('.report-text')).toBe(true)
  await page.getByText('文件不能拖进来').waitFor()
  expect(await page.locator('html').getAttribute('translate')).toBe('no')

  const rows = () =>
    page.evaluate(async () => {
      let count = 0
      for (const { name } of await indexedDB.databases()) {
        const opening = indexedDB.open(name!)
        await new Promise((resolve) => opening.addEventListener('success', resolve))
        const { result } = opening
        if (result.objectStoreNames.contains('updates')) {
          const counting = result.transaction('updates').objectStore('updates').count()
          await new Promise((resolve) => counting.addEventListener('success', resolve))
          count += counting.result
        }
        result.close()
      }
      return count
    })
  await expect.poll(rows).toBeGreaterThan(0)
  await page.goto(server.url)
  await page.locator('.user-menu').click()
  await page.getByRole('button', { name: '退出登录' }).click()
  await page.getByLabel('密码').waitFor()
  await expect.poll(rows).toBe(0)
})

test('[C18] [A12] with another account signed in in the same browser a page does nothing in that one’s name', async () => {
  browser = await launchBrowser()
  const { page, context } = await openActor(browser, { username: 'filler', password: DEMO_PASSWORD, url: server.url })
  await page.goto(`${server.url}/reports/demo`)
  await expect.poll(() => saveState(page)).toBe('saved')
  const head = { data: { username: 'head', password: DEMO_PASSWORD }, headers: { origin: server.url } }
  const asHead = () => context.request.post(`${server.url}/api/auth/sign-in/username`, head)
  const question = page.getByRole('dialog', { name: '请重新登录' })
  const signInAgain = async () => {
    await question.waitFor({ timeout: 60_000 })
    await question.getByLabel('密码').fill(DEMO_PASSWORD)
    await question.getByRole('button', { name: '登录' }).click()
    await question.waitFor({ state: 'detached' })
    await expect.poll(() => saveState(page)).toBe('saved')
  }

  await asHead()
  await page.locator('#tab-review').click()
  await panel(page).getByRole('button', { name: '批注全文' }).click()
  const box = panel(page).locator('.review-card.new textarea')
  await box.fill('填报人的批注')
  await page.keyboard.press('Control+Enter')
  await signInAgain()
  expect(await panel(page).locator('.review-card[id]').count()).toBe(0)
  await box.focus()
  await page.keyboard.press('Control+Enter')
  await panel(page).locator('.review-card[id].by-filler', { hasText: '填报人的批注' }).waitFor()

  await context.setOffline(true)
  await expect.poll(() => saveState(page)).toBe('offline')
  await page.getByRole('textbox', { name: '报告正文' }).locator('p', { hasText: PROBLEM }).first().click()
  await page.keyboard.insertText('填报人断网时的话')
  await asHead()
  await context.setOffline(false)
  await signInAgain()
  await page.reload()
  await page.getByRole('textbox', { name: '报告正文' }).getByText('填报人断网时的话').waitFor()
})

test('[B6] in a network that lets only GET and POST through and holds streams back, comments are changed and seen', async () => {
  browser = await launchBrowser()
  const { page } = await openActor(browser, { username: 'filler', password: DEMO_PASSWORD, url: server.url })
  await page.route('**/api/**', (route) => {
    if (['GET', 'POST'].includes(route.request().method())) return route.continue()
    return route.fulfill({ status: 405, contentType: 'text/html', body: '<h1>405 Not Allowed</h1>' })
  })
  // Held back: neither an answer nor an error.
  await page.route('**/api/events*', () => {})
  const head = await openActor(browser, { username: 'head', password: DEMO_PASSWORD, url: server.url })
  await page.goto(`${server.url}/reports/demo`)
  await expect.poll(() => saveState(page)).toBe('saved')
  await page.locator('#tab-review').click()
  const posted = await head.context.request.post(`${server.url}/api/reports/demo/threads`, {
    data: { anchor: { kind: 'report' }, text: '没有推送的批注' },
    headers: { origin: server.url },
  })
  expect(posted.status()).toBe(201)
  await panel(page).locator('.review-card[id]', { hasText: '没有推送的批注' }).click({ timeout: 60_000 })

  await panel(page).getByRole('button', { name: '批注全文' }).click()
  await panel(page).locator('.review-card.new textarea').fill('写错的批注')
  await page.keyboard.press('Control+Enter')
  const card = panel(page).locator('.review-card[id]', { hasText: '写错的批注' })
  await card.getByRole('button', { name: '修改', exact: true }).click()
  await card.getByRole('textbox', { name: '修改批注' }).fill('改好的批注')
  await page.keyboard.press('Control+Enter')
  const changed = panel(page).locator('.review-card[id]', { hasText: '改好的批注' })
  await changed.getByRole('button', { name: '删除' }).first().click()
  await changed.getByRole('button', { name: '删除', exact: true }).last().click()
  await changed.waitFor({ state: 'detached' })
})

async function signIn(username: string): Promise<Page> {
  const context = await browser.newContext({ locale: 'zh-CN', viewport: { width: 1366, height: 768 } })
  const page = await context.newPage()
  await page.goto(`${server.url}/reports/demo`)
  await page.getByLabel('用户名').fill(username)
  await page.getByLabel('密码').fill(DEMO_PASSWORD)
  await page.getByRole('button', { name: '登录' }).click()
  await page.locator('[contenteditable][role=textbox] p').first().waitFor()
  await expect.poll(() => saveState(page)).toBe('saved')
  return page
}

const heightOf = (field: Locator): Promise<number> => field.evaluate((element) => element.clientHeight)

async function select(page: Page, words: string): Promise<void> {
  const text = page.getByRole('textbox', { name: '报告正文' })
  const paragraph = text.locator('p', { hasText: words }).first()
  await paragraph.scrollIntoViewIfNeeded()
  await paragraph.click()
  await selectText(paragraph, 'all')
  await page.locator('.selection-bar').waitFor()
}
