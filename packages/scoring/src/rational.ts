/** An exact fraction; the denominator is above zero. */
export interface Rational {
  readonly n: bigint
  readonly d: bigint
}

export const ZERO: Rational = { n: 0n, d: 1n }
export const ONE: Rational = { n: 1n, d: 1n }

/** Exponents and digits beyond this would only cost time and memory; no fact of a report comes near. */
const maxExponent = 20

/** The decimal a person sees for this number (0.1 is one tenth); null for what is not finite or absurdly large or small. */
export function fromNumber(value: number): Rational | null {
  if (!Number.isFinite(value)) return null
  return Number.isSafeInteger(value) ? { n: BigInt(value), d: 1n } : fromDecimal(String(value))
}

/** Reads `-12.5` or `1e-7`, up to 20 digits before and after the point; null for anything else. */
export function fromDecimal(text: string): Rational | null {
  const match = /^([+-]?)(\d{1,20})(?:\.(\d{1,20}))?(?:e([+-]?\d{1,3}))?$/i.exec(text)
  if (!match) return null
  const [, sign, whole = '', fraction = '', exponent = '0'] = match
  const shift = Number(exponent) - fraction.length
  if (Math.abs(Number(exponent)) > maxExponent) return null
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n)
  return shift >= 0 ? { n: digits * 10n ** BigInt(shift), d: 1n } : { n: digits, d: 10n ** BigInt(-shift) }
}

export function add(a: Rational, b: Rational): Rational {
  return { n: a.n * b.d + b.n * a.d, d: a.d * b.d }
}

export function subtract(a: Rational, b: Rational): Rational {
  return { n: a.n * b.d - b.n * a.d, d: a.d * b.d }
}

export function multiply(a: Rational, b: Rational): Rational {
  return { n: a.n * b.n, d: a.d * b.d }
}

/** Null for division by zero. */
export function divide(a: Rational, b: Rational): Rational | null {
  if (b.n === 0n) return null
  return b.n > 0n ? { n: a.n * b.d, d: a.d * b.n } : { n: -a.n * b.d, d: a.d * -b.n }
}

export function compare(a: Rational, b: Rational): -1 | 0 | 1 {
  const difference = a.n * b.d - b.n * a.d
  return difference === 0n ? 0 : difference < 0n ? -1 : 1
}

export function smaller(a: Rational, b: Rational): Rational {
  return compare(a, b) <= 0 ? a : b
}

export function larger(a: Rational, b: Rational): Rational {
  return compare(a, b) >= 0 ? a : b
}

/** The nearest integer, halves away from zero. */
export function roundHalfUp(a: Rational): bigint {
  const twice = (a.n < 0n ? -a.n : a.n) * 2n + a.d
  const rounded = twice / (a.d * 2n)
  return a.n < 0n ? -rounded : rounded
}

/** For showing and for thresholds only; not exact. */
export function toNumber(a: Rational): number {
  const scaled = roundHalfUp({ n: a.n * 1_000_000n, d: a.d })
  return Number(scaled) / 1_000_000
}
