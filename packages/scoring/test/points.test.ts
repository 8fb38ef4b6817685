import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatMoney, formatPoints, parseMoney, parsePoints, toPoints } from '../src/index.ts'

describe('numbers as people write them', () => {
  it('[S3] prints points without trailing zeros', () => {
    expect([9080, 300, 5, 0, -50, 10_000].map(formatPoints)).toEqual(['90.8', '3', '0.05', '0', '-0.5', '100'])
    expect(toPoints(9080)).toBe(90.8)
  })

  it.each([
    ['１．７ 分', 170],
    ['1.7', 170],
    [' 3 分 ', 300],
    ['.5', 50],
    ['2.50', 250],
    ['1.700', 170],
    ['100', 10_000],
  ])('[S4] reads %s', (text, value) => {
    expect(parsePoints(text)).toEqual({ ok: true, value })
  })

  it.each([
    ['', 'empty'],
    ['  分', 'empty'],
    ['三', 'notANumber'],
    ['1.2.3', 'notANumber'],
    ['1e3', 'notANumber'],
    ['.', 'notANumber'],
    ['1.705', 'tooManyDecimals'],
    ['-1', 'negative'],
    ['－１', 'negative'],
    ['9'.repeat(30), 'tooLarge'],
  ])('[S4] refuses %s', (text, problem) => {
    expect(parsePoints(text)).toEqual({ ok: false, problem })
  })

  it('[S4] reads back what was printed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (score) => {
        expect(parsePoints(formatPoints(score))).toEqual({ ok: true, value: score })
      }),
    )
  })

  it.each([
    ['¥249,379.00 元', 24_937_900],
    ['24.9379万元', 24_937_900],
    ['２４９３７９', 24_937_900],
    ['￥１，０００．５', 100_050],
    ['人民币 12 元', 1200],
    ['0.01', 1],
  ])('[S5] reads the amount %s', (text, value) => {
    expect(parseMoney(text)).toEqual({ ok: true, value })
  })

  it.each([
    ['24,93,79', 'notANumber'],
    ['约三万元', 'notANumber'],
    ['0.001', 'tooManyDecimals'],
    ['-5元', 'negative'],
    ['元', 'empty'],
  ])('[S5] refuses the amount %s', (text, problem) => {
    expect(parseMoney(text)).toEqual({ ok: false, problem })
  })

  it('[S5] takes the unit of the field where none is written, and prints back', () => {
    expect(parseMoney('24.9379', '万元')).toEqual({ ok: true, value: 24_937_900 })
    expect(formatMoney(24_937_900)).toBe('249379.00')
    expect(formatMoney(24_937_900, '万元')).toBe('24.9379')
  })
})
