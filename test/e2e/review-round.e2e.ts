import { opinionKey, textOf } from '@gongping/report-doc'
import type { Browser, Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser, openActor, type Actor } from '../support/browser.ts'
import { completeSample } from '../support/complete-sample.ts'
import { joinPart } from '../support/join-part.ts'
import { DEMO_PASSWORD, startServer, type TestServer } from '../support/server.ts'
import { selectText } from '../support/select-text.ts'

/**
 * A whole round on the sample report, with filler, department head and finance reviewer in browsers of their own.
 * The tests of this file are one story and run in order.
 */
let server: TestServer
let browser: Browser
let filler: Actor
let head: Actor
let finance: Actor
const everybody = () => [filler, head, finance]

beforeAll(async () => {
  server = await startServer()
  await completeSample(server)
  browser = await launchBrowser()
  const open = (username: string) => openActor(browser, { username, password: DEMO_PASSWORD, url: server.url })
  ;[filler, head, finance] = await Promise.all([open('filler'), open('head'), open('finance')])
  await Promise.all(everybody().map((actor) => openReport(actor)))
})
afterAll(async () => {
  await browser?.close()
  await server?.remove()
})

const LEAF = 'gd.decision.setup.justification'
const GOAL = '绩效目标覆盖全面'
const PROBLEM = '绩效评价在目标设置上过于简单'

const body = ({ page }: Actor): Locator => page.locator('.report-text').first()
const panel = ({ page }: Actor): Locator => page.getByRole('tabpanel', { name: '批注' })
const cell = ({ page }: Actor, column: string) => page.locator(`[data-place="${column}|${LEAF}"]`)
const main = ({ page }: Actor, name: string) => page.getByRole('banner').getByRole('button', { name, exact: true })
const dialog = ({ page }: Actor) => page.getByRole('dialog')
const saveState = ({ page }: Actor) => page.getByRole('banner').locator('.save-state').getAttribute('data-state')
const textWith = (actor: Actor, words: string) => body(actor).locator('p', { hasText: words }).first()
const kind = (actor: Actor, name: string) => panel(actor).getByRole('button', { name: new RegExp(`^${name} \\d`) })

describe('a whole round', () => {
  test('the head comments on words of the text; the text stays as it is', async () => {
    const before = await textWith(filler, GOAL).innerText()
    await select(head, GOAL)
    await head.page.keyboard.press('Control+Alt+m')
    const field = panel(head).getByRole('textbox', { name: /写批注/ })
    await field.pressSequentially('目标依据请写明文号。@填')
    await head.page
      .getByRole('option', { name: /填报人/ })
      .first()
      .click()
    await head.page.keyboard.press('Control+Enter')
    await expect.poll(() => panel(head).locator('.review-card q').allInnerTexts()).toEqual([GOAL])
    expect(await textWith(filler, GOAL).innerText()).toBe(before)

    await openReview(filler)
    await expect.poll(() => panel(filler).locator('.review-card').innerText()).toContain('目标依据请写明文号')
    await expect.poll(() => highlighted(filler, 'review-head')).toEqual([GOAL])
    await expect.poll(() => filler.page.getByRole('button', { name: '消息，1 条未读' }).count()).toBe(1)
  })

  test('a comment for the department alone never reaches the others', async () => {
    await select(head, PROBLEM)
    await head.page.getByRole('toolbar', { name: '所选文字' }).getByRole('button', { name: '批注' }).click()
    await panel(head).getByLabel('可见范围').selectOption({ label: '部门内部' })
    await panel(head)
      .getByRole('textbox', { name: /写批注/ })
      .fill('内部：先看再定。')
    await panel(head).getByRole('button', { name: '发送' }).click()
    await expect.poll(() => panel(head).locator('.review-card').count()).toBe(2)
    for (const actor of [filler, finance]) {
      const answer = await actor.context.request.get(`${server.url}/api/reports/demo/threads`)
      expect(await answer.text()).not.toContain('先看再定')
    }
  })

  test('a click on marked words leads to the comment, and the card back to the words', async () => {
    await panel(filler).locator('.card-head').first().click()
    await expect.poll(() => panel(filler).locator('.review-card.active').count()).toBe(1)
    await panel(filler).locator('.card-head').first().click()
    await expect.poll(() => panel(filler).locator('.review-card.active').count()).toBe(0)
    await body(filler).evaluate((element, words) => {
      const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT)
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const at = node.nodeValue!.indexOf(words)
        if (at < 0) continue
        const range = document.createRange()
        range.setStart(node, at + 2)
        range.setEnd(node, at + 3)
        const box = range.getBoundingClientRect()
        Object.assign(window, { place: { x: box.x + box.width / 2, y: box.y + box.height / 2 } })
        return
      }
    }, GOAL)
    const { x, y } = await filler.page.evaluate(
      () => (globalThis as unknown as { place: { x: number; y: number } }).place,
    )
    await filler.page.mouse.click(x, y)
    await expect.poll(() => panel(filler).locator('.review-card.active').innerText()).toContain('目标依据')
  })

  test('the words of a comment move with what is typed around them; gone, the comment stays under 原文已变', async () => {
    await caretAtEndOf(filler, GOAL)
    await filler.page.keyboard.insertText('另补充一句。')
    await expect.poll(() => highlighted(head, 'review-head')).toContain(GOAL)
    await select(filler, GOAL)
    await filler.page.keyboard.press('Backspace')
    await expect
      .poll(() =>
        panel(filler)
          .getByRole('button', { name: /^原文已变 1/ })
          .count(),
      )
      .toBe(1)
    await filler.page.keyboard.press('Control+z')
    await expect
      .poll(() =>
        panel(filler)
          .getByRole('button', { name: /^原文已变 0/ })
          .count(),
      )
      .toBe(1)
    await expect.poll(() => highlighted(head, 'review-head')).toContain(GOAL)
  })

  test('a notice leads to the comment it is about', async () => {
    await filler.page.getByRole('tab', { name: '评分表' }).click()
    await filler.page.getByRole('button', { name: /^消息/ }).click()
    await filler.page
      .locator('.inbox')
      .getByRole('link', { name: /在批注中提及您/ })
      .click()
    await expect.poll(() => panel(filler).locator('.review-card.active').isVisible()).toBe(true)
    expect(await panel(filler).locator('.review-card.active').innerText()).toContain('目标依据')
  })

  test('a link leads to one comment; one whose words are gone is put at other words', async () => {
    const { threads } = (await (await head.context.request.get(`${server.url}/api/reports/demo/threads`)).json()) as {
      threads: { id: string; quote: string }[]
    }
    const { id } = threads.find(({ quote }) => quote === GOAL)!
    await finance.page.goto(`${server.url}/reports/demo#thread=${id}`)
    await finance.page.reload()
    await expect.poll(() => panel(finance).locator('.review-card.active q').allInnerTexts()).toEqual([GOAL])
    await expect.poll(() => highlighted(finance, 'review-active')).toEqual([GOAL])

    await select(filler, GOAL)
    await filler.page.keyboard.press('Backspace')
    await expect
      .poll(() =>
        panel(head)
          .getByRole('button', { name: /^原文已变 1/ })
          .count(),
      )
      .toBe(1)
    await openCard(head, '目标依据')
    await select(head, '内容完整')
    await panel(head).getByRole('button', { name: '重新定位' }).click()
    await expect
      .poll(() => panel(filler).locator('.review-card', { hasText: '目标依据' }).locator('q').innerText())
      .toBe('内容完整')
    await caretAtEndOf(filler, '内容完整')
    await select(filler, '、内容完整')
    await filler.page.keyboard.insertText(`${GOAL}、内容完整`)
    await expect.poll(() => textWith(head, `${GOAL}、内容完整`).count()).toBe(1)
  })

  test('the filler marks it as changed, only who raised it closes it', async () => {
    await openCard(filler, '目标依据')
    const card = panel(filler).locator('.review-card.active')
    await card.getByRole('textbox', { name: '回复' }).fill('已补充文号。')
    await card.getByRole('button', { name: '回复' }).click()
    // It moves the buttons below it.
    await card.locator('.answers', { hasText: '已补充文号。' }).waitFor()
    await card.getByRole('button', { name: '已修改' }).click()
    await expect.poll(() => card.locator('.chip').last().innerText()).toBe('待确认')
    expect(await card.getByRole('button', { name: '关闭' }).count()).toBe(0)
    await openCard(head, '目标依据')
    await panel(head).locator('.review-card.active').getByRole('button', { name: '关闭' }).click()
    await expect.poll(() => highlighted(filler, 'review-head')).toEqual([])
  })

  test('submission: warnings need a word, the pen goes over', async () => {
    await move(filler, '提交主管部门审核')
    await expect.poll(() => body(filler).getAttribute('contenteditable')).toBe('false')
    await expect.poll(() => head.page.getByRole('button', { name: /消息，\d+ 条未读/ }).count()).toBe(1)
    await head.page.getByRole('tab', { name: /^检查/ }).click()
    const said = head.page.locator('.findings .warning .accepted')
    await expect.poll(async () => (await said.allInnerTexts())[0]).toMatch(/第 1 次送审说明：/)
    expect(new Set((await said.allInnerTexts()).map((text) => text.split('：').at(-1)))).toEqual(
      new Set(['只有总账', '已逐条核对']),
    )
    await openReview(head)
  })

  test('without the pen the filler rewrites words as a suggestion, which the head accepts as one step of undo', async () => {
    await select(filler, '过于简单')
    await filler.page.keyboard.press('Control+Shift+e')
    const box = filler.page.getByRole('form', { name: '建议修改' })
    await box.getByRole('textbox', { name: '改写为' }).fill('不够具体')
    await box.getByRole('textbox', { name: /理由/ }).fill('更准确')
    await filler.page.keyboard.press('Control+Enter')
    await box.waitFor({ state: 'detached' })
    expect(await textWith(filler, PROBLEM).count()).toBe(1)
    await expect.poll(() => highlighted(head, 'removed-filler')).toEqual(['过于简单'])
    await expect.poll(() => head.page.locator('.insertion').allInnerTexts()).toEqual(['不够具体'])

    await kind(head, '修订').click()
    await panel(head).getByRole('button', { name: '接受', exact: true }).click()
    for (const actor of everybody()) await textWith(actor, '绩效评价在目标设置上不够具体').waitFor()
    await body(head).focus()
    await head.page.keyboard.press('Control+z')
    for (const actor of everybody()) await textWith(actor, PROBLEM).waitFor()
    await head.page.keyboard.press('Control+y')
    for (const actor of everybody()) await textWith(actor, '绩效评价在目标设置上不够具体').waitFor()
  })

  test('two people accept the same: one does, the other is told', async () => {
    await select(filler, '各项目目标设置已量化')
    await filler.page.keyboard.press('Control+Shift+e')
    const box = filler.page.getByRole('form', { name: '建议修改' })
    await box.getByRole('textbox', { name: '改写为' }).fill('各项目标均已量化')
    await box.getByRole('button', { name: '提出修改' }).click()
    await box.waitFor({ state: 'detached' })
    await openReview(finance)
    for (const actor of [head, finance]) {
      await kind(actor, '修订').click()
      await panel(actor).getByRole('button', { name: '接受', exact: true }).waitFor()
    }
    await Promise.all(
      [head, finance].map(({ page }) =>
        page.evaluate(() => {
          const buttons = [...document.querySelectorAll<HTMLButtonElement>('.suggestion .card-actions button')]
          buttons.find((button) => button.textContent === '接受')?.click()
        }),
      ),
    )
    for (const actor of everybody()) {
      await expect.poll(() => body(actor).locator('p', { hasText: '各项目标均已量化' }).count()).toBe(1)
    }
    const text = await body(filler).innerText()
    expect(text.split('各项目标均已量化').length).toBe(2)
  })

  test('原稿 and 终稿 show the text without and with what is suggested', async () => {
    await select(filler, '同时合乎客观实际')
    await filler.page.keyboard.press('Control+Shift+e')
    const box = filler.page.getByRole('form', { name: '建议修改' })
    await box.getByRole('textbox', { name: '改写为' }).fill('也合乎客观实际')
    await filler.page.keyboard.press('Control+Enter')
    await box.waitFor({ state: 'detached' })
    await view(filler, '终稿')
    const final = filler.page.getByRole('document', { name: '终稿' })
    await final.locator('p', { hasText: '也合乎客观实际' }).waitFor()
    await view(filler, '原稿')
    await textWith(filler, '同时合乎客观实际').waitFor()
    expect(await filler.page.locator('.insertion').count()).toBe(0)
    await view(filler, '修订')
    await expect.poll(() => filler.page.locator('.insertion').count()).toBe(1)
  })

  test('the head suggests a score and returns the report with a list', async () => {
    await head.page.getByRole('tab', { name: '评分表' }).click()
    await cell(head, 'self').click()
    const details = head.page.locator('.detail-dock')
    if ((await details.locator('.dock-body').count()) === 0) await details.locator('.dock-head').click()
    await details.getByRole('button', { name: '建议得分' }).click()
    await details.getByLabel('建议得分').fill('2.5')
    await details.getByLabel('理由（必填）').fill('论证材料不全')
    await details.getByRole('button', { name: '提出修改' }).click()
    await details.getByLabel('理由（必填）').waitFor({ state: 'detached' })

    await select(head, '不够具体')
    await head.page.getByRole('toolbar', { name: '所选文字' }).getByRole('button', { name: '列入退回意见' }).click()
    await menu(head, '退回修改')
    await dialog(head).getByRole('textbox', { name: '退回原因（必填）' }).fill('部分内容需要补充')
    await dialog(head).getByRole('button', { name: '另写一条' }).click()
    const problems = dialog(head).getByRole('textbox', { name: '问题' })
    await problems.nth(0).fill('没有写明哪些目标')
    await problems.nth(1).fill('缺少验收单')
    await dialog(head).getByRole('textbox', { name: '要求' }).nth(0).fill('逐项列明')
    await dialog(head).getByRole('button', { name: '确定' }).click()
    await dialog(head).waitFor({ state: 'detached' })
    await expect.poll(() => panel(filler).getByText('还有 2 条退回意见没有答复').count()).toBe(1)
  })

  test('open items block the resubmission; each is ticked with an answer', async () => {
    await expect.poll(() => body(filler).getAttribute('contenteditable')).toBe('true')
    await main(filler, '提交主管部门审核').click()
    await expect.poll(() => dialog(filler).innerText()).toContain('还有 2 条退回意见没有答复')
    const warned = dialog(filler).getByRole('textbox', { name: '对提示的说明（必填）' })
    if ((await warned.count()) > 0) await warned.fill('已核对')
    await dialog(filler).getByRole('button', { name: '确定' }).click()
    await expect.poll(() => dialog(filler).getByRole('alert').innerText()).toContain('退回意见')
    await filler.page.keyboard.press('Escape')
    await filler.page.getByRole('tab', { name: /^检查/ }).click()
    const checks = filler.page.locator('.findings')
    await expect.poll(() => checks.getByText(/第1轮的退回意见.*还没有答复/).count()).toBe(2)
    await expect.poll(() => shownFindings(filler)).toEqual(await storedFindings(filler))
    await openReview(filler)

    await kind(filler, '修订').click()
    await panel(filler)
      .locator('.suggestion', { hasText: '论证材料不全' })
      .getByRole('button', { name: '接受' })
      .click()
    await expect.poll(() => cell(finance, 'self').textContent()).toContain('2.5')
    await filler.page.getByRole('tab', { name: '评分表' }).click()
    // A chosen cell holds an input.
    const shown = () => cell(filler, 'self').evaluate((td) => td.querySelector('input')?.value ?? td.textContent)
    await expect.poll(shown).toContain('2.5')
    await cell(filler, 'self').click()
    await filler.page.keyboard.press('Control+z')
    await expect.poll(() => cell(finance, 'self').textContent()).toBe('3')
    await filler.page.keyboard.press('Control+y')
    await expect.poll(() => cell(finance, 'self').textContent()).toContain('2.5')
    await openReview(filler)

    await kind(filler, '退回意见').click()
    for (const answer of ['已逐项列明', '验收单已上传']) {
      await panel(filler).getByRole('button', { name: '已修改，填写答复' }).first().click()
      await panel(filler).getByRole('textbox', { name: '怎样修改的' }).fill(answer)
      await panel(filler).getByRole('button', { name: '提交答复' }).click()
      await expect.poll(() => panel(filler).locator('.answer', { hasText: answer }).count()).toBe(1)
    }
    await caretAtEndOf(filler, '绩效评价在目标设置上不够具体')
    await filler.page.keyboard.insertText('即数量、质量和时效三项目标。')
    await fixTotals()
    await move(filler, '提交主管部门审核')
  })

  test('the resubmission opens on what was changed since the return, item by item', async () => {
    await head.page.goto(`${server.url}/queue`)
    const entry = head.page.getByRole('link', { name: /省集中系统设备购置经费/ })
    await expect.poll(() => entry.innerText()).toContain('重报')
    await entry.click()
    await expect.poll(() => panel(head).locator('.review-card.item').count()).toBe(2)
    const chip = panel(head).locator('.item', { hasText: '没有写明' }).locator('.changed-since')
    await expect.poll(() => chip.allInnerTexts()).toEqual(['已改'])
    const changes = panel(head).locator('.item', { hasText: '没有写明' }).locator('.item-changes ins.filler')
    await expect.poll(() => changes.allInnerTexts()).toEqual(['即数量、质量和时效三项目标。'])
    const beside = panel(head).locator('.beside')
    expect(await beside.innerText()).toContain('论证决策 · 自评得分')
    for (const done of [1, 2]) {
      await panel(head).getByRole('button', { name: '确认已改' }).first().click()
      await expect.poll(() => panel(head).locator('.chip.item-accepted').count()).toBe(done)
    }
    await panel(head)
      .getByRole('link', { name: /退回后的修改/ })
      .click()
    await expect.poll(() => head.page.locator('main').innerText()).toContain('即数量、质量和时效三项目标')
    await openReport(head)
  })

  test('approve, finance scores with an opinion, conclude', async () => {
    await cell(head, 'department').click()
    await head.page.keyboard.type('2')
    await head.page.keyboard.press('Enter')
    await main(head, '审核通过，报送财政').click()
    await expect.poll(() => dialog(head).innerText()).toContain('1 个指标与前一环节不同')
    await dialog(head).getByRole('button', { name: '确定' }).click()
    await expect.poll(() => dialog(head).getByRole('alert').innerText()).toContain('没有写意见')
    await head.page.keyboard.press('Escape')
    await writeOpinion('head', 'department', '缺少论证材料')
    await expect.poll(() => saveState(head)).toBe('saved')
    await move(head, '审核通过，报送财政')

    await finance.page.getByRole('tab', { name: '评分表' }).click()
    await cell(finance, 'finance').click()
    await finance.page.keyboard.type('1.5')
    await finance.page.keyboard.press('Enter')
    await writeOpinion('finance', 'finance', '同意部门意见，另扣0.5分')
    await move(finance, '复核办结')
    for (const actor of everybody()) {
      await expect.poll(() => body(actor).getAttribute('contenteditable')).toBe('false')
    }
    await expect.poll(() => filler.page.getByRole('button', { name: /消息，\d+ 条未读/ }).count()).toBe(1)
  })

  test('the audit trail lists every deed once', async () => {
    await menu(finance, '审计记录')
    await finance.page.getByRole('heading', { name: /审计记录/ }).waitFor()
    await expect.poll(() => finance.page.locator('tbody tr').count()).toBeGreaterThan(10)
    const deeds = (await finance.page.locator('tbody td:nth-child(4)').allInnerTexts()).map((deed) => deed.trim())
    const count = (deed: string) => deeds.filter((one) => one === deed).length
    expect([count('送审'), count('退回'), count('审核通过'), count('办结')]).toEqual([2, 1, 1, 1])
    expect(count('提出批注')).toBe(1)
    expect([count('提出修订'), count('接受修订')]).toEqual([4, 3])
  })

  test('no page reported an error of its own', () => {
    const own = everybody().flatMap(({ errors }) =>
      errors.filter((error) => !/WebSocket connection|(409 \(Conflict\))|(403 \(Forbidden\))/.test(error)),
    )
    expect(own).toEqual([])
  })
})

async function openReport({ page }: Actor): Promise<void> {
  await page.goto(`${server.url}/reports/demo`)
  await page.getByRole('treegrid', { name: '评分表' }).waitFor()
  await page.getByRole('button', { name: '建议修改' }).waitFor()
}

async function openReview(actor: Actor): Promise<void> {
  await actor.page.getByRole('tab', { name: '批注' }).click()
  await panel(actor).locator('.review-panel').waitFor()
}

async function openCard(actor: Actor, words: string): Promise<void> {
  await openReview(actor)
  await kind(actor, '批注').click()
  const card = panel(actor).locator('.review-card', { hasText: words })
  await card.waitFor()
  if (!(await card.getAttribute('class'))?.includes('active')) await card.locator('.card-head').click()
}

const select = (actor: Actor, words: string) => selectText(body(actor), { words })

async function caretAtEndOf(actor: Actor, words: string): Promise<void> {
  await textWith(actor, words).scrollIntoViewIfNeeded()
  await textWith(actor, words).click()
  await selectText(textWith(actor, words), 'end')
}

const highlighted = ({ page }: Actor, name: string) =>
  page.evaluate(
    (wanted) => Array.from(CSS.highlights.get(wanted) ?? [], (range) => String(range)).filter((text) => text !== ''),
    name,
  )

async function view(actor: Actor, name: string): Promise<void> {
  await actor.page.getByRole('button', { name: /^显示：/ }).click()
  await actor.page.getByRole('menuitemradio', { name }).click()
}

async function menu(actor: Actor, name: string): Promise<void> {
  await actor.page.getByRole('banner').getByRole('button', { name: /更多/ }).click()
  await actor.page.getByRole('menuitem', { name }).click()
}

async function move(actor: Actor, action: string): Promise<void> {
  await expect.poll(() => saveState(actor)).toBe('saved')
  await main(actor, action).click()
  await dialog(actor).waitFor()
  const warned = dialog(actor).getByRole('textbox', { name: '对提示的说明（必填）' })
  if ((await warned.count()) > 0) {
    // What was written for a try before is still there.
    await warned.fill('')
    await dialog(actor).getByRole('button', { name: '确定' }).click()
    await expect.poll(() => dialog(actor).getByRole('alert').innerText()).toContain('提示')
    await warned.fill('已逐条核对')
    await dialog(actor).locator('summary').click()
    await dialog(actor).getByRole('button', { name: '单独说明' }).first().click()
    await actor.page.keyboard.type('只有总账')
  }
  await dialog(actor).getByRole('button', { name: '确定' }).click()
  await dialog(actor).waitFor({ state: 'detached' })
}

async function writeOpinion(user: 'head' | 'finance', part: 'department' | 'finance', words: string): Promise<void> {
  const joined = await joinPart(server, { user, part })
  textOf(joined.doc, part, opinionKey(LEAF))!.insert(0, words)
  await joined.settled()
  joined.provider.destroy()
}

/** The score that was accepted makes another total, and the conclusion states it. */
async function fixTotals(): Promise<void> {
  const conclusion = body(filler).locator('p', { hasText: '自评得分90.8分' }).first()
  const typed: readonly (readonly [string, string])[] = [
    ['自评得分90.8', '自评得分90.3'],
    ['决策18.2', '决策17.7'],
  ]
  for (const [before, after] of typed) {
    await conclusion.waitFor({ timeout: 1000 }).catch(() => undefined)
    await select(filler, before)
    await filler.page.keyboard.insertText(after)
  }
}

/** Rules of the findings on the screen and of those the server stored, sorted. */
const shownFindings = async ({ page }: Actor) => (await page.locator('.findings .rule').allInnerTexts()).toSorted()
async function storedFindings({ context }: Actor): Promise<readonly string[]> {
  const score = await context.request.get(`${server.url}/api/reports/demo/score`)
  const { findings } = (await score.json()) as { findings: readonly { rule: string }[] }
  return findings.map(({ rule }) => rule).toSorted()
}
