import { templateNarrative } from '@gongping/report-doc/seed'
import {
  type Answer,
  type Answers,
  type Block,
  FIELD_CHAR,
  type FieldRef,
  type IndicatorScore,
  type Line,
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
  const typed = selfAnswers(template, project)
  const scored = scoreReport(template, { facts, columns: columnsOf(typed) }).self.byIndicator
  const self = withReasons({ template, answers: typed, scored })
  const draft: ReportData = {
    cover: coverOf(project),
    facts,
    columns: columnsOf(self),
    narrative: narrativeOf(template, project, self),
    evidence: new Map(
      isBegun(project)
        ? leavesOf(template).map(({ id, evidence }) => [id, evidence.slice(0, 2).map((name) => ({ name }))])
        : [],
    ),
  }
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

const columnsOf = (self: Answers): ReportData['columns'] => ({ self, department: new Map(), finance: new Map() })

/** Nothing taken off anywhere means that the filler has not begun to score. */
const isBegun = ({ deductions }: DemoProject) => deductions.length > 0

/** Formulas take points off too; the filler says why. */
function withReasons({
  template,
  answers,
  scored,
}: {
  template: Template
  answers: Answers
  scored: ReadonlyMap<string, IndicatorScore>
}): Answers {
  if (answers.size === 0) return answers
  const explained = new Map(answers)
  for (const { id, weight } of leavesOf(template)) {
    const words = FORMULA_REASONS[id]
    const score = scored.get(id)?.score
    if (!words || answers.has(id) || score === null || score === undefined || score >= weight) continue
    explained.set(id, { ...NO_ANSWER, reason: words[0], measure: words[1] })
  }
  return explained
}

const hundredths = (points: number) => Math.round(points * 100)

function coverOf({ projectName, unit, fiscalYear }: DemoProject): ReadonlyMap<string, string> {
  return new Map([
    ['projectName', projectName],
    ['competentDepartment', unit],
    ['evaluationYear', String(fiscalYear)],
    ['fillerName', '填报人'],
    ['phone', '0753-0000000'],
    ['fillDate', `${fiscalYear + 1}年5月20日`],
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

function selfAnswers(template: Template, project: DemoProject): Answers {
  const { deductions, benefit } = project
  const answers = new Map<string, Answer>()
  if (!isBegun(project)) return answers
  for (const { id, weight, method } of leavesOf(template)) {
    const deduction = deductions.find((one) => one.id === id)
    if (method.type === 'qualitativeBands') {
      const band = method.bands.find(({ minRatio, maxRatio }) => benefit >= minRatio && benefit <= maxRatio)
      answers.set(id, {
        ...NO_ANSWER,
        // Steps of a tenth of a point.
        score: Math.round((weight * benefit) / 10) * 10,
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
function narrativeOf(template: Template, project: DemoProject, self: Answers): Narrative {
  const { text } = project
  const leaves = new Map(leavesOf(template).map((leaf) => [leaf.id, leaf]))
  const byTitle: Readonly<Record<string, readonly Line[]>> = {
    项目基本情况: plain(text.background),
    项目决策情况: plain(text.decision),
    绩效目标: plain(text.goals),
    绩效自评工作组织情况: plain(text.organisation),
    绩效自评结论: isBegun(project) ? [conclusion(template)] : [],
    主要绩效: text.achievements.flatMap(plain),
    存在问题: text.problems.flatMap(plain),
    下一步工作计划: plain(text.plan),
  }
  const fill = (section: Section): Section => ({
    ...section,
    blocks: blocksOf(section, linesUnder(section)),
    children: section.children.map(fill),
  })
  const linesUnder = ({ title, indicatorId, children }: Section): readonly Line[] => {
    if (indicatorId === null) return byTitle[title.text] ?? []
    if (children.length > 0 || !isBegun(project)) return []
    const reason = self.get(indicatorId)?.reason
    const proof = leaves.get(indicatorId)?.evidence[0]
    const lines = plain(`${LEAF_WORDS[indicatorId] ?? ''}${proof ? `佐证材料：《${proof}》。` : ''}`)
    const score = scoreField(indicatorId)
    return [
      ...lines,
      { text: `该项指标自评得${FIELD_CHAR}分。${reason ? `扣分原因：${reason}` : ''}`, fields: [score] },
    ]
  }
  return { sections: templateNarrative(template).sections.map(fill) }
}

const plain = (text: string): Line[] => (text === '' ? [] : [{ text, fields: [] }])

const scoreField = (indicatorId: string | null, form: 'score' | 'grade' = 'score'): FieldRef => ({
  kind: 'score',
  indicatorId,
  column: 'self',
  form,
})

/** Total, grade and the scores of the first level, all of them live. */
function conclusion({ indicators }: Template): Line {
  const parts = indicators.map(({ name }) => `${name}${FIELD_CHAR}分`).join('、')
  return {
    text: `经自评，本项目自评总分${FIELD_CHAR}分，等级为“${FIELD_CHAR}”。其中：${parts}。项目按计划实施，总体达到预期绩效目标。`,
    fields: [scoreField(null), scoreField(null, 'grade'), ...indicators.map(({ id }) => scoreField(id))],
  }
}

/** Achievements and problems are lists, everything else is text. */
function blocksOf({ id, title, blocks }: Section, lines: readonly Line[]): readonly Block[] {
  if (lines.length === 0) return blocks
  if (LISTS.has(title.text)) return [{ type: 'list', id: `${id}.p1`, ordered: true, items: lines }]
  return lines.map((line, index) => ({ type: 'paragraph', id: `${id}.p${index + 1}`, ...line }))
}

const LISTS = new Set(['主要绩效', '存在问题'])

/** Why a formula gives less than its weight, and what is done about it. */
const FORMULA_REASONS: Readonly<Record<string, readonly [reason: string, measure: string]>> = {
  'gd.decision.funding.arrival.rate': ['县级配套资金尚未全部到位。', '商财政部门落实配套资金并纳入下年预算。'],
  'gd.decision.funding.arrival.timeliness': [
    '部分资金晚于约定时间到位。',
    '提前报送用款计划，按节点跟踪资金到位情况。',
  ],
  'gd.management.fund.payment': ['质保金和部分尾款未到支付节点。', '按合同约定节点及时办理结算和支付。'],
  'gd.output.economy.saving': ['单位成本略高于参考价。', '采购前开展市场调查，合理确定最高限价。'],
  'gd.output.efficiency.quantity': ['个别产出未完成计划数。', '列出未完成清单，明确完成时限和责任人。'],
  'gd.output.efficiency.timeliness': ['个别事项未按期完成。', '按月对照进度计划检查，提前预警。'],
  'gd.output.efficiency.quality': ['个别交付内容未一次通过验收。', '加强过程检查，整改后复验。'],
  'gd.benefit.equity.satisfaction': ['满意度低于目标值。', '梳理意见逐条改进，并在下次调查中复核。'],
}

/** What can be said of any orderly project, by indicator. */
const LEAF_WORDS: Readonly<Record<string, string>> = {
  'gd.decision.setup.justification': '项目立项有文件依据，方案经集体研究确定，论证材料与会议记录齐全。',
  'gd.decision.setup.goal.completeness': '绩效目标包含产出、效益和满意度指标，覆盖资金支持的全部内容。',
  'gd.decision.setup.goal.rationality': '目标值参照历年水平和实际需求测算，与资金规模相匹配。',
  'gd.decision.setup.goal.measurability': '指标均有计量单位和目标值，可通过台账和验收资料核实。',
  'gd.decision.setup.safeguard.rules': '项目管理、资金管理和档案管理制度齐全，责任分工明确。',
  'gd.decision.setup.safeguard.plan': '制定了分阶段实施计划，明确各阶段时间节点和责任人。',
  'gd.decision.funding.arrival.rate': '资金按预算下达，到位金额以拨款凭证为准。',
  'gd.decision.funding.arrival.timeliness': '资金到位时间以国库支付系统记录为准，与用款计划对照核实。',
  'gd.decision.funding.allocation': '资金分配方案经集体研究，与任务量和建设内容相对应。',
  'gd.management.fund.payment': '资金支出以会计账和支付凭证为准，支出进度按季通报。',
  'gd.management.fund.compliance': '资金专款专用，支付审批手续完整，未发现截留、挪用情况。',
  'gd.management.affairs.procedure': '项目按规定履行采购、合同签订和验收程序，变更事项经审批。',
  'gd.management.affairs.supervision': '主管部门定期检查，对发现的问题下发整改通知并跟踪落实。',
  'gd.output.economy.budget': '实际支出控制在预算之内，未发生超预算情况。',
  'gd.output.economy.saving': '通过公开采购确定价格，单位成本与同类项目参考价对照核实。',
  'gd.output.efficiency.quantity': '产出数量逐项与计划对照，完成情况见产出明细。',
  'gd.output.efficiency.timeliness': '应完成事项逐项登记完成时间，与计划节点对照。',
  'gd.output.efficiency.quality': '交付内容逐项验收，验收结论和整改记录已归档。',
  'gd.benefit.effect.socioeconomic': '项目实施后服务条件改善，社会效益逐步显现，后续管护责任已经明确。',
  'gd.benefit.equity.satisfaction': '采取现场问卷方式对服务对象开展满意度调查，样本数和满意率见数据表。',
}
