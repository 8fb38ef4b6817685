import type { Finding } from '@gongping/scoring'
import { expect, test } from 'vitest'
import { byFinding, findingKey } from '../src/review/accepted-warnings.ts'
import { lacksReason, NO_REASONS, toAccepted } from '../src/review/warning-reasons.tsx'

const warning = (rule: string): Finding => ({
  rule,
  severity: 'warning',
  where: { kind: 'indicator', indicatorId: 'gd.decision' } as unknown as Finding['where'],
  message: { zh: `${rule} 有误`, en: `${rule} is wrong` },
})
const [one, two] = [warning('SUM-01'), warning('SUM-02')]

test('every warning has a reason: its own, or the one for all', () => {
  const own = new Map([[findingKey(one!), ' 只有总账 ']])
  expect(lacksReason([one!, two!], NO_REASONS)).toBe(true)
  expect(lacksReason([one!, two!], { all: '', own })).toBe(true)
  expect(lacksReason([one!], { all: '', own })).toBe(false)
  expect(lacksReason([one!, two!], { all: '已核对', own })).toBe(false)
  expect(lacksReason([], NO_REASONS)).toBe(false)
  expect(toAccepted([one!, two!], NO_REASONS)).toEqual({})
  expect(toAccepted([one!, two!], { all: ' 已核对 ', own })).toEqual({
    accepted: { reason: '已核对', each: [{ rule: 'SUM-01', where: one!.where, reason: '只有总账' }] },
  })
})

test('the reviewer sees what was said last about the same warning', () => {
  const author = { userId: 'u', displayName: '填报人', role: 'filler' as const }
  const said = (round: number, reason: string) => {
    const { rule, message } = one!
    return { round, author, at: '', warnings: [{ rule, where: { ...one!.where }, message, reason }] }
  }
  const found = byFinding([said(1, '第一次'), said(2, '第二次')])
  expect(found.get(findingKey(one!))).toEqual({ reason: '第二次', by: '填报人', round: 2 })
  expect(found.get(findingKey(two!))).toBeUndefined()
})
