import { templateNarrative } from '@gongping/report-doc/seed'
import {
  type Answer,
  type Answers,
  type Block,
  type Narrative,
  NO_ANSWER,
  type ReportData,
  type Section,
  type Template,
  leavesOf,
  scoreReport,
} from '@gongping/scoring'
import type { DemoProject, DemoReview } from './projects.ts'

/** A small report as plain data: facts, self scores by hand where no formula gives them, reviewers' scores where reviewed. */
export function projectData(template: Template, project: DemoProject): ReportData {
  const facts = factsOf(project)
  const narrative = narrativeOf(template, project)
  const self = selfAnswers(template, project)
  const columns = { self, department: new Map(), finance: new Map() }
  const draft: ReportData = { cover: coverOf(project), facts, columns, narrative, evidence: new Map() }
  const scored = scoreReport(template, draft).self.byIndicator
  const review = (given: DemoReview | undefined): Answers => {
    if (!given) return new Map()
    const answers = new Map<string, Answer>()
    for (const { id } of leavesOf(template)) {
      const deduction = given.deductions.find((one) => one.id === id)
      const score = scored.get(id)?.score
      if (score === null || score === undefined) continue
      answers.set(id, {
        ...NO_ANSWER,
        score: Math.max(0, score - hundredths(deduction?.by ?? 0)),
        opinion: deduction?.opinion ?? '',
      })
    }
    return answers.set('overall', { ...NO_ANSWER, opinion: given.overall })
  }
  return { ...draft, columns: { self, department: review(project.department), finance: review(project.finance) } }
}

const hundredths = (points: number) => Math.round(points * 100)

function coverOf({ projectName, unit, fiscalYear }: DemoProject): ReadonlyMap<string, string> {
  return new Map([
    ['projectName', projectName],
    ['competentDepartment', unit],
    ['evaluationYear', String(fiscalYear)],
  ])
}

function factsOf(project: DemoProject): ReadonlyMap<string, number | string> {
  const { money, due, delivered, survey } = project
  const facts = new Map<string, number | string>([
    ['evaluationYear', project.fiscalYear],
    ['budgetAmount', money.budget * 100],
    ['receivedAmount', money.received * 100],
    ['receivedOnTimeAmount', money.onTime * 100],
    ['paidAmount', money.paid * 100],
    ['unitPriceRatio', project.unitPriceRatio],
    ['dueCount', due[0]],
    ['onTimeCount', due[1]],
    ['deliveredQuantity', delivered[0]],
    ['acceptedQuantity', delivered[1]],
  ])
  if (survey[0] > 0) facts.set('surveyedCount', survey[0]).set('satisfiedCount', survey[1])
  project.outputs.forEach(([item, unit, planned, actual], at) => {
    const row = `outputs.${at + 1}`
    facts.set(`${row}.item`, item).set(`${row}.unit`, unit).set(`${row}.planned`, planned).set(`${row}.actual`, actual)
  })
  return facts
}

function selfAnswers(template: Template, { deductions, benefit }: DemoProject): Answers {
  const answers = new Map<string, Answer>()
  // Nothing taken off anywhere means that the filler has not begun to score.
  if (deductions.length === 0) return answers
  for (const { id, weight, method } of leavesOf(template)) {
    const deduction = deductions.find((one) => one.id === id)
    if (method.type === 'qualitativeBands') {
      const band = method.bands.find(({ minRatio, maxRatio }) => benefit >= minRatio && benefit <= maxRatio)
      answers.set(id, {
        ...NO_ANSWER,
        score: Math.round(weight * benefit),
        band: band?.key ?? null,
        reason: '部分效益显现需要时间，按达成程度计分。',
        measure: '继续跟踪效益指标，次年补充佐证数据。',
      })
    } else if (method.type === 'manual') {
      answers.set(id, {
        ...NO_ANSWER,
        score: weight - hundredths(deduction?.by ?? 0),
        reason: deduction?.reason ?? '',
        measure: deduction?.measure ?? '',
      })
    }
  }
  return answers
}

/** The template's outline with the project's words under the headings they belong to. */
function narrativeOf(template: Template, { text }: DemoProject): Narrative {
  const byTitle: Readonly<Record<string, string | readonly string[]>> = {
    项目基本情况: text.background,
    项目决策情况: text.decision,
    绩效目标: text.goals,
    绩效自评工作组织情况: text.organisation,
    主要绩效: text.achievements,
    存在问题: text.problems,
    下一步工作计划: text.plan,
  }
  const fill = (section: Section): Section => {
    const words = byTitle[section.title.text]
    const blocks = words?.length ? blocksOf(section.id, words) : section.blocks
    return { ...section, blocks, children: section.children.map(fill) }
  }
  return { sections: templateNarrative(template).sections.map(fill) }
}

function blocksOf(sectionId: string, words: string | readonly string[]): Block[] {
  const id = `${sectionId}.p1`
  if (typeof words === 'string') return [{ type: 'paragraph', id, text: words, fields: [] }]
  return [{ type: 'list', id, ordered: true, items: words.map((text) => ({ text, fields: [] })) }]
}
