import { findTemplate, indicatorIndex, NO_ANSWER, scoreReport } from '@gongping/scoring'
import type { Answer, ScoreColumnId } from '@gongping/scoring'
import { expect, test } from 'vitest'
import { deductionOf, formatDelta, lacksReason, lockOf, readTypedScore, reviewDelta } from '../../src/scores/cell.ts'
import type { ColumnRights } from '../../src/scores/cell.ts'

const template = findTemplate('guangdong-2022')!
const index = indicatorIndex(template)
const JUSTIFICATION = 'gd.decision.setup.justification'
const EFFICIENCY = 'gd.output.efficiency'
const QUANTITY = 'gd.output.efficiency.quantity'
const all: ColumnRights = { self: { ok: true }, department: { ok: true }, finance: { ok: true } }

test('a score as typed: full-width digits and 分 are understood, nothing typed takes it away', () => {
  expect(readTypedScore('１．７', 200)).toEqual({ ok: true, score: 170 })
  expect(readTypedScore(' 3分 ', 400)).toEqual({ ok: true, score: 300 })
  expect(readTypedScore('', 400)).toEqual({ ok: true, score: null })
  expect(readTypedScore('0', 400)).toEqual({ ok: true, score: 0 })
})

test('what cannot be a score is named', () => {
  expect(readTypedScore('三', 400)).toEqual({ ok: false, problem: 'notANumber' })
  expect(readTypedScore('-1', 400)).toEqual({ ok: false, problem: 'negative' })
  expect(readTypedScore('1.234', 400)).toEqual({ ok: false, problem: 'tooManyDecimals' })
  expect(readTypedScore('4.01', 400)).toEqual({ ok: false, problem: 'aboveWeight' })
})

test('a leaf is open to who holds the pen, and says why to everybody else', () => {
  const score = scored({})
  const indicator = index.get(JUSTIFICATION)!
  const message = { zh: '由填报人填写', en: 'By the filler' }
  const rights: ColumnRights = { ...all, self: { ok: false, message } }
  expect(lockOf({ indicator, column: 'self' }, score, all)).toBeNull()
  expect(lockOf({ indicator, column: 'self' }, score, rights)).toEqual({ kind: 'right', message })
  expect(lockOf({ indicator, column: 'department' }, score, rights)).toBeNull()
  expect(lockOf({ indicator, column: 'weight' }, score, all)).toEqual({ kind: 'weightLocked' })
})

test('sums are never typed, a joint score only while nothing below is scored', () => {
  const decision = index.get('gd.decision')!
  const efficiency = index.get(EFFICIENCY)!
  expect(lockOf({ indicator: decision, column: 'self' }, scored({}), all)).toEqual({ kind: 'sumLocked' })
  expect(lockOf({ indicator: efficiency, column: 'self' }, scored({}), all)).toBeNull()
  const below = scored({ self: { [QUANTITY]: 800 } })
  expect(lockOf({ indicator: efficiency, column: 'self' }, below, all)).toEqual({ kind: 'jointHasChildren' })
  const both = scored({ self: { [QUANTITY]: 800, [EFFICIENCY]: 1900 } })
  expect(lockOf({ indicator: efficiency, column: 'self' }, both, all)).toBeNull()
})

test('Δ compares the latest review with the self score', () => {
  const department = scored({ self: { [JUSTIFICATION]: 400 }, department: { [JUSTIFICATION]: 350 } })
  expect(reviewDelta(department, JUSTIFICATION)).toBe(-50)
  const finance = scored({
    self: { [JUSTIFICATION]: 300 },
    department: { [JUSTIFICATION]: 350 },
    finance: { [JUSTIFICATION]: 400 },
  })
  expect(reviewDelta(finance, JUSTIFICATION)).toBe(100)
  expect(reviewDelta(scored({ self: { [JUSTIFICATION]: 300 } }), JUSTIFICATION)).toBeNull()
  expect([formatDelta(-50), formatDelta(0), formatDelta(100)]).toEqual(['−0.5', '0', '+1'])
})

test('a deduction asks for a reason, full marks and sums do not', () => {
  const indicator = index.get(JUSTIFICATION)!
  const one = scored({ self: { [JUSTIFICATION]: 300 } }).self.byIndicator.get(JUSTIFICATION)
  expect(deductionOf(one)).toBe(100)
  expect(lacksReason(indicator, one, undefined)).toBe(true)
  expect(lacksReason(indicator, one, { ...NO_ANSWER, reason: ' \n' })).toBe(true)
  expect(lacksReason(indicator, one, { ...NO_ANSWER, reason: '调研不足' })).toBe(false)
  const full = scored({ self: { [JUSTIFICATION]: 400 } }).self.byIndicator.get(JUSTIFICATION)
  expect(lacksReason(indicator, full, undefined)).toBe(false)
})

type Typed = Partial<Record<ScoreColumnId, Readonly<Record<string, number>>>>

function scored(typed: Typed) {
  const column = (scores: Readonly<Record<string, number>> = {}) =>
    new Map<string, Answer>(Object.entries(scores).map(([id, score]) => [id, { ...NO_ANSWER, score }]))
  return scoreReport(template, {
    facts: new Map(),
    columns: { self: column(typed.self), department: column(typed.department), finance: column(typed.finance) },
  })
}
