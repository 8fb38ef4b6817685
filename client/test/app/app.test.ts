import { expect, test } from 'vitest'
import { EMPTY, formatMoment, formatTotal, formatYuan } from '../../src/app/format.ts'
import { safeReturnPath, signInPath } from '../../src/app/paths.ts'

test('numbers: one decimal, the second only where it says something, thousands marks, — for nothing', () => {
  expect([formatTotal(90.8), formatTotal(93), formatTotal(89.95), formatTotal(0), formatTotal(null)]).toEqual([
    '90.8',
    '93.0',
    '89.95',
    '0.0',
    EMPTY,
  ])
  expect([formatYuan(249_379), formatYuan(null)]).toEqual(['249,379.00', EMPTY])
})

test('moments: today and yesterday by the calendar, the year only when it is another one', () => {
  const words = {
    today: ({ time }: { time: string }) => `今天 ${time}`,
    yesterday: ({ time }: { time: string }) => `昨天 ${time}`,
  }
  const now = new Date(2026, 10, 23, 0, 30)
  const at = (date: Date) => formatMoment(date.toISOString(), { language: 'zh', words, now })
  expect(at(new Date(2026, 10, 23, 0, 5))).toBe('今天 00:05')
  expect(at(new Date(2026, 10, 22, 23, 55))).toBe('昨天 23:55')
  expect(at(new Date(2026, 10, 18, 8, 41))).toBe('11月18日 08:41')
  expect(at(new Date(2025, 4, 25, 9, 5))).toBe('2025年5月25日 09:05')
  expect(formatMoment('no date', { language: 'zh', words, now })).toBe(EMPTY)
})

test('after signing in people return to where they were, on this site only', () => {
  const search = (path: string) => path.slice(path.indexOf('?'))
  expect(safeReturnPath(search(signInPath({ returnTo: '/reports/demo?tab=1', expired: true })))).toBe(
    '/reports/demo?tab=1',
  )
  for (const path of [
    '//evil.example',
    'https://evil.example',
    '/\\evil.example',
    '/sign-in?return=/',
    'javascript:1',
  ]) {
    expect(safeReturnPath(`?return=${encodeURIComponent(path)}`)).toBe('/')
  }
  expect(signInPath({ returnTo: '/' })).toBe('/sign-in')
})
