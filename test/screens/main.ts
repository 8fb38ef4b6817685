import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser, openActor, type Actor } from '../support/browser.ts'
import { DEMO_PASSWORD, startServer, type TestServer } from '../support/server.ts'
import { shootReview } from './review.ts'

/**
 * `npm run screens`: pictures of every screen from the running product, into docs/screens, at two sizes and in both
 * languages. Names are screen-width-language.png.
 */
const out = fileURLToPath(new URL('../../docs/screens/', import.meta.url))
const sizes = [
  { width: 1366, height: 768 },
  { width: 1440, height: 900 },
]
const languages = ['zh', 'en'] as const
type Language = (typeof languages)[number]

mkdirSync(out, { recursive: true })
const server = await startServer()
const browser = await launchBrowser()
try {
  for (const viewport of sizes)
    for (const language of languages) await shootAll({ server, browser, viewport, language })
} finally {
  await browser.close()
  await server.remove()
}

async function shootAll(o: {
  server: TestServer
  browser: Browser
  viewport: { width: number; height: number }
  language: Language
}): Promise<void> {
  const { url } = o.server
  const shoot = async (page: Page, screen: string) => {
    await page.evaluate(() => document.fonts.ready)
    await page.screenshot({ path: `${out}${screen}-${o.viewport.width}-${o.language}.png`, animations: 'disabled' })
  }
  const open = async (username: string, at = url): Promise<Actor> => {
    const options = { viewport: o.viewport, locale: o.language === 'zh' ? 'zh-CN' : 'en-US' }
    const actor = await openActor(o.browser, { username, password: DEMO_PASSWORD, url: at, options })
    await actor.context.addInitScript((language) => localStorage.setItem('gongping.language', language), o.language)
    return actor
  }
  const openReport = async (actor: Actor, id: string) => {
    await actor.page.goto(`${url}/reports/${id}`)
    await actor.page.getByRole('treegrid').waitFor()
    await actor.page.locator('.score-field').first().waitFor()
  }

  const visitor = await o.browser.newContext({ viewport: o.viewport })
  await visitor.addInitScript((language) => localStorage.setItem('gongping.language', language), o.language)
  const signIn = await visitor.newPage()
  await signIn.goto(url)
  await signIn.getByRole('textbox').first().waitFor()
  await shoot(signIn, 'sign-in')

  const [filler, head, finance] = await Promise.all([open('filler'), open('head'), open('finance')])
  await finance.page.goto(url)
  await finance.page.getByRole('row').nth(3).waitFor()
  await shoot(finance.page, 'workbench')
  await finance.page.goto(`${url}/?q=${encodeURIComponent('没有这个项目')}`)
  await finance.page.locator('.nothing').waitFor()
  await shoot(finance.page, 'no-results')
  await finance.page.goto(`${url}/reports/nowhere`)
  await finance.page.locator('.state-page h1').waitFor()
  await shoot(finance.page, 'no-report')
  await finance.page.goto(`${url}/reports/demo-farmland`)
  await finance.page.getByRole('treegrid').waitFor()
  await finance.page.waitForTimeout(400)
  await shoot(finance.page, 'read-only')
  await finance.page.goto(`${url}/queue/demo-rural-roads`)
  await finance.page.getByRole('treegrid').waitFor()
  await finance.page.waitForTimeout(600)
  await shoot(finance.page, 'queue-finance')

  for (const actor of [filler, head, finance]) await openReport(actor, 'demo')
  await clickAt(head.page, '绩效目标覆盖全面')
  await clickAt(finance.page, '按照社会保险公共服务事项')
  await filler.page.locator('[data-place="self|gd.decision.setup.justification"]').click()
  await filler.page
    .locator('.score-field[data-indicator="gd.decision.setup.justification"]')
    .first()
    .scrollIntoViewIfNeeded()
  await filler.page.mouse.move(5, 400)
  await filler.page.waitForTimeout(600)
  await shoot(filler.page, 'editor')

  await filler.page.getByRole('tab').nth(2).click()
  await filler.page.locator('.findings button').first().waitFor()
  await shoot(filler.page, 'findings')

  await filler.page.getByRole('tab').first().click()
  await filler.page.getByRole('banner').getByRole('button').last().click()
  await filler.page.getByRole('dialog').getByRole('button').last().click()
  await filler.page.getByRole('dialog').getByRole('alert').waitFor()
  await shoot(filler.page, 'submit-blocked')
  await filler.page.keyboard.press('Escape')

  await filler.context.setOffline(true)
  await clickAt(filler.page, '绩效目标覆盖全面')
  await filler.page.keyboard.insertText('（含数量指标）')
  await filler.page.locator('.save-state.offline').first().waitFor()
  await shoot(filler.page, 'offline')
  await filler.page.keyboard.press('Control+z')
  await filler.context.setOffline(false)

  await shootReview({ shoot, open, language: o.language })
  await Promise.all([visitor, filler.context, head.context, finance.context].map((context) => context.close()))
}

async function clickAt(page: Page, text: string): Promise<void> {
  const paragraph = page.getByRole('textbox').locator('p', { hasText: text }).first()
  await paragraph.scrollIntoViewIfNeeded()
  await paragraph.click()
}
