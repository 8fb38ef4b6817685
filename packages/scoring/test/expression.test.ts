import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Scope, compileExpression } from '../src/expression.ts'
import { fromNumber, toNumber } from '../src/rational.ts'

const missing = { state: 'missing', keys: [] } as const

function scopeOf(values: Readonly<Record<string, number>>): Scope {
  return {
    number: (name) => {
      const value = fromNumber(values[name] ?? Number.NaN)
      return value ? { state: 'present', value } : { state: 'missing', keys: [name] }
    },
    text: () => missing,
    rows: () => missing,
  }
}

type Tree = { readonly text: string; readonly reference: (values: Readonly<Record<string, number>>) => number }

const names = ['a', 'b', 'c'] as const
const leaf: fc.Arbitrary<Tree> = fc.oneof(
  fc
    .constantFrom(...names)
    .map((name) => ({ text: name, reference: (values: Readonly<Record<string, number>>) => values[name] ?? 0 })),
  fc.integer({ min: 0, max: 999 }).map((tenths) => ({ text: String(tenths / 10), reference: () => tenths / 10 })),
)
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.tuple(fc.constantFrom('+', '-', '*', '/'), tie('tree'), tie('tree')).map(([operator, left, right]) => ({
      text: `(${left.text} ${operator} ${right.text})`,
      reference: (values: Readonly<Record<string, number>>) => {
        const [x, y] = [left.reference(values), right.reference(values)]
        if (operator === '+') return x + y
        if (operator === '-') return x - y
        return operator === '*' ? x * y : x / y
      },
    })),
    fc.tuple(fc.constantFrom('min', 'max'), tie('tree'), tie('tree')).map(([name, left, right]) => ({
      text: `${name}(${left.text}, ${right.text})`,
      reference: (values: Readonly<Record<string, number>>) =>
        Math[name === 'min' ? 'min' : 'max'](left.reference(values), right.reference(values)),
    })),
  ),
}))

describe('expressions', () => {
  it('[S12] agree with JavaScript where that is exact enough', () => {
    const values = fc.record({
      a: fc.integer({ min: 1, max: 100 }),
      b: fc.integer({ min: 1, max: 100 }),
      c: fc.integer({ min: 1, max: 100 }),
    })
    fc.assert(
      fc.property(tree, values, ({ text, reference }, facts) => {
        fc.pre(text.length <= 500)
        const compiled = compileExpression(text)
        expect(compiled.ok).toBe(true)
        if (!compiled.ok) return
        const outcome = compiled.evaluate(scopeOf(facts))
        const expected = reference(facts)
        expect([null, 'zeroDenominator']).toContain(outcome.ok ? null : outcome.problem)
        if (!outcome.ok) return
        // Next to a division by (almost) zero floats are no reference.
        fc.pre(Number.isFinite(expected) && Math.abs(expected) < 1e6)
        expect(Math.abs(toNumber(outcome.value) - expected)).toBeLessThan(1e-3)
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['1 - 2 - 3', -4],
    ['8 / 4 / 2', 1],
    ['2 + 3 * 4', 14],
    ['-(2 + 3)', -5],
    ['clamp(7, 0, 5)', 5],
    ['clamp(0 - 7, 0, 5)', 0],
    ['0.1 + 0.2', 0.3],
  ])('[S12] %s is %s', (text, value) => {
    const compiled = compileExpression(text)
    const outcome = compiled.ok ? compiled.evaluate(scopeOf({})) : undefined
    expect(outcome?.ok === true && toNumber(outcome.value)).toBe(value)
  })

  it('[S13] names everything that is missing', () => {
    const compiled = compileExpression('min(1, paid / due) * weight')
    expect(compiled.ok && compiled.evaluate(scopeOf({ weight: 3 }))).toEqual({
      ok: false,
      problem: 'missingInput',
      keys: ['paid', 'due'],
    })
  })

  it.each([
    '',
    '1 +',
    '(1',
    'min(1)',
    'nothing(1, 2)',
    'a.constructor',
    '1 2',
    'meanRatio(1, 2, 3, 4)',
    '"text"',
    'a => a',
    `${'1+'.repeat(300)}1`,
  ])('[S2] refuses %.20s', (text) => {
    expect(compileExpression(text).ok).toBe(false)
  })

  it('[S26] no text makes the parser throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab1.+-*/(), 分'.split('')), maxLength: 60 }), (text) => {
        expect(() => {
          const compiled = compileExpression(text)
          if (compiled.ok) compiled.evaluate(scopeOf({ a: 1, b: 0 }))
        }).not.toThrow()
      }),
    )
  })
})
