import { toDecimalText, toHalfWidth } from './number-text.ts'
import type { Hundredths } from './template.ts'

export type NumberProblem = 'empty' | 'notANumber' | 'tooManyDecimals' | 'negative' | 'tooLarge'
export type ParsedNumber =
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly problem: NumberProblem }

/** 9080 → "90.8": no trailing zeros. */
export function formatPoints(score: Hundredths): string {
  return String(toPoints(score))
}

/** 9080 → 90.8, the nearest number to the exact decimal. */
export function toPoints(score: Hundredths): number {
  return score / 100
}

/**
 * Points as typed, as integer hundredths: "１．７分" → 170.
 * Nothing is cut or rounded: more than two decimals, a negative or a non-number is a problem for the person to solve.
 */
export function parsePoints(text: string): ParsedNumber {
  return parseHundredths(toHalfWidth(text).replace(/\s/g, '').replace(/分$/, ''), 2)
}

/** The unit of an amount. Stored amounts are always 分, hundredths of a 元. */
export type MoneyUnit = '元' | '万元'

/**
 * An amount as typed, as integer 分: "¥249,379.00 元" → 24937900, "24.9379万元" → 24937900.
 * `unit` holds where the text names none.
 */
export function parseMoney(text: string, unit: MoneyUnit = '元'): ParsedNumber {
  const plain = toHalfWidth(text)
    .replace(/\s/g, '')
    .replace(/^[¥￥]/, '')
    .replace(/^(?:人民币)/, '')
  const named = /(万元|万|元)$/.exec(plain)?.[1]
  const digits = named === undefined ? plain : plain.slice(0, -named.length)
  const inTenThousands = named === undefined ? unit === '万元' : named !== '元'
  return parseHundredths(digits, inTenThousands ? 6 : 2)
}

/** 24937900 → "249379.00", in 万元 "24.9379". No unit is appended. */
export function formatMoney(amount: number, unit: MoneyUnit = '元'): string {
  if (unit === '元') return (amount / 100).toFixed(2)
  return String(Number((amount / 1_000_000).toFixed(6)))
}

/** `decimals` digits after the point become part of the integer; trailing zeros beyond them do no harm. */
function parseHundredths(text: string, decimals: number): ParsedNumber {
  if (text === '') return { ok: false, problem: 'empty' }
  const decimal = toDecimalText(text)
  if (decimal === null) return { ok: false, problem: 'notANumber' }
  const [whole = '', fraction = ''] = decimal.replace('-', '').split('.')
  const digits = fraction.replace(/0+$/, '')
  if (digits.length > decimals) return { ok: false, problem: 'tooManyDecimals' }
  const value = Number(whole + digits.padEnd(decimals, '0'))
  if (!Number.isSafeInteger(value)) return { ok: false, problem: 'tooLarge' }
  if (decimal.startsWith('-') && value !== 0) return { ok: false, problem: 'negative' }
  return { ok: true, value }
}
