import { expect, test } from 'vitest'
import { countBySection, groupByCell } from '../src/review/open-marks.ts'
import { aThread } from './a-thread.ts'

const LEAF = 'gd.decision.setup.justification'
const cell = (aspect: 'score' | 'reason', column: 'self' | 'department' = 'self') =>
  ({
    kind: 'cell',
    indicatorId: LEAF,
    column,
    aspect: aspect === 'reason' && column !== 'self' ? 'opinion' : aspect,
  }) as const

test('a cell carries what is open about its score and about what is written beside it', () => {
  const found = groupByCell([
    aThread('score', { anchor: cell('score') }),
    aThread('reason', { anchor: cell('reason'), status: 'done' }),
    aThread('closed', { anchor: cell('score'), status: 'closed' }),
    aThread('opinion', { anchor: cell('reason', 'department') }),
    aThread('whole'),
  ])
  const ids = (key: string) => found.get(key)?.map(({ id }) => id)
  expect(ids(`self|${LEAF}`)).toEqual(['score', 'reason'])
  expect(ids(`department|${LEAF}`)).toEqual(['opinion'])
  expect(found.size).toBe(2)
})

test('a section counts what is open in it; what lost its place is in none', () => {
  const threads = [
    aThread('a'),
    aThread('b', { status: 'done' }),
    aThread('closed', { status: 'closed' }),
    aThread('lost'),
    aThread('unplaced'),
  ]
  const places = new Map([
    ['a', { sectionId: 's3' }],
    ['b', { sectionId: 's3' }],
    ['closed', { sectionId: 's3' }],
    ['lost', { sectionId: null }],
  ])
  expect([...countBySection(threads, places)]).toEqual([['s3', 2]])
})
