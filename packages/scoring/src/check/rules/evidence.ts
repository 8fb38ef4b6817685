import { isBlank } from '../../facts.ts'
import { leavesOf } from '../../templates.ts'
import type { Indicator } from '../../template.ts'
import { type ReportView, explanationOf } from '../report-view.ts'
import type { Hit, Rule } from '../rule.ts'
import { andEn, andZh, pointsEn, pointsZh, quotedList } from '../words.ts'
import { clauseAt } from './text.ts'

export const EVIDENCE_RULES: readonly Rule[] = [
  { id: 'EVD-01', severity: 'error', check: leavesWithoutEvidence },
  {
    id: 'EVD-03',
    severity: 'error',
    check: (view) => leavesOf(view.template).flatMap((leaf) => missingSurvey(view, leaf)),
  },
]

function leavesWithoutEvidence(view: ReportView): readonly Hit[] {
  const leaves = leavesOf(view.template)
  const without = leaves.filter((leaf) => evidenceNames(view, leaf).length === 0)
  if (without.length === 0) return []
  const indicatorIds = without.map((leaf) => leaf.id)
  const names = quotedList(without.map((leaf) => leaf.name))
  const all = without.length === leaves.length
  return [
    {
      where: { indicatorIds },
      message: {
        zh: all ? `${leaves.length}个末级指标均未列佐证材料。` : `${without.length}个末级指标未列佐证材料：${names}。`,
        en: all
          ? `None of the ${leaves.length} scored indicators names its evidence.`
          : `${without.length} scored indicators name no evidence: ${names}.`,
      },
    },
  ]
}

function evidenceNames(view: ReportView, leaf: Indicator): readonly string[] {
  return (view.data.evidence.get(leaf.id) ?? []).map(({ name }) => name.trim()).filter((name) => name !== '')
}

function missingSurvey(view: ReportView, leaf: Indicator): readonly Hit[] {
  const score = view.scoreOf(leaf, 'self')?.score ?? null
  if (!isSatisfaction(leaf) || score === null || score <= 0) return []
  const explanation = explanationOf(view.sectionOf(leaf.id))
  const text = explanation.map((paragraph) => paragraph.shown).join('\n')
  const survey = /调查|问卷|访谈|回访|测评|好差评/
  const material = evidenceNames(view, leaf).some((name) => survey.test(name) || name.includes('统计'))
  const { facts } = view.data
  const has = (key: string): boolean => !isBlank(facts.get(key))
  const lacking = [
    { zh: '调查方式', en: 'the way of asking', there: material || survey.test(text) },
    {
      zh: '样本数',
      en: 'the number of people asked',
      there: material || has('surveyedCount') || /\d\s*(?:多|余)?(?:份|人|户|名|家|件)/.test(text),
    },
    {
      zh: '满意率',
      en: 'the share of satisfied people',
      there: (has('surveyedCount') && has('satisfiedCount')) || has(`${leaf.id}.actual`) || /\d\s*%/.test(text),
    },
  ].filter(({ there }) => !there)
  // With the counts known, how people were asked is left to the evidence.
  if (lacking.every(({ zh }) => zh === '调查方式')) return []
  const quoted = explanation.find((paragraph) => paragraph.typed.includes('满意'))
  const paragraph = quoted ?? explanation[0]
  return [
    {
      where: {
        ...view.place(leaf.id),
        ...(paragraph ? { paragraphId: paragraph.id } : {}),
        ...(quoted ? { quote: clauseAt(quoted.typed, quoted.typed.indexOf('满意')) } : {}),
      },
      message: {
        zh: `满意度得${pointsZh(score)}，但没有${andZh(lacking.map(({ zh }) => zh))}。`,
        en: `Satisfaction is scored ${pointsEn(score)} without ${andEn(lacking.map(({ en }) => en))}.`,
      },
    },
  ]
}

function isSatisfaction({ name, method }: Indicator): boolean {
  return name.includes('满意') || (method.type === 'formula' && method.inputs.includes('surveyedCount'))
}
