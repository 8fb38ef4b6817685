import { expect, test } from 'vitest'
import { filterSearch, isFiltered, NO_FILTER, parseFilter } from '../../src/workbench/list-filter.ts'
import { nextAction, statesWaitingFor } from '../../src/workbench/next-action.ts'

test('the address carries the filter there and back', () => {
  const filter = {
    query: '社保 & 设备',
    state: 'returned',
    year: 2021,
    unit: '大埔县教育局',
    sort: 'selfTotal',
    page: 3,
    pageSize: 50,
  } as const
  expect(parseFilter(filterSearch(filter))).toEqual(filter)
  expect(filterSearch(NO_FILTER)).toBe('')
  expect(isFiltered(NO_FILTER)).toBe(false)
})

test('an address nobody wrote shows everything', () => {
  expect(parseFilter('?state=x&year=abc&page=-1&size=7&sort=drop')).toEqual(NO_FILTER)
})

test('one action word by role and state', () => {
  expect(nextAction(['filler'], 'draft')).toBe('fill')
  expect(nextAction(['filler'], 'returned')).toBe('correct')
  expect(nextAction(['filler'], 'department_review')).toBe('view')
  expect(nextAction(['head'], 'department_review')).toBe('review')
  expect(nextAction(['filler', 'head'], 'department_review')).toBe('review')
  expect(nextAction(['finance'], 'finance_review')).toBe('check')
  expect(nextAction(['finance'], 'concluded')).toBe('view')
  expect(nextAction([], 'draft')).toBe('view')
  expect(statesWaitingFor('filler')).toEqual(['draft', 'returned'])
})
