import type { Browser, Locator, Page, Route } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { seriousFindings } from '../support/accessibility.ts'
import { launchBrowser, openActor, type Actor } from '../support/browser.ts'
import { DEMO_PASSWORD, startServer, type TestServer } from '../support/server.ts'
import { selectText } from '../support/select-text.ts'

/** What is being written in a review stays, whatever another tab, a slow line or a refusal does meanwhile. */
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

const panel = (page: Page): Locator => page.locator('#panel-review')
const box = (page: Page): Locator => panel(page).locator('.review-card.new textarea')
const unsent = (page: Page): Locator => panel(page).getByRole('region', { name: '未发出的批注' })
const card = (page: Page, words: string): Locator => panel(page).locator('.review-card[id]', { hasText: words })

test('[R1] a comment sent in one tab leaves what is being written in another', async () => {
  const { page, context } = head
  await openPanel(page)
  const other = await context.newPage()
  await openPanel(other)
  await aboutCover(page, '第一个窗口还没有写完')
  await aboutReport(other, '第二个窗口的批注')
  await other.keyboard.press('Control+Enter')
  await card(other, '第二个窗口的批注').waitFor()
  await page.reload()
  await page.locator('#tab-review').click()
  await expect.poll(() => box(page).inputValue()).toBe('第一个窗口还没有写完')
})

test('[R2] what is typed while a comment is on its way stays', async () => {
  const { page } = head
  await openPanel(page)
  const comment = await hold(page, '**/threads')
  await aboutReport(page, '路上的批注')
  await page.keyboard.press('Control+Enter')
  await comment.arrived
  await page.keyboard.type('，下一句')
  await comment.release()
  await card(page, '路上的批注').waitFor()
  expect(await box(page).inputValue()).toBe('路上的批注，下一句')
})

test('[R2] what is typed while an answer is on its way stays', async () => {
  const { page } = head
  await openPanel(page)
  await aboutReport(page, '等待回复')
  await page.keyboard.press('Control+Enter')
  await card(page, '等待回复').waitFor()
  const answer = await hold(page, '**/replies')
  const field = panel(page).getByRole('textbox', { name: '回复' })
  await field.click()
  await page.keyboard.type('路上的回复')
  await page.keyboard.press('Control+Enter')
  await answer.arrived
  await page.keyboard.type('，下一句')
  await answer.release()
  await panel(page).locator('.answers', { hasText: '路上的回复' }).waitFor()
  expect(await field.inputValue()).toBe('路上的回复，下一句')
})

test('[R2] a correction that is stored closes its own field, not that of the next', async () => {
  const { page } = head
  await openPanel(page)
  await aboutReport(page, '先改这一条')
  await page.keyboard.press('Control+Enter')
  await card(page, '先改这一条').waitFor()
  await panel(page).getByRole('textbox', { name: '回复' }).fill('再改那一条')
  await page.keyboard.press('Control+Enter')
  await panel(page).locator('.answers', { hasText: '再改那一条' }).waitFor()
  const change = panel(page).getByRole('button', { name: '修改', exact: true })
  const field = panel(page).getByRole('textbox', { name: '修改批注' })
  await change.first().click()
  await field.fill('先改了这一条')
  const correction = await hold(page, '**/replies/*')
  await page.keyboard.press('Control+Enter')
  await correction.arrived
  await change.click()
  await page.keyboard.press('End')
  await page.keyboard.type('，一半')
  await correction.release()
  await card(page, '先改了这一条').waitFor()
  await page.keyboard.type('，写完')
  expect(await field.inputValue()).toBe('再改那一条，一半，写完')
})

test('[R2] what is rewritten while a suggestion is on its way stays', async () => {
  const { page } = head
  await openPanel(page)
  const suggestion = await hold(page, '**/suggestions')
  await select(page, '目标设置')
  await page.keyboard.press('Control+Shift+e')
  const rewrite = page.locator('.rewrite-box textarea')
  await rewrite.fill('目标的设置')
  await page.keyboard.press('Control+Enter')
  await suggestion.arrived
  await rewrite.fill('总目标的设置')
  await suggestion.release()
  await page.locator('.insertion').first().waitFor({ state: 'attached' })
  expect(await rewrite.inputValue()).toBe('总目标的设置')
})

test('[R3] a second comment neither hides the failure of the first nor is closed by its success', async () => {
  const { page } = head
  await openPanel(page)
  const failing = await hold(page, '**/threads')
  await aboutCover(page, '没有发出的甲')
  await page.keyboard.press('Control+Enter')
  await failing.arrived
  await aboutReport(page, '写到一半的乙')
  await failing.release((route) => route.fulfill({ status: 500, json: {} }))
  await unsent(page).getByRole('alert').waitFor()
  expect(await unsent(page).innerText()).toContain('没有发出的甲')
  expect(await box(page).inputValue()).toBe('写到一半的乙')
  expect(await seriousFindings(page)).toEqual([])

  await unsent(page)
    .getByRole('button', { name: /没有发出的甲/ })
    .click()
  expect(await box(page).inputValue()).toBe('没有发出的甲')
  await panel(page).locator('.review-card.new').getByRole('alert').waitFor()
  expect(await unsent(page).innerText()).toContain('写到一半的乙')
  await page.reload()
  await page.locator('#tab-review').click()
  await expect.poll(() => box(page).inputValue()).toBe('没有发出的甲')
  await unsent(page).getByText('写到一半的乙').waitFor()

  const slow = await hold(page, '**/threads')
  await box(page).focus()
  await page.keyboard.press('Control+Enter')
  await slow.arrived
  await unsent(page)
    .getByRole('button', { name: /写到一半的乙/ })
    .click()
  await page.keyboard.press('End')
  await page.keyboard.type('，接着写')
  await slow.release()
  await card(page, '没有发出的甲').waitFor()
  await page.keyboard.type('完')
  expect(await box(page).inputValue()).toBe('写到一半的乙，接着写完')
  expect(await unsent(page).count()).toBe(0)
  await panel(page).getByRole('button', { name: '取消' }).click()
  await unsent(page).getByRole('button', { name: '删除' }).click()
  await unsent(page).getByText('确定删除').waitFor()
  await unsent(page).getByRole('button', { name: '删除', exact: true }).click()
  await expect.poll(() => unsent(page).count()).toBe(0)
})

test('[R4] an internal comment being written stays internal', async () => {
  const { page } = head
  await openPanel(page)
  const visibility = panel(page).getByRole('combobox', { name: '可见范围' })
  await panel(page).getByRole('button', { name: '批注全文' }).click()
  await visibility.selectOption('department')
  await box(page).fill('只给本部门看')
  await panel(page)
    .getByRole('button', { name: /^修订 \d/ })
    .click()
  await panel(page)
    .getByRole('button', { name: /^批注 \d/ })
    .click()
  expect(await visibility.inputValue()).toBe('department')
  await page.reload()
  await page.locator('#tab-review').click()
  await expect.poll(() => box(page).inputValue()).toBe('只给本部门看')
  expect(await visibility.inputValue()).toBe('department')
  await box(page).focus()
  await page.keyboard.press('Control+Enter')
  await card(page, '只给本部门看').locator('.chip.internal').waitFor()
})

test('[R5] suggestions sent again after a failure in the middle are stored once', async () => {
  const { page } = head
  await openPanel(page)
  const passage = await select(page, '绩效评价在目标设置上过于简单')
  await page.keyboard.press('Control+Shift+e')
  await page.locator('.rewrite-box textarea').fill(`本次${passage.slice(2)}化了`)
  const before = await stored(page)
  let asked = 0
  await page.route('**/suggestions', async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    asked++
    if (asked === 2) return route.fulfill({ status: 500, json: {} })
    // Stored, but the answer does not come.
    if (asked === 3) {
      await route.fetch()
      return route.abort()
    }
    return route.continue()
  })
  for (let n = 0; n < 2; n++) {
    await page.locator('.rewrite-box').getByRole('button', { name: '提出修改' }).click()
    await expect.poll(() => asked).toBe(2 + n)
    await page.locator('.rewrite-box').getByRole('alert').waitFor()
  }
  await page.locator('.rewrite-box').getByRole('button', { name: '提出修改' }).click()
  await page.locator('.rewrite-box').waitFor({ state: 'detached' })
  expect([await stored(page), asked]).toEqual([before + 2, 3])
})

test('[R6] a comment whose answer is lost is stored once when it is sent again, and let go of once the list shows it', async () => {
  const { page } = head
  await openPanel(page)
  let isCutOff = true
  let asked = 0
  await page.route('**/threads', async (route) => {
    if (route.request().method() === 'POST' && ++asked <= 2) await route.fetch()
    return isCutOff ? route.abort() : route.continue()
  })
  await aboutReport(page, '答复丢了的批注')
  for (let n = 0; n < 2; n++) {
    await page.keyboard.press('Control+Enter')
    await expect.poll(() => asked).toBe(n + 1)
    await panel(page).locator('.review-card.new').getByRole('alert').waitFor()
  }
  await page.keyboard.type('（改）')
  isCutOff = false
  await page.keyboard.press('Control+Enter')
  await card(page, '答复丢了的批注（改）').waitFor()
  // What was changed after a failure is something else: both were said.
  await expect.poll(() => card(page, '答复丢了的批注').count()).toBe(2)

  isCutOff = true
  asked = 0
  await aboutReport(page, '列表里已有的批注')
  await page.keyboard.press('Control+Enter')
  await panel(page).locator('.review-card.new').getByRole('alert').waitFor()
  isCutOff = false
  await page.reload()
  await page.locator('#tab-review').click()
  await card(page, '列表里已有的批注').waitFor()
  await expect.poll(() => box(page).count()).toBe(0)
  expect(await unsent(page).count()).toBe(0)
  expect(await card(page, '列表里已有的批注').count()).toBe(1)
})

test('[R6] an answer whose own answer is lost is stored once', async () => {
  const { page } = head
  await openPanel(page)
  await aboutReport(page, '请回复一次')
  await page.keyboard.press('Control+Enter')
  await card(page, '请回复一次').waitFor()
  const field = panel(page).getByRole('textbox', { name: '回复' })
  await field.fill('只回复一次')
  let isCutOff = true
  let asked = 0
  await page.route(/\/threads(\/|$)/, async (route) => {
    if (!isCutOff) return route.continue()
    if (route.request().method() === 'POST') {
      await route.fetch()
      asked++
    }
    return route.abort()
  })
  for (let n = 0; n < 2; n++) {
    await field.press('Control+Enter')
    await expect.poll(() => asked).toBe(n + 1)
    await panel(page).locator('.writer').getByRole('alert').waitFor()
  }
  isCutOff = false
  await field.press('Control+Enter')
  await panel(page).locator('.answers', { hasText: '只回复一次' }).waitFor()
  await expect.poll(() => field.inputValue()).toBe('')
  expect(await panel(page).locator('.answers li').count()).toBe(1)
})

test('[R7] what is written for a submission is there again after a jump to what stands in the way, and after a reload', async () => {
  const filler = await openActor(browser, { username: 'filler', password: DEMO_PASSWORD, url: server.url })
  const { page } = filler
  const submit = async () => {
    await page.getByRole('banner').getByRole('button', { name: '提交主管部门审核' }).click()
    await page.getByRole('dialog').locator('.warnings').waitFor()
  }
  const fields = page.getByRole('dialog').locator('textarea')
  const open = async () => {
    await page.goto(`${server.url}/reports/demo`)
    await expect.poll(() => page.getByRole('banner').locator('.save-state').getAttribute('data-state')).toBe('saved')
    await submit()
  }
  await open()
  await fields.first().fill('均已说明')
  await fields.last().fill('本次一并报送附件')
  await page.getByRole('dialog').locator('.warnings > summary').click()
  await page.getByRole('dialog').getByRole('button', { name: '单独说明' }).first().click()
  await page.keyboard.type('验收单另附')
  await page.getByRole('dialog').getByRole('button', { name: /^确/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: '定位' }).first().click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  for (const again of [submit, open]) {
    await again()
    expect([await fields.first().inputValue(), await fields.last().inputValue()]).toEqual([
      '均已说明',
      '本次一并报送附件',
    ])
    expect(await page.getByRole('dialog').locator('.warnings input').inputValue()).toBe('验收单另附')
  }
  await filler.context.close()
})

test('[R2] a suggested score is sent once, however often the button is pressed', async () => {
  const { page } = head
  await openPanel(page)
  await page.locator('#tab-scores').click()
  await page.locator('[data-place="self|gd.decision.setup.justification"]').click()
  const details = page.locator('.detail-dock')
  if ((await details.locator('.dock-body').count()) === 0) await details.locator('.dock-head').click()
  await page.getByRole('button', { name: '建议得分' }).click()
  const form = page.locator('.score-suggestion')
  await form.getByLabel('建议得分').fill('0.5')
  await form.getByLabel('理由').fill('台账缺一份')
  const before = await stored(page)
  await form.getByRole('button', { name: '提出修改' }).dblclick()
  await form.waitFor({ state: 'detached' })
  expect(await stored(page)).toBe(before + 1)
})

async function openPanel(page: Page): Promise<void> {
  await page.goto(`${server.url}/reports/demo`)
  await page.getByRole('button', { name: '建议修改' }).waitFor()
  await page.locator('#tab-review').click()
  await panel(page).locator('.kinds').waitFor()
}

async function aboutReport(page: Page, words: string): Promise<void> {
  await panel(page).getByRole('button', { name: '批注全文' }).click()
  await typeInto(page, words)
}

async function aboutCover(page: Page, words: string): Promise<void> {
  await page.locator('.cover-comment').first().click()
  await typeInto(page, words)
}

async function typeInto(page: Page, words: string): Promise<void> {
  await expect.poll(() => box(page).evaluate((field) => field === document.activeElement)).toBe(true)
  await page.keyboard.type(words)
}

/** Keeps the next request that writes to the address on its way until it is released. */
async function hold(page: Page, url: string) {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<Route>()
  await page.route(url, (route) => {
    if (route.request().method() === 'GET') return route.continue()
    return arrive(route)
  })
  return {
    arrived,
    async release(go: (route: Route) => Promise<void> = (route) => route.continue()) {
      await go(await arrived)
      await page.unroute(url)
    },
  }
}

/** Selects words of the text. @returns what is selected */
async function select(page: Page, words: string): Promise<string> {
  const selected = await selectText(page.locator('.report-text'), { words })
  await page.locator('.selection-bar').waitFor()
  return selected
}

async function stored(page: Page): Promise<number> {
  const answer = await page.request.get(`${server.url}/api/reports/demo/suggestions`)
  return ((await answer.json()) as { suggestions: unknown[] }).suggestions.length
}
