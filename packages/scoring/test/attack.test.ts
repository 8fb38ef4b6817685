import { expect, test } from 'vitest'
import {
  type Block,
  type ScoreColumnId,
  type Section,
  checkReport,
  findTemplate,
  scoreReport,
  trimClosing,
} from '../src/index.ts'
import { SAMPLE_TEMPLATE_ID, sampleReport } from '../src/sample/index.ts'

/** What stands over and over in a hostile text; each is looked for by some rule or is an end some pattern waits for. */
const PIECES = [
  '0',
  '1',
  '1 ',
  ' ',
  '　',
  ',',
  '1,',
  '。',
  '、',
  '：',
  '.',
  '（',
  '(',
  '《',
  '》',
  '〔',
  '-',
  '\t',
  '\n',
  'a',
  '了',
  '2020年',
  '2021年 ',
  '12.5分',
  '1万元',
  '¥ ',
  '号〔2020〕1',
  '100%',
  '总分90.8分，',
  '该项指标得',
  '约 ',
  '其中',
  '17台',
]
const LENGTH = 60_000

const template = findTemplate(SAMPLE_TEMPLATE_ID)
if (!template) throw new Error('the template is part of the product')

test.each(PIECES)('a report full of %j is scored and checked without holding others up', (piece) => {
  const text = `${piece.repeat(LENGTH / piece.length)}x`
  const data = sampleReport()
  let count = 0
  // In every sixth place, so that what rules look for beside it is there still.
  const fill = <T extends { text: string; fields: readonly unknown[] }>(line: T): T =>
    (count += 1) % 6 === 0 ? { ...line, text, fields: [] } : line
  const fillBlock = (block: Block): Block => (block.type === 'paragraph' ? fill(block) : block)
  const fillSection = (section: Section): Section => ({
    ...section,
    title: fill(section.title),
    blocks: section.blocks.map(fillBlock),
    children: section.children.map(fillSection),
  })
  const fillColumn = (column: ScoreColumnId) =>
    new Map([...data.columns[column]].map(([id, answer]) => [id, { ...answer, reason: text, opinion: text }]))
  const hostile = {
    ...data,
    narrative: { sections: data.narrative.sections.map(fillSection) },
    cover: new Map([...data.cover].map(([key, value]) => [key, key === 'projectName' ? value : text])),
    columns: { self: fillColumn('self'), department: fillColumn('department'), finance: fillColumn('finance') },
  }
  const started = performance.now()
  const score = scoreReport(template, hostile)
  checkReport({ template, data: hostile, score, context: { today: '2026-01-01', openReturnItems: [] } })
  expect(performance.now() - started).toBeLessThan(1500)
})

test('a title loses the marks and the white space at its end, nothing else', () => {
  expect(trimClosing('。总体。情况：。 \n', '。：')).toBe('。总体。情况')
  expect(trimClosing('', '。')).toBe('')
  expect(trimClosing('。：', '。：')).toBe('')
})
