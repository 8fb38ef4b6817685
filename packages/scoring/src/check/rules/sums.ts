import { SCORE_COLUMNS, type ScoreColumnId } from '../../narrative.ts'
import { formatPoints } from '../../points.ts'
import type { IndicatorScore } from '../../score.ts'
import { indicatorIndex, leavesOf } from '../../templates.ts'
import type { Hundredths, Indicator, QualitativeBand } from '../../template.ts'
import type { Where } from '../finding.ts'
import type { ReportView } from '../report-view.ts'
import type { Hit, Rule } from '../rule.ts'
import { COLUMN_WORDS, pointsEn, pointsZh, quotedList } from '../words.ts'

export const SUM_RULES: readonly Rule[] = [
  { id: 'SUM-01', severity: 'error', check: (view) => inEveryColumn(view, statedSum) },
  {
    id: 'SUM-02',
    severity: 'error',
    check: (view) =>
      inEveryColumn(view, ({ indicator, typed }) =>
        typed === null || typed <= indicator.weight
          ? null
          : {
              zh: `“${indicator.name}”得${pointsZh(typed)}，超过分值${pointsZh(indicator.weight)}。`,
              en: `“${indicator.name}” is scored ${formatPoints(typed)}, above its weight of ${pointsEn(indicator.weight)}.`,
            },
      ),
  },
  {
    id: 'SUM-03',
    severity: 'error',
    check: (view) =>
      inEveryColumn(view, ({ indicator, typed, problem }) => {
        if (problem === 'notANumber') {
          return {
            zh: `“${indicator.name}”的得分不是最多两位小数的数字。`,
            en: `The score of “${indicator.name}” is no number with two decimals at most.`,
          }
        }
        if (typed === null || typed >= 0) return null
        return {
          zh: `“${indicator.name}”得${pointsZh(typed)}，得分不能为负。`,
          en: `“${indicator.name}” is scored ${formatPoints(typed)}; a score cannot be negative.`,
        }
      }),
  },
  {
    id: 'SUM-04',
    severity: 'error',
    check: (view) =>
      [...indicatorIndex(view.template).values()].flatMap((indicator) => {
        const sum = weightOf(indicator.children)
        if (indicator.children.length === 0 || sum === indicator.weight) return []
        return [
          {
            where: view.place(indicator.id),
            message: {
              zh: `“${indicator.name}”分值${pointsZh(indicator.weight)}，下级分值合计${pointsZh(sum)}，两者不等。`,
              en: `“${indicator.name}” weighs ${pointsEn(indicator.weight)}, its children ${formatPoints(sum)} together.`,
            },
          },
        ]
      }),
  },
  {
    id: 'SUM-05',
    severity: 'error',
    check: ({ template }) => {
      const sum = weightOf(template.indicators)
      if (sum === template.totalWeight) return []
      return [
        {
          where: { indicatorIds: template.indicators.map((indicator) => indicator.id) },
          message: {
            zh: `一级指标分值合计${pointsZh(sum)}，应为${pointsZh(template.totalWeight)}。`,
            en: `The level-1 weights add up to ${formatPoints(sum)} instead of ${formatPoints(template.totalWeight)}.`,
          },
        },
      ]
    },
  },
  {
    id: 'SUM-06',
    severity: 'error',
    check: (view) => leavesOf(view.template).flatMap((leaf) => missingScore(view, leaf)),
  },
  {
    id: 'SUM-08',
    severity: 'warning',
    check: (view) =>
      inEveryColumn(view, ({ indicator, typed }) =>
        typed === null || typed % view.template.step === 0
          ? null
          : {
              zh: `“${indicator.name}”得${pointsZh(typed)}，小数位数超过规定的${pointsZh(view.template.step)}一档。`,
              en: `“${indicator.name}” is scored ${formatPoints(typed)}, finer than the step of ${formatPoints(view.template.step)}.`,
            },
      ),
  },
  {
    id: 'SUM-09',
    severity: 'warning',
    check: (view) => leavesOf(view.template).flatMap((leaf) => unexplainedOverride(view, leaf)),
  },
  {
    id: 'SUM-10',
    severity: 'error',
    check: (view) => leavesOf(view.template).flatMap((leaf) => outsideBand(view, leaf)),
  },
  {
    id: 'SUM-11',
    severity: 'warning',
    check: (view) => leavesOf(view.template).flatMap((leaf) => lackingInput(view, leaf)),
  },
  {
    id: 'SUM-12',
    severity: 'warning',
    check: ({ score: { self } }) => {
      if (self.cap === null || self.total === null || self.total <= self.cap) return []
      return [
        {
          where: {},
          message: {
            zh: `自评总分${pointsZh(self.total)}，超过按预算执行率规定的上限${pointsZh(self.cap)}。`,
            en: `The total of ${formatPoints(self.total)} is above ${formatPoints(self.cap)}, the most the execution rate allows.`,
          },
        },
      ]
    },
  },
]

interface TypedScore {
  readonly view: ReportView
  readonly indicator: Indicator
  readonly column: ScoreColumnId
  readonly one: IndicatorScore
  readonly typed: Hundredths | null
  readonly problem: IndicatorScore['problem']
}

/** Asks about every indicator of every column; findings on a reviewer's column carry it. */
function inEveryColumn(view: ReportView, judge: (typed: TypedScore) => Hit['message'] | null): readonly Hit[] {
  return SCORE_COLUMNS.flatMap((column) =>
    [...indicatorIndex(view.template).values()].flatMap((indicator) => {
      const one = view.scoreOf(indicator, column)
      const message = one && judge({ view, indicator, column, one, typed: one.typed, problem: one.problem })
      if (!message) return []
      const where = view.place(indicator.id)
      if (column === 'self') return [{ where, message }]
      const words = COLUMN_WORDS[column]
      return [
        {
          where: { ...where, column },
          message: { zh: `${words.zh}：${message.zh}`, en: `In the ${words.en}: ${message.en}` },
          column,
        },
      ]
    }),
  )
}

function statedSum({ view, indicator, column, one, typed }: TypedScore): Hit['message'] | null {
  if (typed === null || one.origin !== 'sum' || one.score === null || one.score === typed) return null
  const parts = indicator.children.map((child) => formatPoints(view.scoreOf(child, column)?.score ?? 0)).join('＋')
  return {
    zh: `“${indicator.name}”写的是${pointsZh(typed)}，下级合计为${parts}＝${pointsZh(one.score)}。`,
    en: `“${indicator.name}” states ${formatPoints(typed)}, its children add up to ${formatPoints(one.score)}.`,
  }
}

function weightOf(indicators: readonly Indicator[]): Hundredths {
  return indicators.reduce((sum, indicator) => sum + indicator.weight, 0)
}

function missingScore(view: ReportView, leaf: Indicator): readonly Hit[] {
  const one = view.scoreOf(leaf, 'self')
  if (!one || one.score !== null || one.problem === 'notANumber') return []
  const where = view.place(leaf.id)
  const joint = jointParent(view, leaf)
  if (!joint) {
    return [
      {
        where,
        message: { zh: `“${leaf.name}”还没有自评得分。`, en: `“${leaf.name}” has no self-evaluation score yet.` },
      },
    ]
  }
  const total = view.scoreOf(joint, 'self')?.score ?? 0
  return [
    {
      where,
      severity: 'warning',
      message: {
        zh: `“${leaf.name}”没有单独得分，只有上级“${joint.name}”的合计${pointsZh(total)}。`,
        en: `“${leaf.name}” has no score of its own, only “${joint.name}” above it a joint one of ${pointsEn(total)}.`,
      },
    },
  ]
}

function jointParent(view: ReportView, leaf: Indicator): Indicator | undefined {
  let parent = leaf.parentId === null ? undefined : view.indicator(leaf.parentId)
  while (parent && view.scoreOf(parent, 'self')?.origin !== 'joint') {
    parent = parent.parentId === null ? undefined : view.indicator(parent.parentId)
  }
  return parent
}

function unexplainedOverride(view: ReportView, leaf: Indicator): readonly Hit[] {
  const one = view.scoreOf(leaf, 'self')
  if (!one || one.typed === null || one.formulaScore === null || one.typed === one.formulaScore) return []
  const where = view.place(leaf.id)
  const [typed, computed] = [one.typed, one.formulaScore]
  if (one.problem === 'overrideNotAllowed') {
    return [
      {
        where,
        message: {
          zh: `“${leaf.name}”只按公式计分：填写的${pointsZh(typed)}不采用，按${pointsZh(computed)}计。`,
          en: `“${leaf.name}” is scored by its formula only: ${formatPoints(computed)} counts, not the typed ${formatPoints(typed)}.`,
        },
      },
    ]
  }
  if (view.answerOf(leaf, 'self').reason.trim() !== '') return []
  return [
    {
      where,
      message: {
        zh: `“${leaf.name}”填写${pointsZh(typed)}，按公式应为${pointsZh(computed)}，没有说明理由。`,
        en: `“${leaf.name}” is scored ${formatPoints(typed)} where the formula gives ${formatPoints(computed)}, and no reason is given.`,
      },
    },
  ]
}

function outsideBand(view: ReportView, leaf: Indicator): readonly Hit[] {
  const { method } = leaf
  const { band: key } = view.answerOf(leaf, 'self')
  const typed = view.scoreOf(leaf, 'self')?.typed ?? null
  if (method.type !== 'qualitativeBands' || key === null || typed === null) return []
  const band = method.bands.find((one) => one.key === key)
  const where = view.place(leaf.id)
  if (!band) {
    return [
      {
        where,
        message: {
          zh: `“${leaf.name}”所选的档次不在模板中，请重新选择。`,
          en: `The band chosen for “${leaf.name}” is not in the template; choose again.`,
        },
      },
    ]
  }
  if (inBand(band, typed, leaf.weight)) return []
  const [low, high] = [band.minRatio, band.maxRatio].map((ratio) => formatPoints(Math.round(ratio * leaf.weight)))
  return [
    {
      where,
      message: {
        zh: `“${leaf.name}”选的是“${band.label}”（${low}至${high}分${band.maxInclusive ? '' : `，不含${high}分`}），得分${pointsZh(typed)}不在其中。`,
        en: `“${leaf.name}” is in the band “${band.label}” (${low} to ${high} points${band.maxInclusive ? '' : `, ${high} excluded`}), but is scored ${formatPoints(typed)}.`,
      },
    },
  ]
}

/** Compared in ten-thousandths of the weight, so that 0.6 × 25 is exactly 15. */
function inBand(band: QualitativeBand, score: Hundredths, weight: Hundredths): boolean {
  const share = score * 10_000
  const low = Math.round(band.minRatio * 10_000) * weight
  const high = Math.round(band.maxRatio * 10_000) * weight
  return (
    (share > low || (share === low && band.minInclusive)) && (share < high || (share === high && band.maxInclusive))
  )
}

function lackingInput(view: ReportView, leaf: Indicator): readonly Hit[] {
  const one = view.scoreOf(leaf, 'self')
  if (!one) return []
  const hit = (fields: readonly string[], zh: string, en: string): Hit => {
    const where: Where = { ...view.place(leaf.id), fields }
    const labels = fields.map((key) => view.fieldLabel(key))
    return {
      where,
      message: {
        zh: `“${leaf.name}”按公式计分，${zh}：${labels.join('、')}。`,
        en: `“${leaf.name}” is scored by formula, ${en}: ${quotedList(labels)}.`,
      },
    }
  }
  if (one.missingInputs.length > 0) return [hit(one.missingInputs, '缺少数据', 'which lacks data')]
  if (one.faultyInputs.length === 0) return []
  return one.formulaProblem === 'zeroDenominator'
    ? [hit(one.faultyInputs, '分母为零', 'whose denominator is zero')]
    : [hit(one.faultyInputs, '数据不能用于计算', 'with data that cannot be used')]
}
