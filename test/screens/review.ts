import type { Page } from 'playwright-core'
import type { Actor } from '../support/browser.ts'
import { completeSample } from '../support/complete-sample.ts'
import { DEMO_PASSWORD, startServer, type TestServer } from '../support/server.ts'
import { selectText } from '../support/select-text.ts'

interface Camera {
  readonly shoot: (page: Page, screen: string) => Promise<void>
  readonly open: (username: string, url: string) => Promise<Actor>
  readonly language: 'zh' | 'en'
}

/** The screens of a review round, on a server of their own: the report moves on while they are taken. */
export async function shootReview({ shoot, open, language }: Camera): Promise<void> {
  const server = await startServer({ DEMO_PASSWORD })
  try {
    await completeSample(server)
    const [filler, head, finance] = await Promise.all(
      ['filler', 'head', 'finance'].map((name) => open(name, server.url)),
    )
    await shootRound({ server, filler: filler!, head: head!, finance: finance!, shoot, language })
    await Promise.all([filler, head, finance].map((actor) => actor!.context.close()))
  } finally {
    await server.remove()
  }
}

async function shootRound(round: {
  server: TestServer
  filler: Actor
  head: Actor
  finance: Actor
  shoot: Camera['shoot']
  language: Camera['language']
}): Promise<void> {
  const { server, filler, head, finance, shoot } = round
  const words = WORDS[round.language]
  const { url } = server
  for (const { page } of [filler, head]) {
    await page.goto(`${url}/reports/demo`)
    await page.getByRole('treegrid').waitFor()
    await page.getByRole('button', { name: words.suggest }).waitFor()
  }

  await comment(head.page, '绩效目标覆盖全面', '请写明目标的文号和批复日期。')
  await comment(head.page, '目标覆盖全面、内容完整，包含了总目标', '与第三部分的表述不一致，请统一。')
  await comment(head.page, '按照社会保险公共服务事项', '请补充验收单。')
  await suggest(
    filler.page,
    '也包括了预期提供的设备购置的数量、质量和成本指标',
    '还包括设备购置的数量、质量、时效和成本指标',
  )
  await suggest(head.page, '同时合乎客观实际', '也合乎客观实际')
  await filler.page.getByRole('tab').nth(1).click()
  await filler.page.locator('.review-card').first().locator('.card-head').click()
  await filler.page.waitForTimeout(600)
  await shoot(filler.page, 'comments')

  await select(head.page, '各项目目标设置已量化')
  await head.page.keyboard.press('Control+Shift+e')
  await head.page.locator('.rewrite-box textarea').fill('各项目标均已量化')
  await head.page.waitForTimeout(300)
  await shoot(head.page, 'rewrite')
  await head.page.keyboard.press('Control+Enter')
  await head.page.locator('.rewrite-box').waitFor({ state: 'detached' })

  await filler.page.locator('.kinds button').nth(1).click()
  await filler.page.waitForTimeout(400)
  await shoot(filler.page, 'suggestions')

  await filler.page.getByRole('banner').locator('.btn.primary').click()
  await filler.page.getByRole('dialog').locator('summary').click()
  await filler.page.getByRole('dialog').locator('.warnings .btn').nth(1).click()
  await filler.page.keyboard.type('只有总账，没有分项。')
  await shoot(filler.page, 'submit')
  await filler.page.getByRole('dialog').locator('textarea').first().fill('已逐条核对')
  await filler.page.getByRole('dialog').locator('.btn.primary').click()
  await filler.page.getByRole('dialog').waitFor({ state: 'detached' })

  await head.page.goto(`${url}/queue`)
  await head.page.locator('.queue a[href$="/demo"]').click()
  await head.page.getByRole('treegrid').waitFor()
  await head.page.getByRole('button', { name: words.suggest }).waitFor()
  await head.page.waitForTimeout(600)
  await shoot(head.page, 'queue')
  await head.page.getByRole('tab').nth(2).click()
  await head.page.locator('.findings .accepted').first().waitFor()
  await shoot(head.page, 'accepted-warnings')
  await head.page.getByRole('tab').first().click()

  await select(head.page, '绩效评价在目标设置上过于简单')
  await head.page.locator('.selection-bar button').last().click()
  await head.page.getByRole('banner').locator('.menu button').last().click()
  await head.page.getByRole('menuitem', { name: words.return }).click()
  const dialog = head.page.getByRole('dialog')
  await dialog.locator('textarea').first().fill('部分内容需要补充，见清单。')
  await dialog.locator('.return-items textarea').first().fill('没有写明是哪些目标。')
  await dialog.locator('.with-phrases input').first().fill('逐项列明数量、质量和时效目标。')
  await dialog.locator('input[type=date]').first().fill('2026-12-10')
  await shoot(head.page, 'return')
  await dialog.locator('.btn.primary').click()
  await dialog.waitFor({ state: 'detached' })
  await filler.page.locator('.review-card.item').first().waitFor()
  await filler.page.locator('.bell > button').click()
  await filler.page.waitForTimeout(400)
  await shoot(filler.page, 'returned')
  await filler.page.locator('.inbox-head button').last().click()
  await filler.page.locator('.notice-settings').waitFor()
  await shoot(filler.page, 'notice-settings')

  await filler.page.keyboard.press('Escape')
  await select(filler.page, '绩效评价在目标设置上过于简单')
  await filler.page.keyboard.insertText('绩效评价在数量、质量和时效目标的设置上过于简单')
  const item = filler.page.locator('.review-card.item').first()
  await item.locator('.card-actions button').first().click()
  await item.locator('textarea').fill('已写明数量、质量和时效目标。')
  await filler.page.keyboard.press('Control+Enter')
  await item.locator('.answer').waitFor()
  await filler.page.locator('.save-state[data-state=saved]').waitFor()
  await filler.page.getByRole('banner').locator('.btn.primary').click()
  await filler.page.getByRole('dialog').locator('textarea').first().fill('已逐条核对')
  await filler.page.getByRole('dialog').locator('.btn.primary').click()
  await filler.page.getByRole('dialog').waitFor({ state: 'detached' })
  await head.page.goto(`${url}/queue/demo`)
  await head.page.locator('.item-changes').first().waitFor()
  await head.page.waitForTimeout(600)
  await shoot(head.page, 'resubmitted')

  await finance.page.goto(`${url}/reports/demo/audit`)
  await finance.page.locator('tbody tr').nth(3).waitFor()
  await shoot(finance.page, 'audit')

  // Something is different since the first submission: words, and scores of the department.
  await head.page.getByRole('tab').first().click()
  const cells = head.page.locator('[data-place^="department|"][aria-readonly=false]')
  for (const [row, points] of ['2.5', '1.5', '1.5'].entries()) {
    await cells.nth(row).click()
    await head.page.keyboard.type(points)
    await head.page.keyboard.press('Enter')
  }
  await head.page.locator('.save-state[data-state=saved]').waitFor()
  const answer = await finance.context.request.get(`${url}/api/reports/demo/versions`)
  const { versions } = (await answer.json()) as { versions: readonly { id: string; kind: string }[] }
  const firstSubmission = versions.findLast(({ kind }) => kind === 'submitted')
  await finance.page.goto(`${url}/reports/demo/versions?from=${firstSubmission!.id}&to=current`)
  await finance.page.locator('.compared-sheet ins').first().waitFor()
  await finance.page.waitForTimeout(800)
  await shoot(finance.page, 'versions')
  await finance.page.locator('.score-changes button').first().click()
  await finance.page.getByRole('dialog').locator('li').first().waitFor()
  await shoot(finance.page, 'history')

  await head.page.keyboard.press('Control+s')
  await head.page.getByRole('dialog').locator('input').fill('部门初审稿')
  await shoot(head.page, 'name-version')
}

const WORDS = {
  zh: { suggest: '建议修改', return: '退回修改' },
  en: { suggest: 'Suggest', return: 'Return for changes' },
}

async function comment(page: Page, words: string, text: string): Promise<void> {
  await select(page, words)
  await page.keyboard.press('Control+Alt+m')
  await page.locator('.review-card.new textarea').fill(text)
  await page.keyboard.press('Control+Enter')
  await page.locator('.review-card.new').waitFor({ state: 'detached' })
}

async function suggest(page: Page, words: string, text: string): Promise<void> {
  await select(page, words)
  await page.keyboard.press('Control+Shift+e')
  await page.locator('.rewrite-box textarea').fill(text)
  await page.keyboard.press('Control+Enter')
  await page.locator('.rewrite-box').waitFor({ state: 'detached' })
}

const select = (page: Page, words: string) => selectText(page.locator('.report-text'), { words })
