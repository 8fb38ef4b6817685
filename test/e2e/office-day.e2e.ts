import { inflateSync } from 'node:zlib'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { launchBrowser, openActor, type Actor } from '../support/browser.ts'
import { DEMO_PASSWORD, startServer, type DemoUser, type TestServer } from '../support/server.ts'
import * as Y from 'yjs'

/** What people in an office meet on an ordinary day, at the size of their screens. */
let server: TestServer
let browser: Browser
const opened: Actor[] = []

beforeAll(async () => {
  server = await startServer()
  browser = await launchBrowser()
})
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ context }) => context.close()))
})
afterAll(async () => {
  await browser?.close()
  await server?.remove()
})

async function open(username: DemoUser, path: string): Promise<Page> {
  const options = { viewport: { width: 1366, height: 768 } }
  const actor = await openActor(browser, { username, password: DEMO_PASSWORD, url: server.url, options })
  opened.push(actor)
  await actor.page.goto(server.url + path)
  return actor.page
}
async function openReport(username: DemoUser, id = 'demo'): Promise<Page> {
  const page = await open(username, `/reports/${id}`)
  await page.locator('.report-text p').first().waitFor()
  await page.getByRole('treegrid').waitFor()
  return page
}
async function newReport(page: Page, projectName: string): Promise<string> {
  const response = await page.context().request.post(`${server.url}/api/reports`, {
    data: { templateId: 'guangdong-2022', projectName, fiscalYear: 2025 },
    headers: { origin: server.url },
  })
  return ((await response.json()) as { id: string }).id
}

test('too many wrong passwords: the wait is told in minutes', async () => {
  const context = await browser.newContext({ locale: 'zh-CN' })
  const page = await context.newPage()
  await page.goto(server.url)
  await page.getByLabel('用户名').fill('nobody')
  for (let tries = 0; tries < 12; tries++) {
    await page.getByLabel('密码', { exact: true }).fill(`wrong ${tries}`)
    const answer = page.waitForResponse((response) => response.url().includes('/sign-in/'))
    await page.keyboard.press('Enter')
    if ((await answer).status() === 429) break
  }
  await expect.poll(() => page.getByRole('alert').innerText()).toMatch(/请在 \d+ 分钟后再试/)
  await context.close()
})

test('a report that is not open to the reader: the way back, and no invitation to try again', async () => {
  const page = await open('outsider', '/reports/demo')
  const alert = page.getByRole('alert')
  await alert.waitFor()
  expect(await alert.getByRole('heading').count()).toBe(1)
  expect(await alert.getByRole('button').count()).toBe(0)
  await alert.getByRole('link', { name: '返回工作台' }).click()
  await page.getByRole('table').waitFor()
})

test('an administrator can make a report for a unit, which is its people’s to write', async () => {
  const page = await open('admin', '/')
  await page.getByRole('button', { name: '新建报告' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('项目名称').fill('代建报告')
  await dialog.getByLabel('单位').fill('大埔县教育局')
  await dialog.getByLabel('指标体系').click()
  await page.locator('.ant-select-item-option').first().click()
  await dialog.getByRole('button', { name: '新建并打开' }).click()
  await page.waitForURL(/\/reports\//)
  await expect.poll(() => page.locator('[data-cover=competentDepartment]').textContent()).toContain('大埔县教育局')
  expect(await page.locator('[data-cover] textarea').count()).toBe(0)
})

test('the header keeps the year whole or leaves it out, and its buttons on the screen, also beside a long name and in English', async () => {
  const page = await openReport('filler')
  const id = await newReport(
    page,
    '关于进一步加强城乡居民基本养老保险经办服务能力建设及配套设备购置安装调试与培训经费项目',
  )
  for (const language of ['zh', 'en']) {
    await page.evaluate((value) => localStorage.setItem('gongping.language', value), language)
    for (const report of ['demo', id]) {
      await page.goto(`${server.url}/reports/${report}`)
      await page.getByRole('treegrid').waitFor()
      const cut = await page
        .locator('.editor-header .pill')
        .evaluateAll((pills) => pills.filter((pill) => pill.scrollWidth > pill.clientWidth + 1).length)
      expect([language, report, cut]).toEqual([language, report, 0])
      for (const width of [1366, 1440, 1600, 1920]) {
        await page.setViewportSize({ width, height: 900 })
        const end = await page
          .locator('.editor-header')
          .evaluate((header) => Math.max(...[...header.children].map((child) => child.getBoundingClientRect().right)))
        expect([language, report, width, end <= width]).toEqual([language, report, width, true])
      }
    }
  }
})

test('a long project name is shown whole on the cover', async () => {
  const page = await openReport('filler')
  const name = '关于进一步加强城乡居民基本养老保险经办服务能力建设及配套设备购置安装调试与培训经费项目'
  await page.goto(`${server.url}/reports/${await newReport(page, name)}`)
  const field = page.getByRole('region', { name: '封面' }).getByRole('textbox', { name: '项目名称' })
  await expect.poll(() => field.inputValue()).toBe(name)
  expect(
    await field.evaluate((box) => [box.scrollWidth > box.clientWidth, box.scrollHeight > box.clientHeight]),
  ).toEqual([false, false])
  await field.press('Enter')
  await expect.poll(() => field.inputValue()).toBe(name)
})

test('printing gives the report on A4 and nothing around it', async () => {
  const page = await openReport('filler')
  await page.emulateMedia({ media: 'print' })
  const shown = (selector: string) => page.locator(selector).first().isVisible()
  expect(
    await Promise.all(['.editor-header', '.outline', '.toolbar', '.side-panel', '.status-bar'].map(shown)),
  ).toEqual(Array.from({ length: 5 }, () => false))
  expect(await shown('.report-text')).toBe(true)
  const chip = page.locator('.section-heading .score-field').first()
  expect(await chip.evaluate((field) => getComputedStyle(field, '::after').content)).toBe('"（20分，自评得18.2分）"')
  // The whole text flows over pages instead of one screen of it.
  const [page_, text] = await page.evaluate(() => [
    document.documentElement.scrollHeight,
    document.querySelector('.report-text')!.scrollHeight,
  ])
  expect(page_).toBeGreaterThan(text!)
  const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1')
  expect(pdf.match(/\/Type \/Page\b/g)!.length).toBeGreaterThan(4)
  expect(pdf).toMatch(/\/MediaBox \[0 0 59[45][.\d]* 84[12][.\d]*\]/)
})

test('a table that is printed over several pages has its head on each of them', async () => {
  const page = await openReport('filler')
  await page.goto(`${server.url}/reports/${await newReport(page, '打印')}`)
  const text = page.getByRole('textbox', { name: '报告正文' })
  await text.locator('p').first().click()
  const rows = Array.from({ length: 60 }, (_, n) => `<tr><td>第${n}行</td><td>${n}</td></tr>`)
  await paste(text, { 'text/html': `<table><tr><td>${'M'.repeat(30)}</td><td>值</td></tr>${rows.join('')}</table>` })
  await text.getByText('第59行').waitFor()
  const pages = contentsOf(await page.pdf({ preferCSSPageSize: true }))
  // Thirty times the same glyph, one after the other: nothing but the head of the table reads like that.
  const withHead = pages.filter((content) => /(<[0-9a-f]+> Tj)(?:[^<]*\1){29}/i.test(content))
  expect(withHead.length).toBeGreaterThanOrEqual(3)
})

/** The drawing commands of each page of a PDF. */
function contentsOf(pdf: Buffer): readonly string[] {
  return [...pdf.toString('latin1').matchAll(/stream\r?\n/g)].flatMap(({ 0: mark, index }) => {
    try {
      return [inflateSync(pdf.subarray(index + mark.length)).toString('latin1')]
    } catch {
      return []
    }
  })
}

/** Clicks and waits until the editor, too, has its caret there: it hears of it from the browser a moment later. */
async function clickInto(place: Locator): Promise<void> {
  await place.click()
  const isIn = () =>
    place.evaluate(async (element) => {
      await new Promise(requestAnimationFrame)
      await new Promise(requestAnimationFrame)
      return element.contains(getSelection()?.anchorNode ?? null)
    })
  await expect.poll(isIn).toBe(true)
}

async function paste(text: Locator, data: Readonly<Record<string, string>>): Promise<void> {
  await text.evaluate((target, entries) => {
    const clipboardData = new DataTransfer()
    for (const [type, value] of entries) clipboardData.setData(type, value)
    target.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, Object.entries(data))
}

test('text set aside for later can be opened again from the status bar', async () => {
  const page = await openReport('filler')
  const refused = new Y.Doc()
  // Of two values for one field the one of the higher id stays.
  refused.clientID = 0xffff_ffff
  refused.getMap('cover').set('fillerName', '没有进入报告的理由')
  await putAside(page, Y.encodeStateAsUpdate(refused))
  await page.reload()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: '以后再说' }).click()
  await expect.poll(() => dialog.count()).toBe(0)
  await page.getByRole('button', { name: '有文字未进入报告' }).click()
  expect(await dialog.locator('textarea').inputValue()).toContain('没有进入报告的理由')
})

test('walking over the page by Tab passes through the text and changes no heading', async () => {
  const page = await openReport('filler')
  const level = () => page.locator('.report-text .section-heading').first().getAttribute('data-level')
  const inText = () => page.evaluate(() => document.activeElement?.id === 'report-text')
  await page.getByRole('region', { name: '封面' }).locator('input, button').last().focus()
  await page.keyboard.press('Tab')
  expect(await inText()).toBe(true)
  await page.keyboard.press('Tab')
  expect([await inText(), await level()]).toEqual([false, '1'])
  await page.keyboard.press('Shift+Tab')
  expect(await inText()).toBe(true)
  await page.keyboard.press('Control+Home')
  await page.keyboard.press('Tab')
  await expect.poll(level).toBe('2')
})

test('at 150 % the workbench still names its projects and stays within its card', async () => {
  const page = await open('finance', '/')
  await page.setViewportSize({ width: 911, height: 512 })
  const name = page.getByRole('link', { name: '省集中系统设备购置经费' })
  await expect.poll(async () => (await name.boundingBox())?.width ?? 0).toBeGreaterThan(120)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(911)
})

test('after the session ended the password can be typed at once', async () => {
  const page = await openReport('filler')
  await page.context().request.post(`${server.url}/api/auth/sign-out`, { data: {}, headers: { origin: server.url } })
  const dialog = page.getByRole('dialog', { name: '请重新登录' })
  await dialog.waitFor({ timeout: 40_000 })
  await page.keyboard.type(DEMO_PASSWORD)
  await page.keyboard.press('Enter')
  await expect.poll(() => dialog.count()).toBe(0)
})

test('searching while the server cannot be reached says that the list may be out of date', async () => {
  const page = await open('finance', '/')
  await page.getByRole('row').nth(2).waitFor()
  await page.context().setOffline(true)
  await page.getByRole('button', { name: '查询' }).click()
  await page.getByText('暂时连接不上服务器').waitFor()
  expect(await page.getByRole('row').count()).toBeGreaterThan(2)
})

test('a new report knows its year, and its score is not 0 but not there yet', async () => {
  const page = await openReport('filler')
  await page.goto(`${server.url}/reports/${await newReport(page, '新项目')}`)
  const cover = page.getByRole('region', { name: '封面' })
  await expect.poll(() => cover.getByRole('textbox', { name: '评价年度' }).inputValue()).toBe('2025')
  await expect.poll(() => page.locator('.score-total').innerText()).toBe('—')
})

/** As the page does with what the server would not take. */
async function putAside(page: Page, state: Uint8Array): Promise<void> {
  const me = (await (await page.context().request.get(`${server.url}/api/me`)).json()) as { id: string }
  await page.evaluate(
    async ({ userId, bytes }) => {
      const request = indexedDB.open('gongping:1:kept', 1)
      request.onupgradeneeded = () => request.result.createObjectStore('kept', { keyPath: 'id', autoIncrement: true })
      await new Promise((resolve) => {
        request.onsuccess = resolve
      })
      const kept = { userId, reportId: 'demo', part: 'self', at: Date.now(), state: new Uint8Array(bytes) }
      const transaction = request.result.transaction('kept', 'readwrite')
      transaction.objectStore('kept').add(kept)
      await new Promise((resolve) => {
        transaction.oncomplete = resolve
      })
      request.result.close()
    },
    { userId: me.id, bytes: [...state] },
  )
}

test('a page of Word is pasted cleanly, without a word on the console; Tab walks its table and adds a row', async () => {
  const page = await openReport('filler')
  await page.goto(`${server.url}/reports/${await newReport(page, '粘贴')}`)
  const text = page.getByRole('textbox', { name: '报告正文' })
  await text.locator('p').first().click()
  await paste(text, { 'text/html': WORD_PAGE })
  await text.getByText('新设备').waitFor()
  expect(await text.locator('h2', { hasText: '购置情况' }).count()).toBe(1)
  expect(await text.locator('.bold').allInnerTexts()).toEqual(['通知', '17'])
  expect(await text.locator('.underlined').allInnerTexts()).toEqual(['台高拍仪'])
  const title = text.locator('p', { hasText: '通知' })
  expect(await title.evaluate((line) => getComputedStyle(line).textAlign)).toBe('center')

  await text.locator('td', { hasText: '17 台' }).click()
  await page.locator('.toolbar .pressed', { hasText: '表格' }).waitFor()
  await page.keyboard.press('Tab')
  await expect.poll(() => text.locator('tr').count()).toBe(2)
  await page.keyboard.insertText('新行')
  await page.keyboard.press('Shift+Tab')
  await page.keyboard.press('End')
  await page.keyboard.insertText('，已验收')
  const cells = text.locator('table').first().locator('td')
  await expect
    .poll(async () => (await cells.allInnerTexts()).map((cell) => cell.trim()))
    .toEqual(['新设备', '17 台，已验收', '新行', ''])
  expect(opened.at(-1)!.errors).toEqual([])
})

test('[T8] cells copied from the text are lines with tabs, and cells pasted into a table fill and lengthen it', async () => {
  const page = await openReport('filler')
  await page.goto(`${server.url}/reports/${await newReport(page, '单元格')}`)
  const text = page.getByRole('textbox', { name: '报告正文' })
  await text.locator('p').first().click()
  const row = (...cells: string[]) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
  await paste(text, {
    'text/html': `<p>前</p><table>${row('项目', '金额')}${row('设备', '')}${row('服务', '3<br>万元')}</table><p>后</p>`,
  })
  const rows = async () =>
    await text
      .locator('tr')
      .evaluateAll((all) =>
        all.map((one) => [...(one as HTMLTableRowElement).cells].map((cell) => cell.innerText.trim()).join('|')),
      )
  await expect.poll(rows).toEqual(['项目|金额', '设备|', '服务|3\n万元'])

  await page.keyboard.press('Control+a')
  const copied = await text.evaluate((target) => {
    const clipboardData = new DataTransfer()
    target.dispatchEvent(new ClipboardEvent('copy', { clipboardData, bubbles: true, cancelable: true }))
    return { plain: clipboardData.getData('text/plain'), html: clipboardData.getData('text/html') }
  })
  expect(copied.plain).toContain('前\n项目\t金额\n设备\t\n服务\t"3\n万元"\n后')
  expect(copied.html).toContain('<table')

  const cell = (words: string) => text.locator('td', { hasText: words })
  await cell('金额').click()
  await page.locator('.toolbar .pressed', { hasText: '表格' }).waitFor()
  await paste(text, { 'text/plain': '数量\t单价\r\n1\t2\r\n3\t"4"\r\n5\t6\r\n' })
  await expect.poll(rows).toEqual(['项目|数量|单价', '设备|1|2', '服务|3|4', '|5|6'])
  await clickInto(cell('服务'))
  await paste(text, { 'text/html': `<table>${row('<b>甲</b>')}${row('乙')}</table>`, 'text/plain': '甲\r\n乙\r\n' })
  await expect.poll(rows).toEqual(['项目|数量|单价', '设备|1|2', '甲|3|4', '乙|5|6'])
  await clickInto(cell('乙'))
  await page.keyboard.press('End')
  await paste(text, { 'text/html': `<h1>一、标题</h1><table>${row('丙', '丁')}</table>` })
  await expect.poll(async () => (await rows()).at(-1)).toMatch(/^乙[\s\S]*标题[\s\S]*丙 丁\|5\|6$/)
  expect(await text.locator('td .section-heading, td table').count()).toBe(0)
  await text.evaluate((target) => {
    const clipboardData = new DataTransfer()
    clipboardData.items.add(new File(['png'], 'image.png', { type: 'image/png' }))
    target.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  })
  await page.getByText('正文不收图片').waitFor()
  expect(opened.at(-1)!.errors).toEqual([])
})

const WORD_PAGE = `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!--
p.MsoNormal {text-align:justify;} p.a {text-align:center; font-weight:bold;} --></style></head><body style='tab-interval:21pt'>
<p class=a style='line-height:28.0pt'>通知<o:p></o:p></p>
<p class=MsoNormal style='text-indent:32pt'><span style='font-family:黑体'>一、购置情况</span></p>
<p class=MsoNormal onclick="alert(1)">　　共<span style='font-weight:bold'>17</span><span style='text-decoration:underline'>台高拍仪</span>
<img src=x onerror="alert(1)" style="width:1px"></p>
<table style='border:none'><tr><td style='width:20pt'><p class=MsoNormal>新设备</p></td><td>17 台</td></tr></table>
<p class=MsoNormal>完</p></body></html>`
