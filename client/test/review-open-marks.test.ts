import type { Thread } from '@gongping/protocol/http'
import { expect, test } from 'vitest'
import { countBySection, groupByCell } from '../src/review/open-marks.ts'

const LEAF = 'gd.decision.setup.justification'
const author = { userId: 'u', displayName: '主管部门负责人', role: 'head' } as const
const thread = (id: string, fields: Partial<Thread>): Thread => ({
  id,
  kind: 'report',
  visibility: 'public',
  anchor: { kind: 'report' },
  quote: '',
  status: 'open',
  round: 1,
  author,
  at: '2026-01-01T00:00:00.000Z',
  replies: [],
  ...fields,
})
const cell = (aspect: 'score' | 'reason', column: 'self' | 'department' = 'self') =>
  ({
    kind: 'cell',
    indicatorId: LEAF,
    column,
    aspect: aspect === 'reason' && column !== 'self' ? 'opinion' : aspect,
  }) as const

test('a cell carries what is open about its score and about what is written beside it', () => {
  const found = groupByCell([
    thread('score', { anchor: cell('score') }),
    thread('reason', { anchor: cell('reason'), status: 'done' }),
    thread('closed', { anchor: cell('score'), status: 'closed' }),
    thread('opinion', { anchor: cell('reason', 'department') }),
    thread('whole', {}),
  ])
  const ids = (key: string) => found.get(key)?.map(({ id }) => id)
  expect(ids(`self|${LEAF}`)).toEqual(['score', 'reason'])
  expect(ids(`department|${LEAF}`)).toEqual(['opinion'])
  expect(found.size).toBe(2)
})

test('a section counts what is open in it; what lost its place is in none', () => {
  const threads = [
    thread('a', {}),
    thread('b', { status: 'done' }),
    thread('closed', { status: 'closed' }),
    thread('lost', {}),
    thread('unplaced', {}),
  ]
  const places = new Map([
    ['a', { sectionId: 's3' }],
    ['b', { sectionId: 's3' }],
    ['closed', { sectionId: 's3' }],
    ['lost', { sectionId: null }],
  ])
  expect([...countBySection(threads, places)]).toEqual([['s3', 2]])
})
