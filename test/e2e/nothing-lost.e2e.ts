import type { Browser, Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type * as Y from 'yjs'
import { launchBrowser, openActor, type Actor } from '../support/browser.ts'
import { endFillersTurn } from '../support/fillers-turn.ts'
import { joinPart } from '../support/join-part.ts'
import { DEMO_PASSWORD, startServer, type TestServer } from '../support/server.ts'
import { selectText } from '../support/select-text.ts'

/** What people do to text on bad days: a dead line, a closed tab, an ended session, a pen taken away, an input method. */
let server: TestServer
let browser: Browser
let filler: Actor
let head: Actor

beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser?.close())
beforeEach(async () => {
  server = await startServer()
  ;[filler, head] = await Promise.all([open('filler'), open('head')])
  await editable(filler).waitFor()
})
afterEach(async () => {
  await Promise.all([filler, head].map((actor) => actor.context.close()))
  await server.remove()
})

async function open(username: string): Promise<Actor> {
  const actor = await openActor(browser, { username, password: DEMO_PASSWORD, url: server.url })
  await goToReport(actor)
  return actor
}
async function goToReport({ page }: Actor): Promise<void> {
  await page.goto(`${server.url}/reports/demo`)
  await page.locator('[contenteditable][role=textbox] p').first().waitFor()
}
const body = ({ page }: Actor): Locator => page.getByRole('textbox', { name: '报告正文' })
const paragraph = (actor: Actor, text: string): Locator => body(actor).locator('p', { hasText: text }).first()
const saveState = ({ page }: Actor) => page.getByRole('banner').locator('.save-state').getAttribute('data-state')
const editable = ({ page }: Actor) => page.locator('[contenteditable=true][role=textbox]')

async function cursorIn(actor: Actor, text: string, where: 'start' | 'end'): Promise<void> {
  await paragraph(actor, text).scrollIntoViewIfNeeded()
  await paragraph(actor, text).click()
  await selectText(paragraph(actor, text), where)
}

/** Until what so many tabs typed without a line is on this computer: a page that is closed before asks first. */
async function untilOnDisk({ page }: Actor, tabs = 1): Promise<void> {
  const countUnsaved = () =>
    page.evaluate(async () => {
      const name = (await indexedDB.databases()).find((one) => one.name?.endsWith('/narrative'))?.name
      if (name === undefined) return 0
      const done = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.addEventListener('success', () => resolve(request.result))
          request.addEventListener('error', () => reject(request.error!))
        })
      const copy = await done(indexedDB.open(name))
      const unsaved = await done(copy.transaction('custom').objectStore('custom').count())
      copy.close()
      return unsaved
    })
  await expect.poll(countUnsaved).toBe(tabs)
}

const PROBLEM = '绩效评价在目标设置上过于简单'
const OTHER = '项目绩效管理意识有待提高'

test('typed without a connection, in a tab that was closed: it is there on return, and merges with what others wrote', async () => {
  // Right after opening: parts of the program that come later are still missing.
  await filler.context.setOffline(true)
  await expect.poll(() => saveState(filler)).toBe('offline')
  await server.stop()
  await cursorIn(filler, PROBLEM, 'end')
  await filler.page.keyboard.insertText('断网时写的话')
  await expect.poll(() => filler.page.locator('.save-state').first().innerText()).toMatch(/离线.*[1-9]/)
  await untilOnDisk(filler)
  await filler.page.close()

  await server.restart({ samePort: true })
  await filler.context.setOffline(false)
  const others = await joinPart(server, { user: 'head', part: 'narrative' })
  await expect.poll(() => editable(head).count()).toBe(1)
  await cursorIn(head, OTHER, 'end')
  await head.page.keyboard.insertText('同时写的话')

  const again = { ...filler, page: await filler.context.newPage() }
  filler = again
  await goToReport(again)
  await expect.poll(() => saveState(again)).toBe('saved')
  for (const actor of [again, head]) {
    await expect.poll(() => paragraph(actor, PROBLEM).innerText()).toContain('断网时写的话')
    await expect.poll(() => paragraph(actor, OTHER).innerText()).toContain('同时写的话')
  }
  expect(others.doc.getXmlElement('body').toString().split('断网时写的话').length - 1).toBe(1)
  others.provider.destroy()
})

test('text typed by someone whose pen was taken meanwhile is kept aside and shown', async () => {
  await filler.context.setOffline(true)
  await cursorIn(filler, PROBLEM, 'end')
  await server.stop()
  await filler.page.keyboard.insertText('送审前没来得及保存的话')
  await expect.poll(() => paragraph(filler, PROBLEM).innerText()).toContain('送审前没来得及保存的话')
  await filler.page.waitForTimeout(500)

  await server.restart({ samePort: true })
  await endFillersTurn(server)
  await filler.context.setOffline(false)

  const dialog = filler.page.getByRole('dialog')
  await dialog.waitFor({ timeout: 20_000 })
  await expect.poll(() => dialog.locator('textarea').inputValue()).toContain('送审前没来得及保存的话')
  await expect.poll(() => editable(filler).count()).toBe(0)
  expect(await paragraph(head, PROBLEM).innerText()).not.toContain('送审前没来得及保存的话')
})

test('[C9] what a tab closed meanwhile had typed is put aside, too, when another tab is refused', async () => {
  const other = { ...filler, page: await filler.context.newPage() }
  await goToReport(other)
  for (const tab of [filler, other]) await expect.poll(() => saveState(tab)).toBe('saved')
  await filler.context.setOffline(true)
  await server.stop()
  for (const [tab, text] of [
    [filler, '关掉的窗口里的话'],
    [other, '开着的窗口里的话'],
  ] as const) {
    await tab.page.bringToFront()
    await cursorIn(tab, PROBLEM, 'end')
    await tab.page.keyboard.insertText(text)
    await expect.poll(() => paragraph(tab, PROBLEM).innerText()).toContain(text)
  }
  await untilOnDisk(filler, 2)
  await filler.page.close()

  await server.restart({ samePort: true })
  await endFillersTurn(server)
  await filler.context.setOffline(false)
  const kept = other.page.getByRole('dialog').locator('textarea')
  await kept.waitFor({ timeout: 20_000 })
  await expect.poll(() => kept.inputValue()).toContain('开着的窗口里的话')
  expect(await kept.inputValue()).toContain('关掉的窗口里的话')
})

const DISKS = [
  { disk: 'fast', answersAfter: 0 },
  { disk: 'so slow that work begins without it', answersAfter: 6000 },
]

test.each(DISKS)(
  '[C10] text typed without a connection into a paragraph that somebody takes out meanwhile is shown, with a disk that is $disk',
  async ({ answersAfter }) => {
    await expect.poll(() => saveState(filler)).toBe('saved')
    await filler.context.setOffline(true)
    await server.stop()
    await cursorIn(filler, PROBLEM, 'end')
    await filler.page.keyboard.insertText('断网时补充的话')
    await expect.poll(() => paragraph(filler, PROBLEM).innerText()).toContain('断网时补充的话')
    await untilOnDisk(filler)
    await filler.page.close()
    await server.restart({ samePort: true })
    await expect.poll(() => saveState(head), { timeout: 60_000 }).toBe('saved')

    await paragraph(head, PROBLEM).scrollIntoViewIfNeeded()
    await paragraph(head, PROBLEM).click()
    const paragraphs = await body(head).locator('p').count()
    await selectText(paragraph(head, PROBLEM), 'all from the block before')
    await head.page.keyboard.press('Backspace')
    await expect.poll(() => body(head).locator('p').count()).toBe(paragraphs - 1)
    await expect.poll(() => body(head).innerText()).not.toContain(PROBLEM)
    await expect.poll(() => saveState(head)).toBe('saved')

    await filler.context.setOffline(false)
    filler = { ...filler, page: await filler.context.newPage() }
    await filler.page.addInitScript((ms) => {
      const openAtOnce = IDBFactory.prototype.open
      IDBFactory.prototype.open = function openLate(...how) {
        const request = openAtOnce.apply(this, how)
        const listen = request.addEventListener.bind(request) as EventTarget['addEventListener']
        if (how[0].endsWith('/narrative'))
          request.addEventListener = (type: string, listener: EventListener) =>
            listen(type, (event) => (type === 'success' ? setTimeout(() => listener(event), ms) : listener(event)))
        return request
      }
    }, answersAfter)
    await goToReport(filler)
    await expect.poll(() => saveState(filler)).toBe('saved')
    expect(await body(filler).innerText()).not.toContain('断网时补充的话')
    const kept = filler.page.getByRole('dialog').locator('textarea')
    await kept.waitFor({ timeout: 30_000 })
    expect(await kept.inputValue()).toContain('断网时补充的话')
  },
)

const COPY_GONE = [
  {
    how: 'the browser clears its data',
    clear: async ({ page }: Actor) => {
      const devtools = await page.context().newCDPSession(page)
      await devtools.send('Storage.clearDataForOrigin', {
        origin: new URL(page.url()).origin,
        storageTypes: 'indexeddb',
      })
    },
  },
  {
    how: 'another tab throws it away',
    clear: async ({ page }: Actor) => {
      await page.evaluate(async () => {
        for (const { name } of await indexedDB.databases()) indexedDB.deleteDatabase(name!)
      })
    },
  },
]

test.each(COPY_GONE)(
  '[C14] the local copy goes while the report is open, because $how: nothing is lost',
  async ({ clear }) => {
    await expect.poll(() => saveState(filler)).toBe('saved')
    await clear(filler)
    await cursorIn(filler, PROBLEM, 'end')
    await filler.page.keyboard.type('a sentence typed after the copy had gone')
    await expect.poll(() => paragraph(head, PROBLEM).innerText()).toContain('a sentence typed after the copy had gone')
    await expect.poll(() => saveState(filler)).toBe('saved')

    await filler.context.setOffline(true)
    await cursorIn(filler, OTHER, 'end')
    await filler.page.keyboard.insertText('之后断网时写的话')
    await expect.poll(() => saveState(filler)).toBe('offline')
    await untilOnDisk(filler)
    await filler.page.close()
    await filler.context.setOffline(false)
    filler = { ...filler, page: await filler.context.newPage() }
    await goToReport(filler)
    await expect.poll(() => paragraph(head, OTHER).innerText()).toContain('之后断网时写的话')
  },
)

test('an ended session asks to sign in again and loses nothing', async () => {
  await cursorIn(filler, PROBLEM, 'end')
  // Before the session ends: a server that is stopping would ask for the password, and get the sentence into that field.
  await server.stop()
  await filler.context.clearCookies()
  await filler.page.keyboard.insertText('会话过期时写的话')
  await server.restart({ samePort: true })
  await expect.poll(() => filler.page.getByText(/重新登录|登录已/).count(), { timeout: 30_000 }).toBeGreaterThan(0)

  await filler.context.request.post(`${server.url}/api/auth/sign-in/username`, {
    data: { username: 'filler', password: DEMO_PASSWORD },
    headers: { origin: server.url },
    // A server just restarted may have closed the line that is taken for it.
    maxRetries: 2,
  })
  await goToReport(filler)
  await expect.poll(() => paragraph(filler, PROBLEM).innerText()).toContain('会话过期时写的话')
  await expect.poll(() => saveState(filler)).toBe('saved')
  await expect.poll(() => paragraph(head, PROBLEM).innerText()).toContain('会话过期时写的话')
})

test('[C12] while somebody types nothing takes the keys from the text; the question comes in the first pause', async () => {
  const { page } = filler
  await cursorIn(filler, PROBLEM, 'end')
  const dialog = page.getByRole('dialog', { name: /登录/ })
  const ime = await page.context().newCDPSession(page)
  const signOut = filler.context.request.post(`${server.url}/api/auth/sign-out`, {
    data: {},
    headers: { origin: server.url },
    // A server just restarted may have closed the line that is taken for it.
    maxRetries: 2,
  })
  await page.keyboard.type('typed while the session ends: every letter counts.', { delay: 60 })
  expect((await signOut).ok()).toBe(true)
  // Whoever looks through the candidates of an input method types nothing for a while.
  await ime.send('Input.imeSetComposition', { text: 'hao', selectionStart: 3, selectionEnd: 3 })
  await expect.poll(() => saveState(filler)).toBe('offline')
  await page.waitForTimeout(1500)
  expect(await dialog.count()).toBe(0)
  await ime.send('Input.insertText', { text: '好' })
  await page.waitForTimeout(700)
  expect(await dialog.count()).toBe(0)

  await dialog.waitFor()
  expect(await dialog.getByLabel('密码').inputValue()).toBe('')
  await dialog.getByLabel('密码').fill(DEMO_PASSWORD)
  await dialog.getByRole('button', { name: '登录' }).click()
  await expect.poll(() => saveState(filler)).toBe('saved')
  const whole = 'typed while the session ends: every letter counts.好'
  await expect.poll(() => paragraph(head, PROBLEM).innerText()).toContain(whole)
})

test('[C13] an ended session that the line notices while a version is being named: Esc closes neither box, late answers ask nothing', async () => {
  const { page } = filler
  await page.keyboard.press('Control+s')
  const naming = page.getByRole('dialog', { name: '命名版本' })
  const name = naming.getByRole('textbox').first()
  await name.fill('会话过期前的版本')
  await filler.context.request.post(`${server.url}/api/auth/sign-out`, { data: {}, headers: { origin: server.url } })
  // The server's refusal is still on its way while the user signs in again.
  const refused = Promise.withResolvers<void>()
  await page.route('**/api/reports/demo/versions', async (route) => {
    const response = await route.fetch()
    await refused.promise
    await route.fulfill({ response })
  })
  await name.press('Enter')

  const asking = page.getByRole('dialog', { name: /登录/ })
  await asking.waitFor()
  for (let times = 0; times < 3; times++) await page.keyboard.press('Escape')
  await asking.getByLabel('密码').fill(DEMO_PASSWORD)
  await asking.getByRole('button', { name: '登录' }).click()
  await asking.waitFor({ state: 'detached' })
  expect(await name.inputValue()).toBe('会话过期前的版本')
  // The question would come in a pause.
  await page.waitForTimeout(1500)
  refused.resolve()
  await naming.getByRole('alert').waitFor()
  await page.unroute('**/api/reports/demo/versions')
  await naming.getByRole('button', { name: '保存' }).click({ timeout: 5000 })
  await naming.waitFor({ state: 'detached' })
  expect(await asking.count()).toBe(0)
})

test('[C13] an ended session that a request notices is asked for in place, and the request can be made again', async () => {
  const { page } = filler
  await page.keyboard.press('Control+s')
  const naming = page.getByRole('dialog', { name: '命名版本' })
  const name = naming.getByRole('textbox').first()
  await name.fill('会话过期前的版本')
  // Not before: some other request could notice it, and the question would take the focus before the name is there.
  await filler.context.clearCookies()
  await name.press('Enter')

  const asking = page.getByRole('dialog', { name: /登录/ })
  await asking.waitFor()
  for (let times = 0; times < 3; times++) await page.keyboard.press('Escape')
  await asking.getByLabel('密码').fill(DEMO_PASSWORD)
  const [events] = await Promise.all([
    page.waitForResponse((response) => response.url().startsWith(`${server.url}/api/events`)),
    asking.getByRole('button', { name: '登录' }).click(),
  ])
  await asking.waitFor({ state: 'detached' })
  expect(events.status()).toBe(200)
  expect(page.url()).toBe(`${server.url}/reports/demo`)
  expect(await name.inputValue()).toBe('会话过期前的版本')
  // It is said for eight seconds, which a busy machine may need to look.
  const said = page.locator('.toast', { hasText: '会话过期前的版本' }).waitFor()
  await Promise.all([said, naming.getByRole('button', { name: '保存' }).click()])
  await naming.waitFor({ state: 'detached' })
})

const HALF_TYPED = [
  {
    what: 'a score in its cell',
    type: async ({ page }: Actor) => {
      await page.locator('[data-place="self|gd.decision.setup.justification"]').click()
      await page.keyboard.type('2.5')
    },
    stored: (self: Y.Doc) => self.getMap('self').get('gd.decision.setup.justification.score'),
    value: 250,
  },
  {
    what: 'a figure',
    type: async ({ page }: Actor) => {
      await page.getByRole('row', { name: /资金到位率/ }).click()
      await page.getByRole('button', { name: /展开详情/ }).click()
      await page.locator('input.fact').first().fill('123456')
    },
    stored: (self: Y.Doc) =>
      [...self.getMap('facts').values()].find((value) => JSON.stringify(value)?.includes('123456')),
    value: expect.anything(),
  },
  {
    what: 'a field of the cover',
    type: async ({ page }: Actor) => {
      await page.locator('[data-cover=phone] textarea').fill('0753-1234567')
    },
    stored: (self: Y.Doc) => self.getMap('cover').get('phone'),
    value: '0753-1234567',
  },
] as const

test.each(HALF_TYPED)(
  '[C15] $what that is still being typed is stored when the page goes back',
  async ({ type, stored, value }) => {
    const { page } = filler
    page.on('dialog', (dialog) => void dialog.accept())
    const others = await joinPart(server, { user: 'head', part: 'self' })
    await page.goto(server.url)
    await page.locator('a[href="/reports/demo"]').first().click()
    await editable(filler).waitFor()
    await expect.poll(() => saveState(filler)).toBe('saved')
    await type(filler)
    await page.goBack()
    await expect.poll(() => stored(others.doc)).toEqual(value)
    others.provider.destroy()
  },
)

const NEIGHBOURS = [
  { place: 'at the start of the paragraph', text: PROBLEM, where: 'start' },
  { place: 'at the end of the paragraph', text: PROBLEM, where: 'end' },
  { place: 'in the paragraph beside it', text: OTHER, where: 'start' },
] as const

test.each(NEIGHBOURS)(
  'a composition of the input method stays whole while another person types $place',
  async ({ text, where }) => {
    await cursorIn(filler, PROBLEM, 'end')
    await cursorIn(head, text, where)
    const ime = await filler.page.context().newCDPSession(filler.page)
    for (const pinyin of ['n', 'ni', 'nih', 'niha', 'nihao']) {
      await ime.send('Input.imeSetComposition', {
        text: pinyin,
        selectionStart: pinyin.length,
        selectionEnd: pinyin.length,
      })
      await head.page.keyboard.insertText('部')
      await filler.page.waitForTimeout(60)
    }
    await ime.send('Input.insertText', { text: '你好' })
    for (const actor of [filler, head]) {
      await expect.poll(() => paragraph(actor, PROBLEM).innerText()).toMatch(/你好/)
      await expect.poll(async () => (await paragraph(actor, text).innerText()).split('部').length - 1).toBe(5)
      expect(await paragraph(actor, PROBLEM).innerText()).not.toMatch(/nih|ni(?!\p{L})/u)
    }
    for (const one of [PROBLEM, OTHER]) {
      expect(await paragraph(filler, one).innerText()).toBe(await paragraph(head, one).innerText())
    }
  },
)

test("undo takes back one's own words only", async () => {
  await cursorIn(filler, PROBLEM, 'end')
  await filler.page.keyboard.insertText('填报人的话')
  await expect.poll(() => paragraph(head, PROBLEM).innerText()).toContain('填报人的话')
  await cursorIn(head, PROBLEM, 'end')
  await head.page.keyboard.insertText('部门的话')
  await expect.poll(() => paragraph(filler, PROBLEM).innerText()).toContain('部门的话')
  await filler.page.keyboard.press('Control+z')
  for (const actor of [filler, head]) {
    await expect.poll(() => paragraph(actor, PROBLEM).innerText()).not.toContain('填报人的话')
    expect(await paragraph(actor, PROBLEM).innerText()).toContain('部门的话')
  }
  await filler.page.keyboard.press('Control+y')
  await expect.poll(() => paragraph(head, PROBLEM).innerText()).toContain('填报人的话')
})
