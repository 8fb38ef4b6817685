import { type FormulaProblem, type Outcome, compileExpression } from './expression.ts'
import { dataFieldIndex, findNumber, formulaScope } from './facts.ts'
import { SCORE_COLUMNS, type ScoreColumnId } from './narrative.ts'
import {
  type Rational,
  ZERO,
  compare,
  divide,
  fromNumber,
  larger,
  multiply,
  roundHalfUp,
  smaller,
  subtract,
  toNumber,
} from './rational.ts'
import { type Answer, NO_ANSWER, type ReportData } from './report-data.ts'
import { indicatorIndex, leavesOf } from './templates.ts'
import type { Hundredths, Indicator, IndicatorId, NumericBand, Template } from './template.ts'

/**
 * Where a score comes from: `typed` by a person, `formula` from the facts, `override` typed over a formula,
 * `sum` of the children, `joint` typed at a parent for all its children, `missing` when there is none.
 */
export type ScoreOrigin = 'typed' | 'formula' | 'override' | 'sum' | 'joint' | 'missing'

/** What is wrong with a typed score or with the data of its formula. A typed number is kept all the same. */
export type ScoreProblem = 'notANumber' | 'negative' | 'aboveWeight' | 'overrideNotAllowed' | FormulaProblem

export interface IndicatorScore {
  /** Null while missing or, for a parent, while anything below is missing. */
  readonly score: Hundredths | null
  readonly weight: Hundredths
  readonly origin: ScoreOrigin
  /** The number typed at this indicator, whether it counts or not. */
  readonly typed: Hundredths | null
  /** What the facts give, also when a typed number wins; null where there is no formula or it lacks data. */
  readonly formulaScore: Hundredths | null
  /** Data fields the formula lacks, in the template's order; table cells as `outputs.{row}.actual`. */
  readonly missingInputs: readonly string[]
  /** Data fields that are no usable number or make a zero denominator; `formulaProblem` tells which. */
  readonly faultyInputs: readonly string[]
  /** Why the formula gives nothing. */
  readonly formulaProblem: FormulaProblem | null
  /** Share of the target reached, not capped (1.3 is 130%); null where nothing is compared with a target. */
  readonly achievement: number | null
  readonly problem?: ScoreProblem
}

export interface ColumnScore {
  /** The exact sum; null while incomplete. */
  readonly total: Hundredths | null
  /** The sum of what is scored so far. */
  readonly partial: Hundredths
  /** The weight of what is scored so far. */
  readonly scoredWeight: Hundredths
  /** From the exact total, or from the cap where it is lower; null while incomplete. */
  readonly grade: string | null
  readonly complete: boolean
  /** Highest total the execution rate allows; null when the policy is off or the rate unknown. The total is never cut. */
  readonly cap: Hundredths | null
  /** Every indicator of the template. */
  readonly byIndicator: ReadonlyMap<IndicatorId, IndicatorScore>
}

export type ReportScore = Readonly<Record<ScoreColumnId, ColumnScore>>

/** Scores all three columns. Whatever was typed, it never throws. */
export function scoreReport(template: Template, data: Pick<ReportData, 'facts' | 'columns'>): ReportScore {
  const score = (column: ScoreColumnId): ColumnScore => scoreColumn(template, data, column)
  return { self: score('self'), department: score('department'), finance: score('finance') }
}

/** The column whose total and grade count in the end: finance where complete, else department, else self. */
export function finalColumn(score: ReportScore): ScoreColumnId {
  return SCORE_COLUMNS.findLast((column) => score[column].complete) ?? 'self'
}

/** Null while no column is complete. */
export function finalGrade(score: ReportScore): string | null {
  return score[finalColumn(score)].grade
}

/** The best grade the points reach: 8995 is below 9000. */
export function gradeOf(template: Template, total: Hundredths): string | null {
  return (template.grades.find((grade) => total >= grade.min) ?? template.grades.at(-1))?.name ?? null
}

function scoreColumn(
  template: Template,
  data: Pick<ReportData, 'facts' | 'columns'>,
  column: ScoreColumnId,
): ColumnScore {
  const scorer = new ColumnScorer(template, data, column)
  template.indicators.forEach((indicator) => scorer.score(indicator, { underJoint: false }))
  const byIndicator = new Map<IndicatorId, IndicatorScore>()
  // The order of the score table, whatever order the tree was walked in.
  for (const id of indicatorIndex(template).keys()) byIndicator.set(id, scorer.scores.get(id) ?? MISSING_SCORE)
  const top = template.indicators.map((indicator) => byIndicator.get(indicator.id)?.score ?? null)
  const total = sumOrNull(top)
  const cap = column === 'self' ? executionCap(template, data) : null
  return {
    total,
    partial: scorer.partial,
    scoredWeight: scorer.scoredWeight,
    grade: total === null ? null : gradeOf(template, cap === null ? total : Math.min(total, cap)),
    complete: total !== null,
    cap,
    byIndicator,
  }
}

const MISSING_SCORE: IndicatorScore = {
  score: null,
  weight: 0,
  origin: 'missing',
  typed: null,
  formulaScore: null,
  missingInputs: [],
  faultyInputs: [],
  formulaProblem: null,
  achievement: null,
}

class ColumnScorer {
  readonly scores = new Map<IndicatorId, IndicatorScore>()
  partial: Hundredths = 0
  scoredWeight: Hundredths = 0
  readonly #template: Template
  readonly #data: Pick<ReportData, 'facts' | 'columns'>
  readonly #column: ScoreColumnId

  constructor(template: Template, data: Pick<ReportData, 'facts' | 'columns'>, column: ScoreColumnId) {
    this.#template = template
    this.#data = data
    this.#column = column
  }

  score(indicator: Indicator, { underJoint }: { readonly underJoint: boolean }): IndicatorScore {
    const result =
      indicator.children.length === 0 ? this.#leaf(indicator, underJoint) : this.#parent(indicator, underJoint)
    this.scores.set(indicator.id, result)
    if (result.score !== null && (result.origin === 'joint' || indicator.children.length === 0)) {
      this.partial += result.score
      this.scoredWeight += indicator.weight
    }
    return result
  }

  #parent(indicator: Indicator, underJoint: boolean): IndicatorScore {
    const typed = readTyped(this.#answer(indicator), indicator.weight)
    const joint =
      !underJoint && indicator.allowScoreAtThisLevel && typed.score !== null && !this.#anyTypedBelow(indicator)
    const children = indicator.children.map((child) => this.score(child, { underJoint: underJoint || joint }).score)
    const sum = sumOrNull(children)
    return {
      ...MISSING_SCORE,
      weight: indicator.weight,
      score: joint ? typed.score : sum,
      origin: joint ? 'joint' : sum === null ? 'missing' : 'sum',
      typed: typed.score,
      ...(typed.problem === undefined ? {} : { problem: typed.problem }),
    }
  }

  #leaf(indicator: Indicator, underJoint: boolean): IndicatorScore {
    const typed = readTyped(this.#answer(indicator), indicator.weight)
    const formula = this.#column === 'self' ? this.#formula(indicator) : NO_FORMULA
    const base = { ...formula.details, weight: indicator.weight, typed: typed.score }
    const problem = typed.problem ?? formula.details.formulaProblem ?? undefined
    if (typed.problem === 'notANumber') return { ...base, score: null, origin: 'missing', problem: typed.problem }
    const computed = formula.details.formulaScore
    if (typed.score !== null && computed !== null && !formula.allowOverride) {
      const differs = typed.score === computed ? {} : { problem: typed.problem ?? ('overrideNotAllowed' as const) }
      return { ...base, score: computed, origin: 'formula', ...differs }
    }
    const counted = typed.score ?? (underJoint ? null : computed)
    const origin =
      typed.score === null ? (counted === null ? 'missing' : 'formula') : computed === null ? 'typed' : 'override'
    return { ...base, score: counted, origin, ...(problem === undefined ? {} : { problem }) }
  }

  #answer(indicator: Indicator): Answer {
    return this.#data.columns[this.#column].get(indicator.id) ?? NO_ANSWER
  }

  #anyTypedBelow(indicator: Indicator): boolean {
    return indicator.children.some((child) => {
      const answer = this.#answer(child)
      return answer.score !== null || answer.invalid !== undefined || this.#anyTypedBelow(child)
    })
  }

  #formula(indicator: Indicator): Formula {
    const { method } = indicator
    if (method.type === 'formula') {
      const compiled = compileExpression(method.expression)
      if (!compiled.ok) return NO_FORMULA
      const outcome = compiled.evaluate(formulaScope(this.#template, this.#data.facts, indicator))
      return { ...this.#result(indicator, outcome), allowOverride: method.allowOverride }
    }
    if (method.type === 'numericBands') {
      const lookup = findNumber(this.#template, this.#data.facts, { key: method.input, indicatorId: indicator.id })
      const outcome = bandOutcome(lookup.state === 'present' ? lookup.value : null, lookup.state, {
        input: method.input,
        bands: method.bands,
        weight: indicator.weight,
      })
      return { ...this.#result(indicator, outcome), allowOverride: method.allowOverride }
    }
    return NO_FORMULA
  }

  #result(indicator: Indicator, outcome: Outcome): Omit<Formula, 'allowOverride'> {
    if (!outcome.ok) {
      const keys = inFieldOrder(this.#template, outcome.keys)
      const missing = outcome.problem === 'missingInput'
      return {
        details: {
          ...MISSING_SCORE,
          missingInputs: missing ? keys : [],
          faultyInputs: missing ? [] : keys,
          formulaProblem: outcome.problem,
        },
      }
    }
    const points = multiply(this.#afterOverAchievement(indicator, outcome), { n: 100n, d: 1n })
    const inRange = smaller(larger(points, ZERO), { n: BigInt(indicator.weight), d: 1n })
    return {
      details: {
        ...MISSING_SCORE,
        formulaScore: Number(roundHalfUp(inRange)),
        achievement: outcome.achievement === null ? null : toNumber(outcome.achievement),
      },
    }
  }

  /** Points after the policy for targets that were set too low. */
  #afterOverAchievement(indicator: Indicator, outcome: Extract<Outcome, { ok: true }>): Rational {
    const { action, threshold, deduct } = this.#template.policies.overAchievement
    const limit = fromNumber(threshold)
    if (outcome.achievement === null || limit === null || compare(outcome.achievement, limit) <= 0) return outcome.value
    switch (action) {
      case 'none':
      case 'explain':
        return outcome.value
      case 'deductFixed':
        return subtract(outcome.value, { n: BigInt(deduct), d: 100n })
      case 'deductByDeviation': {
        const excess = subtract(outcome.achievement, limit)
        return subtract(outcome.value, multiply(excess, { n: BigInt(indicator.weight), d: 100n }))
      }
    }
  }
}

interface Formula {
  readonly details: IndicatorScore
  readonly allowOverride: boolean
}
const NO_FORMULA: Formula = { details: MISSING_SCORE, allowOverride: true }

function readTyped(
  answer: Answer,
  weight: Hundredths,
): { readonly score: Hundredths | null; readonly problem?: ScoreProblem } {
  if (answer.invalid !== undefined) return { score: null, problem: 'notANumber' }
  const { score } = answer
  if (score === null) return { score }
  if (!Number.isSafeInteger(score)) return { score: null, problem: 'notANumber' }
  if (score < 0) return { score, problem: 'negative' }
  return score > weight ? { score, problem: 'aboveWeight' } : { score }
}

function bandOutcome(
  value: Rational | null,
  state: 'present' | 'missing' | 'invalid',
  {
    input,
    bands,
    weight,
  }: { readonly input: string; readonly bands: readonly NumericBand[]; readonly weight: Hundredths },
): Outcome {
  if (value === null) {
    return { ok: false, problem: state === 'missing' ? 'missingInput' : 'invalidInput', keys: [input] }
  }
  const band = bands.find((one) => holds(one, value))
  const ratio = band && fromNumber(band.ratio)
  if (!ratio) return { ok: false, problem: 'invalidInput', keys: [input] }
  return { ok: true, value: multiply(ratio, { n: BigInt(weight), d: 100n }), achievement: null }
}

function holds(band: NumericBand, value: Rational): boolean {
  const min = band.min === null ? null : fromNumber(band.min)
  const max = band.max === null ? null : fromNumber(band.max)
  const low = min === null ? 1 : compare(value, min)
  const high = max === null ? -1 : compare(value, max)
  return (low > 0 || (low === 0 && band.minInclusive)) && (high < 0 || (high === 0 && band.maxInclusive))
}

function executionCap(template: Template, data: Pick<ReportData, 'facts'>): Hundredths | null {
  const { executionRate, executionRateCaps } = template.policies
  if (executionRateCaps.length === 0) return null
  const spent = findNumber(template, data.facts, { key: executionRate.spent, indicatorId: '' })
  const of = findNumber(template, data.facts, { key: executionRate.of, indicatorId: '' })
  const rate = spent.state === 'present' && of.state === 'present' ? divide(spent.value, of.value) : null
  if (rate === null) return null
  const caps = executionRateCaps.filter(({ rateBelow }) => {
    const limit = fromNumber(rateBelow)
    return limit !== null && compare(rate, limit) < 0
  })
  return caps.length === 0 ? null : Math.min(...caps.map((cap) => cap.maxTotal))
}

function inFieldOrder(template: Template, keys: readonly string[]): readonly string[] {
  const order = [...dataFieldIndex(template).keys()]
  const rank = (key: string): number => order.indexOf(key.split('.', 1)[0] ?? key)
  return keys.toSorted((a, b) => rank(a) - rank(b))
}

function sumOrNull(scores: readonly (Hundredths | null)[]): Hundredths | null {
  let sum = 0
  for (const score of scores) {
    if (score === null) return null
    sum += score
  }
  return sum
}

/** Indicators whose points are typed or computed and not a sum: the leaves, and a parent in place of its leaves where it holds a joint score. */
export function scoredIndicators(template: Template, column: ColumnScore): readonly Indicator[] {
  const index = indicatorIndex(template)
  const result = new Set<Indicator>()
  for (const leaf of leavesOf(template)) {
    let joint: Indicator | undefined
    for (let id = leaf.parentId; id !== null; id = index.get(id)?.parentId ?? null) {
      if (column.byIndicator.get(id)?.origin === 'joint') joint = index.get(id)
    }
    result.add(joint ?? leaf)
  }
  return [...result]
}
