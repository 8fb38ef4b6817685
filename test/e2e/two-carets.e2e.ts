import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser, openActor, type Actor } from '../support/browser.ts'
import { DEMO_PASSWORD, startServer, type TestServer } from '../support/server.ts'

/** Two people in one text: each keeps the own caret and selection, however fast the other one types. */
let server: TestServer
let browser: Browser
let head: Page
let filler: Page

beforeAll(async () => {
  browser = await launchBrowser()
  server = await startServer()
  const [one, other] = await Promise.all(
    ['head', 'filler'].map((username) => openActor(browser, { username, password: DEMO_PASSWORD, url: server.url })),
  )
  ;[head, filler] = await Promise.all([goToReport(one!), goToReport(other!)])
})
afterAll(async () => {
  await browser?.close()
  await server?.remove()
})

async function goToReport({ page }: Actor): Promise<Page> {
  await page.goto(`${server.url}/reports/demo`)
  await page.locator('[contenteditable=true].report-text p').first().waitFor()
  return page
}

const TYPED_INTO = '项目绩效管理意识有待提高'

test('[C13] what one selects stays selected while another one types', async () => {
  const moved = await whileTheFillerTypes(() =>
    head.locator('.report-text').evaluate(async (text, elsewhere) => {
      ;(text as HTMLElement).focus()
      const paragraphs = [...text.querySelectorAll('p')].filter(
        ({ textContent: words }) => words.length > 20 && !words.includes(elsewhere),
      )
      const changes: string[] = []
      for (let turn = 0; turn < 150; turn++) {
        const words = document.createTreeWalker(paragraphs[(turn * 7) % paragraphs.length]!, NodeFilter.SHOW_TEXT)
        const node = words.nextNode()!
        const end = Math.min(node.nodeValue!.length, 3 + (turn % 5))
        getSelection()!.setBaseAndExtent(node, 1, node, end)
        const wanted = getSelection()!.toString()
        // oxlint-disable-next-line no-await-in-loop -- one after the other, as a person selects
        await new Promise((resolve) => setTimeout(resolve, 20 + (turn % 5) * 5))
        if (getSelection()!.toString() !== wanted) changes.push(`${wanted} → ${getSelection()!.toString()}`)
      }
      return changes
    }, TYPED_INTO),
  )
  expect(moved).toEqual([])
})

test('[C13] what one drags the mouse over, or goes over with the keyboard, is selected while another one types', async () => {
  const alone = await selectByHand()
  expect(alone.dragged.length).toBeGreaterThan(10)
  expect(alone.walked.length).toBeGreaterThan(10)
  const together = await whileTheFillerTypes(async () => [await selectByHand(), await selectByHand()])
  expect(together).toEqual([alone, alone])
})

async function whileTheFillerTypes<T>(work: () => Promise<T>): Promise<T> {
  await filler.locator('.report-text p', { hasText: TYPED_INTO }).first().click()
  const over = new AbortController()
  const typing = (async () => {
    while (!over.signal.aborted) {
      await filler.keyboard.insertText('写')
      await filler.waitForTimeout(15)
    }
  })()
  try {
    return await work()
  } finally {
    over.abort()
    await typing
  }
}

/** What a slow drag through a paragraph selects, and what Shift and the arrow keys select from where it was begun. */
async function selectByHand(): Promise<{ dragged: string; walked: string }> {
  const paragraph = head.locator('.report-text p', { hasText: '根据前期进行实际业务办理需要' }).first()
  await paragraph.scrollIntoViewIfNeeded()
  const { x, y, width } = (await paragraph.boundingBox())!
  const from = [x + 100, y + 14] as const
  const selected = () => head.evaluate(() => getSelection()!.toString())
  // What is still selected would be moved.
  await head.mouse.click(x + width - 20, from[1])
  await head.mouse.move(...from)
  await head.mouse.down()
  for (let step = 1; step <= 20; step++) {
    await head.mouse.move(from[0] + ((width - 160) * step) / 20, from[1] + 2 * step)
    await head.waitForTimeout(20)
  }
  await head.mouse.up()
  const dragged = await selected()
  await head.mouse.click(...from)
  for (let step = 1; step <= 30; step++) await head.keyboard.press('Shift+ArrowRight', { delay: 5 })
  return { dragged, walked: await selected() }
}
