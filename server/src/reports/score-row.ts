import type { Part } from '@gongping/permissions'
import type { ScoreBody } from '@gongping/protocol/http'
import {
  RULES_VERSION,
  type ColumnScore,
  type Finding,
  type OpenReturnItem,
  type ReportData,
  type Template,
  finalGrade,
  scoreReport,
  toPoints,
} from '@gongping/scoring'
import { checkReport } from '@gongping/scoring/check'
import type { ScoreRow } from '../db/scores.ts'

export interface Scored {
  readonly row: ScoreRow
  readonly body: ScoreBody
}

/** Scores and checks a report as it was read; whatever people typed, it gives a row. */
export function scoreData(input: {
  reportId: string
  template: Template
  data: ReportData
  /** Log position of each part `data` was read from. */
  seqs: Readonly<Record<Part, number>>
  /** UTC milliseconds. */
  at: number
  openReturnItems?: readonly OpenReturnItem[]
}): Scored {
  const { reportId, template, data, seqs, at, openReturnItems = [] } = input
  const score = scoreReport(template, data)
  const findings = checkReport({ template, data, score, context: { today: chinaDay(at), openReturnItems } })
  const body: ScoreBody = {
    self: columnBody(score.self),
    department: columnBody(score.department),
    finance: columnBody(score.finance),
    findings: findings.map((finding) => ({ ...finding, where: { ...finding.where } })),
    scoredAt: new Date(at).toISOString(),
    templateId: template.id,
    templateVersion: template.version,
    rulesVersion: String(RULES_VERSION),
  }
  const count = (severity: Finding['severity']) => findings.filter((finding) => finding.severity === severity).length
  const budget = data.facts.get('budgetAmount')
  return {
    body,
    row: {
      report_id: reportId,
      body: JSON.stringify(body),
      self_total: score.self.total,
      department_total: score.department.total,
      finance_total: score.finance.total,
      grade: finalGrade(score),
      errors: count('error'),
      warnings: count('warning'),
      infos: count('info'),
      budget_amount: Number.isSafeInteger(budget) ? Number(budget) : null,
      seqs: JSON.stringify(seqs),
      scored_at: at,
    },
  }
}

/** The calendar day in China, wherever the server stands: `2022-05-25`. */
const chinaDay = (at: number) => chinaDate.format(at)
const chinaDate = new Intl.DateTimeFormat('en-CA', {
  timeZone: 'Asia/Shanghai',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
})

function columnBody(column: ColumnScore): ScoreBody['self'] {
  return {
    total: column.total === null ? null : toPoints(column.total),
    partial: toPoints(column.partial),
    grade: column.grade,
    complete: column.complete,
    byIndicator: Object.fromEntries(
      [...column.byIndicator].map(([id, { score, weight }]) => [
        id,
        { score: score === null ? null : toPoints(score), weight: toPoints(weight) },
      ]),
    ),
  }
}
