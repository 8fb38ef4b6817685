import { findTemplate, leavesOf } from '@gongping/scoring'
import { expect, test } from 'vitest'
import { planPaste, readBlock } from '../../src/scores/paste.ts'
import type { PasteRow } from '../../src/scores/paste.ts'

const leaves = leavesOf(findTemplate('guangdong-2022')!).slice(0, 3)
const rows: readonly PasteRow[] = leaves.map((indicator) => ({ indicator, takes: 'score' }))
const sum: PasteRow = { indicator: findTemplate('guangdong-2022')!.indicators[0]!, takes: 'sum' }

test('a column from a spreadsheet goes into the rows in order', () => {
  const plan = planPaste('3\r\n１.７\r\n1.8分\r\n', { rows, columns: ['self'] })
  expect(plan.ok && plan.writes.map(({ indicator, score }) => [indicator.id, score])).toEqual([
    [leaves[0]!.id, 300],
    [leaves[1]!.id, 170],
    [leaves[2]!.id, 180],
  ])
})

test('an empty line or a dash empties the cell', () => {
  const plan = planPaste('3\n\n—', { rows, columns: ['self'] })
  expect(plan.ok && plan.writes.map(({ score }) => score)).toEqual([300, null, null])
})

test('one bad line and nothing is written; every problem is named', () => {
  const plan = planPaste('3\nabc\n9', { rows, columns: ['self'] })
  expect(plan).toEqual({
    ok: false,
    problems: [
      { kind: 'line', line: 2, text: 'abc', problem: 'notANumber', weight: leaves[1]!.weight },
      { kind: 'line', line: 3, text: '9', problem: 'aboveWeight', weight: leaves[2]!.weight },
    ],
  })
})

test('more lines or columns than can be filled are refused', () => {
  expect(planPaste('1\n1\n1\n1', { rows, columns: ['self'] })).toEqual({
    ok: false,
    problems: [{ kind: 'tooLong', lines: 4, rows: 3 }],
  })
  expect(planPaste('1\t2', { rows, columns: ['self'] })).toEqual({ ok: false, problems: [{ kind: 'tooWide' }] })
})

test('two columns fill two columns; empty ones at the right are dropped', () => {
  const plan = planPaste('1\t2\t\n1\t\t', { rows, columns: ['department', 'finance'] })
  expect(plan.ok && plan.writes.map(({ column, score }) => [column, score])).toEqual([
    ['department', 100],
    ['finance', 200],
    ['department', 100],
    ['finance', null],
  ])
})

test('quoted cells lose their quotes', () => {
  expect(readBlock('"3"\t"a""b"')).toEqual([['3', 'a"b']])
})

test('a column copied with its sums is laid row against row and the sums are passed over', () => {
  const written = (text: string, onto: readonly PasteRow[]) => {
    const plan = planPaste(text, { rows: onto, columns: ['self'] })
    return plan.ok && plan.writes.map(({ indicator, score }) => [indicator.id, score])
  }
  const all = leaves.map(({ id }, at) => [id, [300, 170, 180][at]])
  expect(written('6.5\n3\n1.7\n1.8', [sum, ...rows])).toEqual(all)
  expect(written('3\n3.5\n1.7\n1.8', [rows[0]!, sum, ...rows.slice(1)])).toEqual(all)
  // A part of the table, begun on its sum.
  expect(written('6.5\n3', [sum, ...rows])).toEqual(all.slice(0, 1))
  // Without sums: only rows that take a score count.
  expect(written('3\n1.7\n1.8', [rows[0]!, sum, ...rows.slice(1)])).toEqual(all)
})
