import { expect, test } from 'vitest'
import { formatFact, readTypedFact } from '../../src/scores/fact-value.ts'

const money = { type: 'money', unit: '元', mayBeNegative: false } as const
const ratio = { type: 'ratio', unit: null, mayBeNegative: false } as const
const integer = { type: 'integer', unit: '项', mayBeNegative: false } as const

test('money is kept in 分 and shown with thousands marks', () => {
  expect(readTypedFact('￥249,379.00 元', money)).toEqual({ ok: true, value: 24_937_900 })
  expect(readTypedFact('24.9379万元', money)).toEqual({ ok: true, value: 24_937_900 })
  expect(formatFact(24_937_900, money)).toBe('249,379.00')
  expect(formatFact(24_937_900, { ...money, unit: '万元' })).toBe('24.9379')
  expect(readTypedFact('很多', money)).toEqual({ ok: false, problem: 'money' })
  expect(readTypedFact('-1', money)).toEqual({ ok: false, problem: 'negative' })
})

test('what is shown can be typed again and means the same', () => {
  for (const value of [0, 1, 100, 24_937_900, 123_456_789_012]) {
    expect(readTypedFact(formatFact(value, money), money)).toEqual({ ok: true, value })
    expect(readTypedFact(formatFact(value, { ...money, unit: '万元' }), { ...money, unit: '万元' })).toEqual({
      ok: true,
      value,
    })
  }
  for (const value of [0, 0.07, 0.9, 1, 1.3]) {
    expect(readTypedFact(formatFact(value, ratio), ratio)).toEqual({ ok: true, value })
  }
})

test('a share is 90% or 0.9; 90 alone is asked about', () => {
  expect(readTypedFact('９０％', ratio)).toEqual({ ok: true, value: 0.9 })
  expect(readTypedFact('0.9', ratio)).toEqual({ ok: true, value: 0.9 })
  expect(readTypedFact('90', ratio)).toEqual({ ok: false, problem: 'ratio' })
})

test('counts are whole and not negative, values of a row may be', () => {
  expect(readTypedFact('１７', integer)).toEqual({ ok: true, value: 17 })
  expect(readTypedFact('1.5', integer)).toEqual({ ok: false, problem: 'integer' })
  expect(readTypedFact('-3', integer)).toEqual({ ok: false, problem: 'negative' })
  expect(readTypedFact('-3', { ...integer, mayBeNegative: true })).toEqual({ ok: true, value: -3 })
})

test('nothing typed takes a fact away, words stay words', () => {
  expect(readTypedFact('  ', integer)).toEqual({ ok: true, value: null })
  const either = { type: 'numberOrText', unit: null, mayBeNegative: true } as const
  expect(readTypedFact('按期完成', either)).toEqual({ ok: true, value: '按期完成' })
  expect(readTypedFact('95', either)).toEqual({ ok: true, value: 95 })
  expect(formatFact('九十', money)).toBe('九十')
})
