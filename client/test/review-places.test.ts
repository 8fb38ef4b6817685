import type { Anchor, ReportSummary } from '@gongping/protocol/http'
import { expect, test } from 'vitest'
import { orderOf, type Place } from '../src/review/places.ts'
import { sinceReturn } from '../src/review/since-return.ts'
import { filterThreads, NO_THREAD_FILTER } from '../src/review/thread-filter.ts'
import { daysOverdue, flagsOf, sortQueue } from '../src/workbench/queue.ts'
import { aThread, threadAuthor } from './a-thread.ts'

const places = (entries: Record<string, Partial<Place>>) =>
  new Map(
    Object.entries(entries).map(([id, place]) => [
      id,
      { status: 'here' as const, sectionId: null, order: '', ...place },
    ]),
  )

test('places sort as they are read: the blocks of a section, then the sections in it', () => {
  const read = [
    orderOf('s2', 0),
    orderOf('s2.p1', 3),
    orderOf('s2.p1', 20),
    orderOf('s2.p10', 0),
    orderOf('s2.1', 0),
    orderOf('s2.1.p1', 0),
    orderOf('s2.1.1', 0),
    orderOf('s2.2', 0),
    orderOf('s10', 0),
  ]
  expect(read.toSorted()).toEqual(read)
})

test('comments come in the order of their places and pass the filter or not', () => {
  const threads = [
    aThread('later', { quote: '预算安排' }),
    aThread('first', { status: 'done', round: 2 }),
    aThread('gone', { author: { ...threadAuthor, userId: 'u2' } }),
    aThread('closed', { status: 'closed' }),
  ]
  const known = places({
    later: { sectionId: 's4.1', order: orderOf('s4.1.p1', 0) },
    first: { sectionId: 's1', order: orderOf('s1', 0) },
    gone: { status: 'lost', order: '~~' },
    closed: { order: '' },
  })
  const ids = (change: Partial<typeof NO_THREAD_FILTER>) =>
    filterThreads(threads, { ...NO_THREAD_FILTER, ...change }, known).map(({ id }) => id)
  expect(ids({})).toEqual(['first', 'later', 'gone'])
  expect(ids({ group: 'open' })).toEqual(['later', 'gone'])
  expect(ids({ group: 'done' })).toEqual(['first'])
  expect(ids({ group: 'closed' })).toEqual(['closed'])
  expect(ids({ group: 'changed' })).toEqual(['gone'])
  expect(ids({ section: 's4' })).toEqual(['later'])
  expect(ids({ section: 's1' })).toEqual(['first'])
  expect(ids({ round: 2 })).toEqual(['first'])
  expect(ids({ query: '安排' })).toEqual(['later'])
  expect(ids({ person: 'u3' })).toEqual([])
})

test('an item counts as changed when its own place was changed', () => {
  const since = sinceReturn({
    reportId: 'demo',
    from: 'a',
    to: 'b',
    comparison: {
      scores: [
        { indicatorId: 'i1', column: 'self', from: 3, to: 2, isSum: false, by: '', byId: null, role: null, reason: '' },
        { indicatorId: 'i', column: 'self', from: 9, to: 8, isSum: true, by: '', byId: null, role: null, reason: '' },
      ],
      fields: [{ part: 'self', kind: 'cover', key: 'phone', runs: [] }],
      text: [
        {
          op: 'insert',
          text: '补',
          section: '',
          sectionId: 's2',
          fromSectionId: 's2',
          line: 1,
          kind: 'paragraph',
          level: 0,
          number: '',
        },
        {
          op: 'insert',
          text: '2',
          isField: true,
          section: '',
          sectionId: 's3',
          fromSectionId: 's3',
          line: 2,
          kind: 'heading',
          level: 1,
          number: '',
        },
      ],
    },
  })
  const item = (anchor: Parameters<typeof since.isChanged>[0]['anchor'], place: Partial<Place> = {}) =>
    since.isChanged(
      {
        id: '1',
        round: 1,
        anchor,
        quote: '',
        problem: '',
        demand: '',
        dueDate: null,
        status: 'open',
        answer: '',
        author: threadAuthor,
        at: '',
      },
      { status: 'here', sectionId: null, order: '', ...place },
    )
  const text = { kind: 'text' as const, start: '', end: '', quote: '字', prefix: '', suffix: '' }
  const cell = (indicatorId: string) => ({
    kind: 'cell' as const,
    indicatorId,
    column: 'self' as const,
    aspect: 'score' as const,
  })
  expect(item(text, { sectionId: 's2' })).toBe(true)
  expect(item(text, { sectionId: 's3' })).toBe(false)
  expect(item(text, { status: 'lost' })).toBe(true)
  expect(item(cell('i1'))).toBe(true)
  expect(item(cell('i'))).toBe(false)
  expect(item({ kind: 'cover', key: 'phone' })).toBe(true)
  expect(item({ kind: 'cover', key: 'fillDate' })).toBe(false)
  expect(item({ kind: 'report' })).toBe(true)
  expect(since.href).toBe('/reports/demo/versions?from=a&to=b')
})

const aReport = (id: string, rest: Partial<ReportSummary> = {}): ReportSummary => ({
  id,
  projectName: id,
  unit: '',
  fiscalYear: 2025,
  state: 'department_review',
  selfTotal: 90,
  departmentTotal: null,
  financeTotal: null,
  grade: null,
  openFindings: 0,
  updatedAt: '2026-01-01T00:00:00.000Z',
  budgetAmount: null,
  roles: ['head'],
  round: 1,
  dueDate: null,
  ...rest,
})

test('the queue holds what waits for the reviewer, what is due first at the top', () => {
  const queue = sortQueue([
    aReport('without'),
    aReport('late', { dueDate: '2026-03-01' }),
    aReport('early', { dueDate: '2026-02-01' }),
    aReport('elsewhere', { state: 'finance_review' }),
  ])
  expect(queue.map(({ id }) => id)).toEqual(['early', 'late', 'without'])
})

test('flags of a report in the queue', () => {
  expect(flagsOf(aReport('plain'))).toEqual([])
  const flagged = aReport('all', { round: 2, selfTotal: 100, departmentTotal: 94, openFindings: 3 })
  expect(flagsOf(flagged)).toEqual(['resubmitted', 'full', 'deviation', 'findings'])
})

test('days overdue follow the calendar in China', () => {
  expect(daysOverdue(null, new Date('2026-03-02T00:00:00Z'))).toBe(0)
  expect(daysOverdue('2026-03-01', new Date('2026-03-01T15:59:00Z'))).toBe(0)
  expect(daysOverdue('2026-03-01', new Date('2026-03-01T16:01:00Z'))).toBe(1)
})

test('an item shows what was changed in the line it quotes, everything else stands beside the items', () => {
  const line = (number: number, runs: readonly (readonly ['equal' | 'insert' | 'delete', string])[]) =>
    runs.map(([op, text]) => ({
      op,
      text,
      section: '六、存在问题',
      sectionId: 's6',
      fromSectionId: 's6',
      line: number,
      kind: 'paragraph' as const,
      level: 0,
      number: '',
    }))
  const since = sinceReturn({
    reportId: 'demo',
    from: 'a',
    to: 'b',
    comparison: {
      scores: [
        { indicatorId: 'i1', column: 'self', from: 3, to: 2, isSum: false, by: '', byId: null, role: null, reason: '' },
      ],
      fields: [{ part: 'self', kind: 'reason', key: 'i1', runs: [{ op: 'insert', text: '缺一份' }] }],
      text: [
        ...line(0, [['equal', '目标']]),
        ...line(1, [
          ['equal', '目标过于'],
          ['delete', '简单'],
          ['insert', '笼统'],
        ]),
        ...line(2, [['equal', '意识有待提高']]),
        ...line(3, [['insert', '另起一段']]),
      ],
    },
  })
  const item = (id: string, anchor: Anchor) =>
    ({
      id,
      round: 1,
      anchor,
      quote: '',
      problem: '',
      demand: '',
      dueDate: null,
      status: 'answered',
      answer: '',
      author: threadAuthor,
      at: '',
    }) as const
  const text = (quote: string) => ({ kind: 'text' as const, start: '', end: '', quote, prefix: '', suffix: '' })
  const changed = item('changed', text('过于简单'))
  const untouched = item('untouched', text('有待提高'))
  const scored = item('scored', { kind: 'cell', indicatorId: 'i1', column: 'self', aspect: 'score' })
  const here: Place = { status: 'here', sectionId: 's6', order: '' }
  const keys = (changes: readonly { key: string }[]) => changes.map(({ key }) => key)
  expect(keys(since.changesOf(changed, here))).toEqual(['line 1'])
  expect(since.isChanged(untouched, here)).toBe(false)
  expect(keys(since.changesOf(scored, undefined))).toEqual(['self i1', 'reason i1'])
  const known = places({ changed: here, untouched: here })
  expect(keys(since.changesBeside([changed, untouched, scored], known))).toEqual(['line 3'])
  expect(keys(since.changesBeside([], known))).toEqual(['self i1', 'reason i1', 'line 1', 'line 3'])
})
