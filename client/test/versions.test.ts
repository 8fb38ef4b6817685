import type { Comparison, VersionSummary } from '@gongping/protocol/http'
import { describe, expect, test } from 'vitest'
import { changesOnly, toLines } from '../src/versions/change-model.ts'
import { defaultFrom, groupByRound } from '../src/versions/version-names.ts'

const version = (kind: VersionSummary['kind'], at: number, name = ''): VersionSummary => ({
  id: `${kind}-${at}`,
  kind,
  name,
  at: new Date(Date.UTC(2026, 4, at)).toISOString(),
  by: '填报人',
  role: 'filler',
  selfTotal: null,
  contentSha256: null,
  changes: null,
})
/** As the server lists them, newest first. */
const LIST = [
  version('automatic', 9),
  version('submitted', 8),
  version('automatic', 7),
  version('returned', 6),
  version('submitted', 5),
  version('named', 4, '讨论稿'),
  version('created', 3),
]

describe('the timeline', () => {
  test('versions stand under their round, with names that count', () => {
    const rounds = groupByRound(LIST, 'zh')
    expect(rounds.map(({ round }) => round)).toEqual([2, 1, 0])
    expect(rounds.map(({ versions }) => versions.map(({ name }) => name.split(' · ')[0]))).toEqual([
      ['自动', '送审稿 第2次'],
      ['自动', '退回稿 第1次', '送审稿 第1次'],
      ['讨论稿', '初始稿'],
    ])
  })

  test('the last submission is compared when nobody chose, else the first draft', () => {
    expect(defaultFrom(LIST)).toBe('submitted-8')
    expect(defaultFrom([version('named', 4), version('created', 3)])).toBe('created-3')
    expect(defaultFrom([])).toBe('current')
  })
})

describe('the compared text', () => {
  const place = { section: '一、结论', sectionId: 's1', fromSectionId: 's1', level: 0, number: '' }
  const TEXT: Comparison['text'] = [
    { op: 'equal', text: '结论\n', line: 0, kind: 'heading', ...place, level: 1, number: '一、' },
    { op: 'equal', text: '完成度', line: 1, kind: 'paragraph', ...place },
    { op: 'delete', text: '良好', by: '填报人', byId: 'f', role: 'filler', line: 1, kind: 'paragraph', ...place },
    { op: 'insert', text: '优秀', by: '部门', byId: 'h', role: 'head', line: 1, kind: 'paragraph', ...place },
    { op: 'equal', text: '。\n', line: 1, kind: 'paragraph', ...place },
    { op: 'equal', text: '甲\n', line: 2, kind: 'paragraph', ...place },
    { op: 'equal', text: '乙', line: 3, kind: 'paragraph', ...place },
    { op: 'insert', text: '3', isField: true, line: 3, kind: 'paragraph', ...place },
    { op: 'equal', text: '\n', line: 3, kind: 'paragraph', ...place },
    { op: 'insert', text: '新的一段\n', by: '部门', byId: 'h', role: 'head', line: 4, kind: 'paragraph', ...place },
  ]

  test('a deletion with the insertion beside it is one place; values of fields are none', () => {
    const { lines, places } = toLines(TEXT, null)
    expect(places).toBe(2)
    expect(lines.map(({ op }) => op)).toEqual(['equal', 'changed', 'equal', 'changed', 'insert'])
    expect(lines[1]?.pieces.map((piece) => piece.place)).toEqual([null, 0, 0, null])
    expect(lines[4]?.pieces).toMatchObject([{ text: '新的一段', place: 1 }])
  })

  test('the changes of one person alone can be gone through', () => {
    expect(toLines(TEXT, 'f').places).toBe(1)
    expect(toLines(TEXT, 'h').places).toBe(2)
    expect(toLines(TEXT, 'nobody').places).toBe(0)
  })

  test('only changes, with their heading; the rest is counted', () => {
    const rows = changesOnly(toLines(TEXT, null).lines)
    expect(rows.map((row) => (row.type === 'gap' ? row.count : row.line.key))).toEqual([0, 1, 2, 4])
    expect(rows[2]).toMatchObject({ type: 'gap', count: 2 })
  })
})
