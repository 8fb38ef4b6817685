import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seriousFindings } from '../support/accessibility.ts'
import { launchBrowser, openActor } from '../support/browser.ts'
import { DEMO_PASSWORD, startServer, type TestServer } from '../support/server.ts'

/** No screen has a serious or critical finding of axe-core. */
let server: TestServer
let browser: Browser

beforeAll(async () => {
  server = await startServer()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.remove()
})

test('sign-in', async () => {
  const page = await browser.newPage()
  await page.goto(server.url)
  await page.getByRole('textbox').first().waitFor()
  expect(await seriousFindings(page)).toEqual([])
  await page.close()
})

test('workbench', async () => {
  const { page, context } = await open('finance')
  await page.goto(server.url)
  await page.getByRole('row').nth(2).waitFor()
  expect(await seriousFindings(page)).toEqual([])
  await context.close()
})

test('editor: score table, findings and the dialog of a submission', async () => {
  const { page, context } = await open('filler')
  await page.goto(`${server.url}/reports/demo`)
  await page.getByRole('treegrid').waitFor()
  await page.locator('.score-field').first().waitFor()
  expect(await seriousFindings(page)).toEqual([])
  await page.getByRole('tab').nth(1).click()
  expect(await seriousFindings(page)).toEqual([])
  await page.getByRole('button', { name: '提交主管部门审核' }).click()
  await page.getByRole('dialog').waitFor()
  expect(await seriousFindings(page)).toEqual([])
  await context.close()
})

const open = (username: string) => openActor(browser, { username, password: DEMO_PASSWORD, url: server.url })
