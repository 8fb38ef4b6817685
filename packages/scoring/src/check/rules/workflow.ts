import type { ScoreColumnId } from '../../narrative.ts'
import { formatPoints } from '../../points.ts'
import { indicatorIndex, leavesOf } from '../../templates.ts'
import type { Hundredths, Indicator } from '../../template.ts'
import type { ReportView } from '../report-view.ts'
import type { Hit, Rule } from '../rule.ts'
import { COLUMN_WORDS, pointsZh, shorten } from '../words.ts'

export const WORKFLOW_RULES: readonly Rule[] = [
  { id: 'WFL-01', severity: 'error', check: unanswered },
  {
    id: 'WFL-02',
    severity: 'error',
    check: (view) => [...changedWithoutOpinion(view, 'department'), ...changedWithoutOpinion(view, 'finance')],
  },
  { id: 'WFL-04', severity: 'warning', check: deviation },
  { id: 'WFL-05', severity: 'warning', check: everywhereFull },
  {
    id: 'WFL-06',
    severity: 'warning',
    check: (view) => leavesOf(view.template).flatMap((leaf) => aboveSelf(view, leaf)),
  },
]

function unanswered({ context }: ReportView): readonly Hit[] {
  return (context.openReturnItems ?? []).map(({ id, round, problem, where }) => ({
    where: { ...where, returnItemId: id },
    message: {
      zh: `第${round}轮的退回意见“${shorten(problem)}”还没有答复。`,
      en: `The return item of round ${round}, “${shorten(problem)}”, has no answer.`,
    },
  }))
}

/** A reviewer's number that differs from the stage before it needs words. */
function changedWithoutOpinion(view: ReportView, column: ScoreColumnId): readonly Hit[] {
  return [...indicatorIndex(view.template).values()].flatMap((indicator) => {
    const typed = view.scoreOf(indicator, column)?.typed ?? null
    const before = scoreBefore(view, indicator, column)
    if (typed === null || before === null || typed === before) return []
    if (view.answerOf(indicator, column).opinion.trim() !== '') return []
    const words = COLUMN_WORDS[column]
    return [
      {
        where: { ...view.place(indicator.id), column },
        message: {
          zh: `${words.zh}把“${indicator.name}”由${pointsZh(before)}改为${pointsZh(typed)}，没有写意见。`,
          en: `The ${words.en} changed “${indicator.name}” from ${formatPoints(before)} to ${formatPoints(typed)} without an opinion.`,
        },
        column,
      },
    ]
  })
}

/** The department looks at the self-evaluation, finance at the department's number where there is one. */
function scoreBefore(view: ReportView, indicator: Indicator, column: ScoreColumnId): Hundredths | null {
  const self = view.scoreOf(indicator, 'self')?.score ?? null
  return column === 'finance' ? (view.scoreOf(indicator, 'department')?.score ?? self) : self
}

function deviation({ score, template }: ReportView): readonly Hit[] {
  const self = score.self.total
  const review = score.finance.total
  const limit = template.policies.reviewDeviationWarnRatio
  if (self === null || review === null || self === 0) return []
  const share = Math.abs(self - review) / Math.abs(self)
  if (share <= limit) return []
  const percent = Number((share * 100).toFixed(2))
  const most = Number((limit * 100).toFixed(2))
  return [
    {
      where: { column: 'finance' },
      message: {
        zh: `自评${pointsZh(self)}、财政复核${pointsZh(review)}，偏离度${percent}%，超过${most}%。`,
        en: `Self-evaluation ${formatPoints(self)}, finance review ${formatPoints(review)}: they differ by ${percent}%, more than ${most}%.`,
      },
      column: 'finance',
    },
  ]
}

function everywhereFull(view: ReportView): readonly Hit[] {
  const { total } = view.score.self
  const full = leavesOf(view.template).every((leaf) => view.scoreOf(leaf, 'self')?.score === leaf.weight)
  if (total === null || !full) return []
  return [
    {
      where: {},
      message: {
        zh: '所有末级指标都是满分，请核对是否如实评价。',
        en: 'Every indicator has full marks; make sure this is what happened.',
      },
    },
  ]
}

function aboveSelf(view: ReportView, leaf: Indicator): readonly Hit[] {
  const self = view.scoreOf(leaf, 'self')?.score ?? null
  const review = view.scoreOf(leaf, 'finance')?.score ?? null
  if (self === null || review === null || review <= self) return []
  if (view.answerOf(leaf, 'finance').opinion.trim() !== '') return []
  return [
    {
      where: { ...view.place(leaf.id), column: 'finance' },
      message: {
        zh: `“${leaf.name}”复核${pointsZh(review)}，高于自评${pointsZh(self)}，没有说明理由。`,
        en: `“${leaf.name}” is re-checked at ${formatPoints(review)}, above the self-evaluation's ${formatPoints(self)}, without a reason.`,
      },
      column: 'finance',
    },
  ]
}
