import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Indicator,
  type Template,
  finalColumn,
  finalGrade,
  gradeOf,
  indicatorIndex,
  leavesOf,
  resolveLine,
  scoreReport,
} from '../src/index.ts'
import { FIELD_CHAR } from '../src/narrative.ts'
import { sampleReport } from '../src/sample/index.ts'
import { aReport, fullMarks, guangdong, national } from './builders.ts'

const justification = 'gd.decision.setup.justification'
const goal = 'gd.decision.setup.goal'
const arrival = 'gd.decision.funding.arrival.rate'

function selfOf(report: Parameters<typeof aReport>[0], template: Template = guangdong) {
  return scoreReport(template, aReport(report)).self
}

function one(id: string, report: Parameters<typeof aReport>[0], template: Template = guangdong) {
  const score = selfOf(report, template).byIndicator.get(id)
  if (!score) throw new Error(`no score for ${id}`)
  return score
}

describe('roll-up', () => {
  it('[S6] adds up exactly where binary floats do not', () => {
    const report = {
      self: {
        ...fullMarks(guangdong),
        [justification]: 300,
        [`${goal}.completeness`]: 170,
        [`${goal}.rationality`]: 170,
        [`${goal}.measurability`]: 180,
      },
    }
    expect(one('gd.decision.setup', report).score).toBe(1020)
    expect(selfOf(report).total).toBe(10_000 - 180)
  })

  it('[S6] the total is the sum of the leaves, whatever they are', () => {
    const leaves = leavesOf(guangdong)
    const scores = fc.tuple(...leaves.map((leaf) => fc.integer({ min: -100, max: leaf.weight + 100 })))
    fc.assert(
      fc.property(scores, (typed) => {
        const self = Object.fromEntries(leaves.map((leaf, at) => [leaf.id, typed[at] ?? 0]))
        const { total, partial, byIndicator, complete } = selfOf({ self })
        const sum = typed.reduce((a, b) => a + b, 0)
        expect([total, partial, complete]).toEqual([sum, sum, true])
        for (const indicator of indicatorIndex(guangdong).values()) {
          expect(byIndicator.get(indicator.id)?.score).toBe(sumBelow(indicator, self))
        }
      }),
    )
  })

  it('[S7] a missing leaf is not zero', () => {
    const self = fullMarks(guangdong)
    delete self[justification]
    const { total, partial, scoredWeight, grade, complete, byIndicator } = selfOf({ self })
    expect({ total, partial, scoredWeight, grade, complete }).toEqual({
      total: null,
      partial: 9600,
      scoredWeight: 9600,
      grade: null,
      complete: false,
    })
    expect(byIndicator.get('gd.decision')?.score).toBeNull()
    expect(byIndicator.get('gd.management')?.score).toBe(2000)
  })

  it('[S8] the sample is complete with its joint score', () => {
    const { total, grade, complete, byIndicator } = scoreReport(guangdong, sampleReport()).self
    expect({ total, grade, complete }).toEqual({ total: 9080, grade: '优', complete: true })
    expect(['gd.decision', 'gd.management', 'gd.output', 'gd.benefit'].map((id) => byIndicator.get(id)?.score)).toEqual(
      [1820, 1960, 2900, 2400],
    )
    expect(byIndicator.get('gd.output.efficiency')).toMatchObject({ score: 1900, origin: 'joint' })
    // 17 of 17 devices would give all 8 points, but the joint score stands for them.
    expect(byIndicator.get('gd.output.efficiency.quantity')).toMatchObject({
      score: null,
      origin: 'missing',
      formulaScore: 800,
    })
  })

  it('[S8] one typed child ends the joint score', () => {
    const joint = { 'gd.output.efficiency': 1900 }
    const efficiency = 'gd.output.efficiency'
    expect(one(efficiency, { self: joint })).toMatchObject({ score: 1900, origin: 'joint' })
    expect(one(efficiency, { self: { ...joint, [`${efficiency}.quality`]: 600 } })).toMatchObject({
      score: null,
      origin: 'missing',
      typed: 1900,
    })
  })

  it('[S9] a number at any other parent does not count', () => {
    expect(one(goal, { self: { ...fullMarks(guangdong), [goal]: 500 } })).toMatchObject({
      score: 600,
      origin: 'sum',
      typed: 500,
    })
    expect(one(goal, { self: { [goal]: 500 } })).toMatchObject({ score: null, origin: 'missing', typed: 500 })
  })

  it('[S10] wrong numbers are kept and reported, never changed', () => {
    expect(one(justification, { self: { [justification]: 450 } })).toMatchObject({ score: 450, problem: 'aboveWeight' })
    expect(one(justification, { self: { [justification]: -100 } })).toMatchObject({ score: -100, problem: 'negative' })
    for (const answer of [{ invalid: 'three' }, { score: 170.5 }, { score: Number.NaN }]) {
      expect(one(justification, { self: { [justification]: answer } })).toMatchObject({
        score: null,
        problem: 'notANumber',
      })
    }
  })

  it('[S11] the order of typing makes no difference', () => {
    const typed = Object.entries(fullMarks(guangdong))
    fc.assert(
      fc.property(fc.shuffledSubarray(typed), (some) => {
        const sorted = some.toSorted(([a], [b]) => a.localeCompare(b))
        expect(selfOf({ self: Object.fromEntries(some) })).toEqual(selfOf({ self: Object.fromEntries(sorted) }))
      }),
    )
  })
})

describe('formulas and bands', () => {
  it('[S12] rounds half up and stays within the weight', () => {
    expect(one(arrival, { facts: { receivedAmount: 2, budgetAmount: 3 } }).score).toBe(200)
    expect(one(arrival, { facts: { receivedAmount: 5, budgetAmount: 3 } }).score).toBe(300)
    // 2 points × 1/400 = 0.005 points: the half goes up.
    expect(
      one('gd.decision.funding.arrival.timeliness', { facts: { receivedOnTimeAmount: 1, budgetAmount: 400 } }).score,
    ).toBe(1)
    expect(
      one('gd.decision.funding.arrival.timeliness', { facts: { receivedOnTimeAmount: 1, budgetAmount: 401 } }).score,
    ).toBe(0)
  })

  it('[S13] names all missing inputs in the order of the template', () => {
    expect(one(arrival, {})).toMatchObject({
      score: null,
      origin: 'missing',
      formulaProblem: 'missingInput',
      missingInputs: ['budgetAmount', 'receivedAmount'],
    })
    // The target has a default, the counts have none.
    expect(one('gd.benefit.equity.satisfaction', {}).missingInputs).toEqual(['surveyedCount', 'satisfiedCount'])
  })

  it('[S14] names zero denominators and unusable data', () => {
    expect(one(arrival, { facts: { receivedAmount: 1, budgetAmount: 0 } })).toMatchObject({
      score: null,
      formulaProblem: 'zeroDenominator',
      faultyInputs: ['budgetAmount'],
    })
    for (const budgetAmount of ['很多', -5, Number.POSITIVE_INFINITY]) {
      expect(one(arrival, { facts: { receivedAmount: 1, budgetAmount } })).toMatchObject({
        score: null,
        formulaProblem: 'invalidInput',
        faultyInputs: ['budgetAmount'],
      })
    }
    expect(one(arrival, { facts: { receivedAmount: '１，０００', budgetAmount: '2000' } }).score).toBe(150)
  })

  it('[S15] a typed number wins over the formula', () => {
    const facts = { receivedAmount: 90, budgetAmount: 100 }
    expect(one(arrival, { facts })).toMatchObject({ score: 270, origin: 'formula' })
    expect(one(arrival, { facts, self: { [arrival]: 300 } })).toMatchObject({
      score: 300,
      origin: 'override',
      formulaScore: 270,
    })
    expect(one(arrival, { self: { [arrival]: 300 } })).toMatchObject({ score: 300, origin: 'typed' })
  })

  it('[S15] where no override is allowed the formula counts', () => {
    const facts = { 'fundTable.total.executed': 45, 'fundTable.total.fullYearBudget': 50 }
    expect(one('cn.exec', { facts }, national)).toMatchObject({ score: 900, origin: 'formula' })
    expect(one('cn.exec', { facts, self: { 'cn.exec': 1000 } }, national)).toMatchObject({
      score: 900,
      typed: 1000,
      problem: 'overrideNotAllowed',
    })
  })

  it('[S16] takes the mean of the rows, each capped', () => {
    const quantity = 'gd.output.efficiency.quantity'
    const facts = {
      'outputs.a.planned': 17,
      'outputs.a.actual': 17,
      'outputs.b.planned': 16,
      'outputs.b.actual': 8,
      'outputs.c.planned': 15,
      'outputs.c.actual': 30,
    }
    expect(one(quantity, { facts })).toMatchObject({ score: 667, achievement: 2 })
    expect(one(quantity, {}).missingInputs).toEqual(['outputs'])
    expect(one(quantity, { facts: { ...facts, 'outputs.d.item': '扫描仪' } }).missingInputs).toEqual([
      'outputs.d.actual',
      'outputs.d.planned',
    ])
  })

  const row = 'cn.output.quantity.1'
  it.each([
    ['≥', 100, 90, 1350],
    ['＞', '95%', '95%', 1500],
    ['≥', 100, 150, 1500],
    ['≤', 10, 8, 1500],
    ['＜', 8, 10, 1200],
    ['＝', 10, 9, 1350],
    ['＝', 10, 30, 0],
    ['＝', 0, 0, 1500],
    ['≥', '１００', '50', 750],
  ])('[S17] %s %s, actual %s', (direction, target, actual, score) => {
    const facts = { [`${row}.direction`]: direction, [`${row}.target`]: target, [`${row}.actual`]: actual }
    expect(one(row, { facts }, national).score).toBe(score)
  })

  it.each([
    ['定性', 1, 1, 'invalidInput', 'direction'],
    ['≥', 0, 1, 'zeroDenominator', 'target'],
    ['≥', -5, -3, 'invalidInput', 'target'],
    ['≥', '完成', 1, 'invalidInput', 'target'],
  ])('[S17] %s %s, actual %s is not computable', (direction, target, actual, formulaProblem, field) => {
    const facts = { [`${row}.direction`]: direction, [`${row}.target`]: target, [`${row}.actual`]: actual }
    expect(one(row, { facts }, national)).toMatchObject({ score: null, formulaProblem, faultyInputs: [field] })
  })

  it.each([
    [0.9, 500],
    [1, 500],
    [1.05, 400],
    [1.1, 300],
    [1.11, 0],
  ])('[S18] a price ratio of %s', (unitPriceRatio, score) => {
    expect(one('gd.output.economy.saving', { facts: { unitPriceRatio } }).score).toBe(score)
  })

  it('[S19] reviewers score by hand', () => {
    const score = scoreReport(
      guangdong,
      aReport({ facts: { receivedAmount: 9, budgetAmount: 10 }, department: { [arrival]: 250 } }),
    )
    expect(score.self.byIndicator.get(arrival)?.score).toBe(270)
    expect(score.department.byIndicator.get(arrival)).toMatchObject({ score: 250, origin: 'typed', formulaScore: null })
    expect(score.finance.byIndicator.get(arrival)?.score).toBeNull()
  })
})

describe('policies', () => {
  const withPolicy = (overAchievement: Template['policies']['overAchievement']): Template => ({
    ...national,
    policies: { ...national.policies, overAchievement },
  })
  it.each([
    ['none', 1500],
    ['explain', 1500],
    ['deductFixed', 1300],
    ['deductByDeviation', 1200],
  ] as const)('[S20] 150%% of the target with %s', (action, score) => {
    const id = 'cn.output.quantity.1'
    const facts = { [`${id}.direction`]: '≥', [`${id}.target`]: 100, [`${id}.actual`]: 150 }
    const template = withPolicy({ action, threshold: 1.3, deduct: 200 })
    expect(one(id, { facts }, template)).toMatchObject({ score, achievement: 1.5 })
  })

  it.each([
    [80, null, '优'],
    [79, 8900, '良'],
    [69, 7900, '中'],
    [45, 5900, '差'],
  ])('[S21] %s%% executed', (paidAmount, cap, grade) => {
    const caps = [
      { rateBelow: 0.8, maxTotal: 8900 },
      { rateBelow: 0.7, maxTotal: 7900 },
      { rateBelow: 0.6, maxTotal: 6900 },
      { rateBelow: 0.5, maxTotal: 5900 },
    ]
    const template = { ...guangdong, policies: { ...guangdong.policies, executionRateCaps: caps } }
    const report = { self: fullMarks(guangdong), facts: { paidAmount, budgetAmount: 100 } }
    expect(selfOf(report, template)).toMatchObject({ total: 10_000, cap, grade })
    expect(selfOf(report)).toMatchObject({ total: 10_000, cap: null, grade: '优' })
  })
})

describe('grades', () => {
  it('[S22] come from the exact total', () => {
    expect([10_000, 9000, 8995, 8000, 7000, 6000, 5999, 0].map((total) => gradeOf(guangdong, total))).toEqual([
      '优',
      '优',
      '良',
      '良',
      '中',
      '低',
      '差',
      '差',
    ])
    expect([9000, 8995, 6000, 5999].map((total) => gradeOf(national, total))).toEqual(['优', '良', '中', '差'])
  })

  it('[S23] the last complete column is final', () => {
    const self = fullMarks(guangdong)
    const lower = { ...self, 'gd.benefit.effect.socioeconomic': 1000 }
    const final = (report: Parameters<typeof aReport>[0]) => {
      const score = scoreReport(guangdong, aReport(report))
      return [finalColumn(score), finalGrade(score)]
    }
    expect(final({})).toEqual(['self', null])
    expect(final({ self })).toEqual(['self', '优'])
    expect(final({ self, department: lower })).toEqual(['department', '良'])
    expect(final({ self, department: lower, finance: { [justification]: 100 } })).toEqual(['department', '良'])
    expect(final({ self, department: lower, finance: self })).toEqual(['finance', '优'])
  })
})

describe('live numbers', () => {
  it('[S24] stand in the text', () => {
    const data = { ...sampleReport(), facts: new Map<string, number>([['budgetAmount', 24_937_900]]) }
    const score = scoreReport(guangdong, data)
    const show = (text: string, ...fields: Parameters<typeof resolveLine>[0]['fields']) =>
      resolveLine({ text, fields }, guangdong, score, data.facts)
    const field = { kind: 'score', column: 'self' } as const
    expect(show(`论证决策${FIELD_CHAR}`, { ...field, indicatorId: justification, form: 'heading' })).toBe(
      '论证决策（4分，自评得3分）',
    )
    expect(show(`得${FIELD_CHAR}分`, { ...field, indicatorId: null, form: 'score' })).toBe('得90.8分')
    expect(show(FIELD_CHAR, { ...field, indicatorId: null, form: 'grade' })).toBe('优')
    expect(show(FIELD_CHAR, { ...field, column: 'finance', indicatorId: justification, form: 'heading' })).toBe(
      '（4分，复核得—分）',
    )
    expect(
      show(
        `预算${FIELD_CHAR}，支出${FIELD_CHAR}`,
        { kind: 'fact', key: 'budgetAmount' },
        { kind: 'fact', key: 'paidAmount' },
      ),
    ).toBe('预算249379.00元，支出—')
    expect(show(`一${FIELD_CHAR}二${FIELD_CHAR}`)).toBe('一二')
  })
})

function sumBelow(indicator: Indicator, typed: Readonly<Record<string, number>>): number {
  if (indicator.children.length === 0) return typed[indicator.id] ?? 0
  return indicator.children.reduce((sum, child) => sum + sumBelow(child, typed), 0)
}
