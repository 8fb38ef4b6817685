import { formatMoney, parseMoney, toDecimalText } from '@gongping/scoring'
import type { DataField } from '@gongping/scoring'

export type FactType = DataField['type']
export type FactProblem = 'number' | 'integer' | 'money' | 'ratio' | 'negative'
export type TypedFact =
  | { readonly ok: true; readonly value: number | string | null }
  | { readonly ok: false; readonly problem: FactProblem }

interface Kind {
  readonly type: FactType
  readonly unit: string | null
  /** Values of a row, such as a growth rate, may lie below zero. */
  readonly mayBeNegative: boolean
}

/** A fact as typed, in the form the document keeps: money in 分, shares as 0.9. Nothing typed takes the fact away. */
export function readTypedFact(text: string, kind: Kind): TypedFact {
  const typed = text.trim()
  if (typed === '') return { ok: true, value: null }
  switch (kind.type) {
    case 'money': {
      const money = parseMoney(typed, kind.unit === '万元' ? '万元' : '元')
      if (money.ok) return money
      return { ok: false, problem: money.problem === 'negative' ? 'negative' : 'money' }
    }
    case 'ratio':
      return readRatio(typed)
    case 'number':
    case 'integer': {
      const number = readNumber(typed)
      if (number === null) return { ok: false, problem: kind.type }
      if (kind.type === 'integer' && !Number.isInteger(number)) return { ok: false, problem: 'integer' }
      return number < 0 && !kind.mayBeNegative ? { ok: false, problem: 'negative' } : { ok: true, value: number }
    }
    case 'numberOrText':
      return { ok: true, value: readNumber(typed) ?? typed }
    case 'text':
    case 'enum':
    case 'table':
      return { ok: true, value: typed }
  }
}

/** A stored fact as it is shown for reading and correcting; what is stored in another form is shown as it is. */
export function formatFact(value: number | string | undefined, { type, unit }: Pick<Kind, 'type' | 'unit'>): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return value
  switch (type) {
    case 'money':
      return groupThousands(formatMoney(value, unit === '万元' ? '万元' : '元'))
    case 'ratio':
      return `${trimmed(value * 100)}%`
    default:
      return String(value)
  }
}

function readRatio(typed: string): TypedFact {
  const percent = /[%％]$/.test(typed)
  const number = readNumber(typed.replace(/[%％]$/, ''))
  if (number === null) return { ok: false, problem: 'ratio' }
  if (number < 0) return { ok: false, problem: 'negative' }
  // 90 without a mark may mean 90% as well as 9000%: ask.
  if (!percent && number > 2) return { ok: false, problem: 'ratio' }
  return { ok: true, value: percent ? Number(trimmed(number / 100)) : number }
}

function readNumber(typed: string): number | null {
  const decimal = toDecimalText(typed)
  if (decimal === null) return null
  const number = Number(decimal)
  return Number.isFinite(number) ? number : null
}

/** Without the tail binary fractions leave: 0.07 × 100 is 7. */
const trimmed = (number: number) => String(Number(number.toPrecision(12)))

const groupThousands = (text: string) =>
  text.replace(/^(-?)(\d+)/, (_match, sign: string, whole: string) => sign + whole.replace(/\B(?=(\d{3})+$)/g, ','))
