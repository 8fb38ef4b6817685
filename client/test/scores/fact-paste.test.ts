import { expect, test } from 'vitest'
import { planFactPaste } from '../../src/scores/fact-paste.ts'

const field = {
  unit: null,
  columns: [
    { key: 'name', label: '名称', type: 'text' },
    { key: 'planned', label: '计划', type: 'number' },
    { key: 'actual', label: '实际', type: 'number' },
  ],
} as const
const at = { field, row: 0, column: 0, rows: 2, mayGrow: true }

test('a block of cells fills rows and columns from there on and adds rows where the table takes them', () => {
  const plan = planFactPaste('高拍仪\t17\t17\r\n扫描仪\t1,500\t\r\n电脑\t15\t15\r\n', at)
  expect(plan?.ok && plan.writes.map(({ row, column, value }) => [row, column, value])).toEqual([
    [0, 'name', '高拍仪'],
    [0, 'planned', 17],
    [0, 'actual', 17],
    [1, 'name', '扫描仪'],
    [1, 'planned', 1500],
    [1, 'actual', null],
    [2, 'name', '电脑'],
    [2, 'planned', 15],
    [2, 'actual', 15],
  ])
})

test('what is no number, too long or too wide is named, and nothing is written', () => {
  expect(planFactPaste('17\t很多\n-1.5\t2', { ...at, column: 1 })).toEqual({
    ok: false,
    problems: [
      { kind: 'line', line: 1, text: '很多', problem: 'number' },
      { kind: 'line', line: 2, text: '-1.5', problem: 'negative' },
    ],
  })
  expect(planFactPaste('1\n2', { ...at, row: 1, column: 1, mayGrow: false })).toEqual({
    ok: false,
    problems: [{ kind: 'tooLong', lines: 2, rows: 1 }],
  })
  expect(planFactPaste('1\t2', { ...at, column: 2 })).toEqual({ ok: false, problems: [{ kind: 'tooWide' }] })
})

test('a single cell is typing', () => {
  expect(planFactPaste('17\r\n', at)).toBeNull()
})
