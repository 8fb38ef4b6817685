import { formatPoints, leavesOf, findTemplate } from '@gongping/scoring'
import { evidenceKey, reasonKey, textOf } from '@gongping/report-doc'
import type { Browser, Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser, launchOldBrowser, openActor, type Actor } from '../support/browser.ts'
import { joinPart } from '../support/join-part.ts'
import { DEMO_PASSWORD, startServer, type TestServer } from '../support/server.ts'
import { selectText } from '../support/select-text.ts'

/**
 * The main job on the sample report, with filler, department head and finance reviewer in browsers of their own, the
 * filler's that of an office with Windows 7 [B1].
 * The tests of this file are one story and run in order.
 */
let server: TestServer
let browser: Browser
let oldBrowser: Browser
let filler: Actor
let head: Actor
let finance: Actor
const everybody = () => [filler, head, finance]

beforeAll(async () => {
  server = await startServer()
  ;[browser, oldBrowser] = await Promise.all([launchBrowser(), launchOldBrowser()])
  const open = (username: string, its = browser) =>
    openActor(its, { username, password: DEMO_PASSWORD, url: server.url })
  ;[filler, head, finance] = await Promise.all([open('filler', oldBrowser), open('head'), open('finance')])
  for (const { page } of everybody()) {
    await page.goto(`${server.url}/reports/demo`)
    await paper({ page }).waitFor()
    await page.getByRole('treegrid', { name: '评分表' }).waitFor()
  }
})
afterAll(async () => {
  await Promise.all([browser?.close(), oldBrowser?.close()])
  await server?.remove()
})

const paper = ({ page }: Pick<Actor, 'page'>): Locator => page.locator('[contenteditable=true][role=textbox]')
const body = ({ page }: Actor): Locator => page.getByRole('textbox', { name: '报告正文' })
const cell = ({ page }: Actor, column: string, indicatorId: string) =>
  page.locator(`[data-place="${column}|${indicatorId}"]`)
const chip = (actor: Actor, indicatorId: string) =>
  body(actor).locator(`.score-field[data-indicator="${indicatorId}"][data-form=heading]`)
const total = ({ page }: Actor) => page.getByRole('tabpanel', { name: '评分表' }).getByRole('status').first()
const saveState = ({ page }: Actor) => page.getByRole('banner').locator('.save-state').getAttribute('data-state')
const main = ({ page }: Actor, name: string) => page.getByRole('banner').getByRole('button', { name, exact: true })

/** Puts the cursor at the end of the paragraph that holds `text`. */
async function cursorAtEndOf(actor: Actor, text: string): Promise<void> {
  const paragraph = body(actor).locator('p', { hasText: text }).first()
  await paragraph.scrollIntoViewIfNeeded()
  await paragraph.click()
  await selectText(paragraph, 'end')
}

const LEAF = 'gd.decision.setup.justification'
const PROBLEM = '绩效评价在目标设置上过于简单'

describe('the three of them in the sample report', () => {
  test('what one types appears at the others, also from two in the same paragraph at once', async () => {
    await cursorAtEndOf(filler, PROBLEM)
    await cursorAtEndOf(head, PROBLEM)
    const typing = [filler, head].map((actor, who) =>
      (async () => {
        for (const character of who === 0 ? '填报人写的一句' : '部门写的另一句') {
          await actor.page.keyboard.insertText(character)
        }
      })(),
    )
    await Promise.all(typing)
    await expect.poll(async () => new Set(await textsOf(PROBLEM)).size).toBe(1)
    const text = (await textsOf(PROBLEM))[0]!
    for (const character of '填报人写的一句部门写的另一句') expect(text).toContain(character)
    expect(text.length).toBe(`1. ${PROBLEM}。填报人写的一句部门写的另一句`.length)
  })

  test('table, score field, total and grade follow on all three screens', async () => {
    await cell(filler, 'self', LEAF).click()
    await filler.page.keyboard.type('２．1')
    await filler.page.keyboard.press('Enter')
    for (const actor of everybody()) {
      await expect.poll(() => chip(actor, LEAF).innerText()).toMatch(/2\.1\s*\/\s*4/)
      await expect.poll(() => cell(actor, 'self', LEAF).innerText()).toContain('2.1')
      await expect.poll(() => total(actor).innerText()).toMatch(/89\.9[\s\S]*良/)
    }
    await expect.poll(() => serverScore()).toMatchObject({ self: { total: 89.9, grade: '良', complete: true } })
  })

  test("finance's column refuses the filler on the screen", async () => {
    await cell(filler, 'finance', LEAF).click()
    await filler.page.keyboard.type('4')
    await filler.page.keyboard.press('Enter')
    expect(await cell(filler, 'finance', LEAF).innerText()).toBe('—')
    expect(await cell(filler, 'finance', LEAF).getAttribute('aria-readonly')).toBe('true')
    expect(await cell(filler, 'finance', LEAF).getAttribute('title')).toContain('财政')
  })

  test("finance's column refuses the filler at byte level", async () => {
    const forger = await joinPart(server, { user: 'filler', part: 'finance' })
    forger.doc.getMap('scores').set(`${LEAF}.score`, 400)
    await expect.poll(() => forger.closed).toEqual([4403])
    forger.provider.destroy()
    const reader = await joinPart(server, { user: 'finance', part: 'finance' })
    expect(reader.doc.getMap('scores').get(`${LEAF}.score`) ?? null).toBe(null)
    reader.provider.destroy()
  })

  test('a wrong score stays in its cell with the reason and is not written', async () => {
    await cell(filler, 'self', LEAF).click()
    await filler.page.keyboard.type('9')
    await filler.page.keyboard.press('Enter')
    await expect.poll(() => filler.page.getByRole('treegrid').innerText()).toContain('4')
    expect(await serverScore()).toMatchObject({ self: { total: 89.9 } })
    await filler.page.keyboard.press('Escape')
  })

  test('a submission is stopped by what is missing, each item with a place to go to', async () => {
    await main(filler, '提交主管部门审核').click()
    const dialog = filler.page.getByRole('dialog')
    await dialog.getByRole('button', { name: /确/ }).click()
    const alert = dialog.getByRole('alert')
    await alert.waitFor()
    expect(await alert.innerText()).toContain('评价年度')
    await alert.getByRole('listitem').filter({ hasText: '评价年度' }).getByRole('button').click()
    await expect
      .poll(() => filler.page.evaluate(() => (document.activeElement as HTMLInputElement).labels?.[0]?.textContent))
      .toBe('评价年度')
  })

  test('the cover is filled in by hand', async () => {
    const fields: Record<string, string> = {
      评价年度: '2021',
      填报人姓名: '填报人甲',
      联系电话: '0753-0000000',
      填报日期: '2022年5月25日',
    }
    for (const [name, value] of Object.entries(fields)) {
      const field = filler.page.getByRole('region', { name: '封面' }).getByRole('textbox', { name })
      await field.fill(value)
      await field.press('Tab')
    }
    await expect.poll(() => head.page.locator('[data-cover=fillerName] output').innerText()).toBe('填报人甲')
  })

  test('submit, approve and conclude move the pen on every screen at once', async () => {
    await fillInTheRest()
    await move(filler, '提交主管部门审核')
    await expect.poll(() => paper(filler).count(), { timeout: 3000 }).toBe(0)
    expect(await paper(head).count()).toBe(1)
    await expect.poll(() => cell(filler, 'self', LEAF).getAttribute('aria-readonly')).toBe('true')

    await cell(head, 'department', LEAF).click()
    await head.page.keyboard.type('2')
    await head.page.keyboard.press('Enter')
    await expect.poll(() => cell(finance, 'department', LEAF).innerText()).toContain('2')
    const department = await joinPart(server, { user: 'head', part: 'department' })
    textOf(department.doc, 'department', `${LEAF}.opinion`)!.insert(0, '缺少论证材料，再扣0.1分。')
    await department.settled()
    department.provider.destroy()

    await move(head, '审核通过，报送财政')
    await expect.poll(() => paper(head).count(), { timeout: 3000 }).toBe(0)
    expect(await paper(finance).count()).toBe(1)

    await move(finance, '复核办结')
    for (const actor of everybody()) await expect.poll(() => paper(actor).count(), { timeout: 3000 }).toBe(0)
    const detail = await finance.context.request.get(`${server.url}/api/reports/demo`)
    expect(await detail.json()).toMatchObject({ state: 'concluded' })
  })

  test('after kill -9 and a restart everything any screen had shown is there', async () => {
    const reopened = finance.page.getByRole('button', { name: /更多/ })
    await reopened.click()
    await finance.page.getByRole('menuitem', { name: '重新打开' }).click()
    const dialog = finance.page.getByRole('dialog')
    await dialog.getByRole('textbox').fill('补充一句说明')
    await dialog.getByRole('button', { name: /确/ }).click()
    await expect.poll(() => paper(finance).count()).toBe(1)

    await cursorAtEndOf(finance, PROBLEM)
    const word = '断电也不丢的一句话'
    const shown = body(filler).locator('p', { hasText: word })
    for (const character of word) await finance.page.keyboard.insertText(character)
    await shown.waitFor()
    const before = (await textsOf(PROBLEM))[0]!

    await server.kill()
    await expect.poll(() => saveState(finance)).toBe('offline')
    await finance.page.keyboard.insertText('离线续写')
    await server.restart({ samePort: true })

    await expect.poll(() => saveState(finance), { timeout: 20_000 }).toBe('saved')
    for (const actor of everybody()) {
      await actor.page.reload()
      await expect.poll(() => textOfParagraph(actor, PROBLEM), { timeout: 20_000 }).toBe(`${before}离线续写`)
      await expect.poll(() => total(actor).innerText()).toMatch(/89\.9[\s\S]*良/)
    }
  })

  test('no page reported an error of its own', () => {
    const ownErrors = everybody().flatMap((actor) =>
      // Lost connections while the server was down are the browser's to report.
      actor.errors.filter(
        (error) => !/WebSocket connection|409 \(Conflict\)|503 \(Service Unavailable\)|net::ERR/.test(error),
      ),
    )
    expect(ownErrors).toEqual([])
  })
})

const textOfParagraph = (actor: Actor, text: string) => body(actor).locator('p', { hasText: text }).first().innerText()
const textsOf = (text: string) => Promise.all(everybody().map((actor) => textOfParagraph(actor, text)))

async function move(actor: Actor, action: string): Promise<void> {
  await expect.poll(() => saveState(actor)).toBe('saved')
  await main(actor, action).click()
  const dialog = actor.page.getByRole('dialog')
  await dialog.waitFor()
  const aboutWarnings = dialog.getByRole('textbox', { name: '对提示的说明（必填）' })
  if ((await aboutWarnings.count()) > 0) await aboutWarnings.fill('已逐条核对')
  await dialog.getByRole('button', { name: /确/ }).click()
  await dialog.waitFor({ state: 'detached' })
}

async function serverScore(): Promise<Record<string, unknown>> {
  const response = await filler.context.request.get(`${server.url}/api/reports/demo/score`)
  return (await response.json()) as Record<string, unknown>
}

/** What still blocks the submission and would only repeat the same clicks: reasons, evidence, survey, conclusion. */
async function fillInTheRest(): Promise<void> {
  const self = await joinPart(server, { user: 'filler', part: 'self' })
  const template = findTemplate('guangdong-2022')!
  self.doc.transact(() => {
    for (const leaf of leavesOf(template)) {
      textOf(self.doc, 'self', evidenceKey(leaf.id))!.insert(0, `${leaf.name}佐证材料`)
      textOf(self.doc, 'self', reasonKey(leaf.id))!.insert(0, '调研记录没有留存，按2021年台账缺1份扣分。')
    }
    textOf(self.doc, 'self', reasonKey('gd.output.efficiency'))!.insert(0, '有1个镇场晚到货3天。')
    self.doc.getMap('facts').set('surveyedCount', 120)
    self.doc.getMap('facts').set('satisfiedCount', 96)
  })
  await self.settled()
  self.provider.destroy()

  await cursorAtEndOf(filler, '该项目完成度良好')
  const { self: column } = (await serverScore()) as {
    self: { total: number; byIndicator: Record<string, { score: number }> }
  }
  const parts = template.indicators.map((one) => {
    const score = formatPoints(Math.round(column.byIndicator[one.id]!.score * 100))
    return `${one.name}${score}分`
  })
  await filler.page.keyboard.insertText(`自评得分${column.total}分，等级为“良”，其中${parts.join('、')}。`)
  await expect
    .poll(
      async () =>
        ((await serverScore()) as { findings: { rule: string; severity: string }[] }).findings
          .filter((finding) => finding.severity === 'error')
          .map((finding) => finding.rule),
      { timeout: 10_000 },
    )
    .toEqual([])
}
