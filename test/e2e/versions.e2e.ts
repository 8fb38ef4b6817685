import { setScore, textOf } from '@gongping/report-doc'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { seriousFindings } from '../support/accessibility.ts'
import { launchBrowser, openActor } from '../support/browser.ts'
import { joinPart } from '../support/join-part.ts'
import { DEMO_PASSWORD, startServer, type TestServer } from '../support/server.ts'

const LEAF = 'gd.decision.setup.justification'

let server: TestServer
let browser: Browser

beforeAll(async () => {
  server = await startServer({ AUTO_VERSION_IDLE_MS: '300' })
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.remove()
})

test('two people write, the filler sees who changed what, restores a score and then everything', async () => {
  await write('filler', '完成度良好', '完成度优秀，等级为优')
  await write('head', '上过于简单', '上过于简单，时效指标未设定具体完成日期')
  await lowerScore()

  const { page, errors, context } = await openActor(browser, {
    username: 'filler',
    password: DEMO_PASSWORD,
    url: server.url,
    options: { viewport: { width: 1366, height: 768 } },
  })
  await page.goto(`${server.url}/reports/demo/versions`)
  const sheet = page.locator('.compared-sheet')
  await sheet.waitFor()
  await expect.poll(() => page.locator('.timeline .version').count()).toBeGreaterThan(2)
  expect(await sheet.locator('ins.filler').allTextContents()).toEqual(['优秀，等级为优'])
  expect(await sheet.locator('ins.head').allTextContents()).toEqual(['，时效指标未设定具体完成日期'])
  expect(await sheet.locator('del.filler').allTextContents()).toEqual(['良好'])
  await expect.poll(() => page.locator('.people-changes button').count()).toBe(2)
  expect(await seriousFindings(page)).toEqual([])

  // Keyboard: to the first change and, backwards, to the last.
  await page.keyboard.press('Alt+ArrowDown')
  await expect.poll(() => page.locator('.walk output').textContent()).toBe('1 / 2 处')
  await page.keyboard.press('Alt+ArrowUp')
  await expect.poll(() => page.locator('.walk output').textContent()).toBe('2 / 2 处')
  expect(await sheet.locator('p.paragraph').count()).toBe(2)
  await page.getByRole('button', { name: '全文' }).click()
  await expect.poll(() => sheet.locator('p.paragraph').count()).toBeGreaterThan(30)
  await page.getByRole('button', { name: '只看改动' }).click()
  await expect.poll(() => sheet.locator('p.paragraph').count()).toBe(2)

  await page.getByRole('button', { name: '“论证决策”的经过', exact: true }).click()
  await page.getByRole('dialog').getByText('自评得分 3 → 2.5').waitFor()
  expect(await seriousFindings(page)).toEqual([])
  await page.keyboard.press('Escape')

  await page.getByRole('button', { name: '恢复“论证决策”的得分' }).click()
  const dialog = page.getByRole('dialog')
  expect(await dialog.getByRole('heading').textContent()).toContain('论证决策')
  await dialog.getByRole('button', { name: '恢复', exact: true }).click()
  await page.getByText('得分没有变化。').waitFor()
  expect(await sheet.locator('ins').count()).toBe(2)

  await page.getByRole('button', { name: '恢复此版本' }).click()
  await dialog.getByRole('button', { name: '恢复', exact: true }).click()
  await page.getByText('正文没有改动').waitFor()
  const narrative = await joinPart(server, { user: 'finance', part: 'narrative' })
  expect(narrative.doc.get('body', Y.XmlElement).toString()).toContain('该项目完成度良好')
  narrative.provider.destroy()

  const checksum = await page.locator('.checksum code').textContent()
  await page.goto(`${server.url}/verify/${checksum}`)
  await page.getByText('存储内容完好').first().waitFor()
  expect(await seriousFindings(page)).toEqual([])
  expect(errors).toEqual([])
  await context.close()
})

test('Ctrl+S says that all is saved and names a version; without a name the time stands for it', async () => {
  const { page, errors, context } = await openActor(browser, {
    username: 'filler',
    password: DEMO_PASSWORD,
    url: server.url,
  })
  await page.goto(`${server.url}/reports/demo`)
  await page.getByRole('treegrid').waitFor()
  const dialog = page.getByRole('dialog', { name: '命名版本' })
  await page.keyboard.press('Control+s')
  await dialog.getByRole('textbox', { name: '版本名称' }).waitFor()
  expect(await page.getByRole('banner').locator('.save-state').getAttribute('data-state')).toBe('saved')
  expect(await seriousFindings(page)).toEqual([])
  await page.keyboard.type('会审前')
  await page.keyboard.press('Enter')
  await page.getByText('已存为版本“会审前”。').waitFor()
  await page.keyboard.press('Control+s')
  const byTime = (await dialog.getByRole('textbox').getAttribute('placeholder'))!
  expect(byTime).toMatch(/\d{2}:\d{2} 保存$/)
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'detached' })

  await page.getByRole('link', { name: '版本', exact: true }).click()
  const names = () => page.locator('.timeline .version.named .name').allTextContents()
  await expect.poll(async () => (await names()).slice(0, 2)).toEqual([byTime, '会审前'])
  await page.getByRole('button', { name: '命名版本' }).click()
  await dialog.getByRole('textbox').fill('对比后')
  await dialog.getByRole('button', { name: '保存版本' }).click()
  await expect.poll(async () => (await names())[0]).toBe('对比后')

  // The list opens at the version that is looked at, however long it is.
  await page.setViewportSize({ width: 1366, height: 300 })
  await page.reload()
  const chosen = page.locator('.timeline .version[aria-pressed=true]')
  await chosen.waitFor()
  await expect
    .poll(() => chosen.evaluate((entry) => Math.floor(entry.getBoundingClientRect().bottom) <= innerHeight))
    .toBe(true)
  expect(errors).toEqual([])
  await context.close()
})

test('comments mark their cell and section; how a score and a section came about is one click away', async () => {
  await write('head', '完成度良好', '完成度较好')
  const anchor = { kind: 'cell', indicatorId: LEAF, column: 'self', aspect: 'score' }
  await fetch(`${server.url}/api/reports/demo/threads`, {
    method: 'POST',
    headers: { cookie: await server.signIn('head'), 'content-type': 'application/json' },
    body: JSON.stringify({ anchor, text: '为何扣1分？' }),
  })
  const { page, errors, context } = await openActor(browser, {
    username: 'filler',
    password: DEMO_PASSWORD,
    url: server.url,
  })
  await page.goto(`${server.url}/reports/demo`)
  const cell = page.locator(`[data-place="self|${LEAF}"]`)
  await cell.getByRole('button', { name: '1 条批注未关闭' }).waitFor()
  const outline = page.getByRole('navigation', { name: '目录' })
  await outline.getByRole('button', { name: /决策分析.*1 条批注未关闭/ }).waitFor()

  await cell.click()
  await page.locator('.dock-head').click()
  await page.getByRole('button', { name: '得分经过' }).click()
  const dialog = page.getByRole('dialog', { name: '“论证决策”的经过' })
  await dialog.getByText('为何扣1分？').waitFor()
  const told = await dialog.getByRole('listitem').allInnerTexts()
  const at = (words: string) => told.findIndex((entry) => entry.includes(words))
  expect(at('自评得分 3')).toBe(0)
  expect(at('自评得分 3 → 2.5')).toBeGreaterThan(0)
  expect(at('自评得分 2.5 → 3')).toBeGreaterThan(at('自评得分 3 → 2.5'))
  expect(at('为何扣1分？')).toBeGreaterThan(at('自评得分 2.5 → 3'))
  expect(await seriousFindings(page)).toEqual([])
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })

  await outline.getByRole('button', { name: /^三、/ }).click()
  await outline.getByRole('button', { name: '本节经过' }).click()
  const section = page.getByRole('dialog', { name: /三、.*的经过/ })
  await expect.poll(() => section.locator('ins.head').allTextContents()).toEqual(['较好'])
  await page.keyboard.press('Escape')

  await cell.getByRole('button', { name: '1 条批注未关闭' }).click()
  await expect.poll(() => page.locator('.review-card.active').innerText()).toContain('为何扣1分？')
  expect(errors).toEqual([])
  await context.close()
})

async function write(user: 'filler' | 'head', before: string, after: string): Promise<void> {
  const { doc, provider, settled } = await joinPart(server, { user, part: 'narrative' })
  const blocks = doc.get('body', Y.XmlElement).toArray() as Y.XmlElement[]
  const texts = blocks.flatMap((block) => block.toArray()).filter((child) => child instanceof Y.XmlText)
  const text = texts.find((one) => Y.Text.prototype.toString.call(one).includes(before))
  if (!text) throw new Error(`no text with ${before}`)
  const at = Y.Text.prototype.toString.call(text).indexOf(before)
  const common = [...before].findIndex((sign, index) => sign !== after[index])
  const kept = common < 0 ? before.length : common
  doc.transact(() => {
    text.delete(at + kept, before.length - kept)
    text.insert(at + kept, after.slice(kept))
  })
  await settled()
  provider.destroy()
}

async function lowerScore(): Promise<void> {
  const { doc, provider, settled } = await joinPart(server, { user: 'filler', part: 'self' })
  setScore({ doc, origin: null, part: 'self', indicatorId: LEAF, score: 250 })
  textOf(doc, 'self', `${LEAF}.reason`)?.insert(0, '论证材料不全。')
  await settled()
  provider.destroy()
}
