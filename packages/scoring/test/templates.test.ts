import { describe, expect, it } from 'vitest'
import { TemplateError, indicatorIndex, leavesOf, listTemplates, parseTemplate } from '../src/index.ts'
import data from '../src/templates/guangdong-2022.json' with { type: 'json' }
import { guangdong, national } from './builders.ts'

describe('templates', () => {
  it('[S1] both parse and their weights add up', () => {
    expect(listTemplates().map(({ id, version }) => [id, version])).toEqual([
      ['guangdong-2022', 1],
      ['national-2020-10', 1],
    ])
    for (const template of listTemplates()) {
      expect(template.indicators.reduce((sum, one) => sum + one.weight, 0)).toBe(10_000)
      for (const indicator of indicatorIndex(template).values()) {
        if (indicator.children.length === 0) continue
        const sum = indicator.children.reduce((weight, one) => weight + one.weight, 0)
        expect([indicator.id, sum]).toEqual([indicator.id, indicator.weight])
      }
    }
    expect([indicatorIndex(guangdong).size, leavesOf(guangdong).length]).toEqual([35, 20])
    expect([indicatorIndex(national).size, leavesOf(national).length]).toEqual([22, 10])
    expect(indicatorIndex(guangdong)).toBe(indicatorIndex(guangdong))
  })

  const broken = (change: (copy: typeof data) => unknown): unknown => {
    const copy = structuredClone(data)
    change(copy)
    return copy
  }
  const cases: [string, unknown, string][] = [
    ['no object', [], 'template: must be an object'],
    [
      'a weight that is text',
      broken((copy) => Object.assign(copy.indicators[3] ?? {}, { weight: '6' })),
      'template.indicators[3]: weight must be a number',
    ],
    ['three decimals', broken((copy) => Object.assign(copy, { totalWeight: 100.005 })), 'two decimals'],
    [
      'an unknown parent',
      broken((copy) => Object.assign(copy.indicators[1] ?? {}, { parent: 'gd.nowhere' })),
      'parent gd.nowhere must stand before',
    ],
    [
      'an id used twice',
      broken((copy) => Object.assign(copy.indicators[1] ?? {}, { id: 'gd.decision' })),
      'used twice',
    ],
    [
      'a leaf that is a sum',
      broken((copy) => Object.assign(copy.indicators[2] ?? {}, { scoringMethod: { type: 'sum' } })),
      'only a parent is scored as a sum',
    ],
    [
      'an expression with a name that is no input',
      broken((copy) =>
        Object.assign(copy.indicators[2] ?? {}, {
          scoringMethod: { type: 'formula', expression: 'paidAmount * weight', inputs: [] },
        }),
      ),
      'uses paidAmount',
    ],
    [
      'grades in the wrong order',
      broken((copy) => Object.assign(copy, { grades: copy.grades.toReversed() })),
      'grades must be sorted',
    ],
  ]
  it.each(cases)('[S2] refuses %s', (_name, template, message) => {
    expect(() => parseTemplate(template)).toThrow(TemplateError)
    expect(() => parseTemplate(template)).toThrow(message)
  })
})
