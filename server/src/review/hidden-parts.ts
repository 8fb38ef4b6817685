import { type Actor, PARTS, type Part, mayReadPart } from '@gongping/permissions'
import type { Comparison, History, OpenedVersion, ReportSummary, ScoreBody } from '@gongping/protocol/http'
import { findTemplate } from '@gongping/scoring'
import type { ReportRow } from '../db/schema.ts'

/** What the caller may not read yet: reviewers' columns before they are released, where the template has a blind phase. */
export function hiddenParts({ report, actor }: { report: Place; actor: Actor }): Part[] {
  const isBlind = hasBlindPhase(report)
  return PARTS.filter((part) => !mayReadPart(actor, part, { isBlind, state: report.state }))
}

type Place = Pick<ReportRow, 'template_id' | 'state'>

const hasBlindPhase = (report: Place) => findTemplate(report.template_id)?.policies.blindPhase ?? false

type Hidden = readonly Part[]
const NO_TOTALS = { total: null, partial: 0, grade: null, complete: false } as const

export function hideInScore(score: ScoreBody, hidden: Hidden): ScoreBody {
  if (hidden.length === 0) return score
  const shown = { ...score, findings: score.findings.filter(({ column }) => !isHidden(column, hidden)) }
  for (const column of ['department', 'finance'] as const) {
    if (!isHidden(column, hidden)) continue
    const byIndicator = Object.entries(score[column].byIndicator).map(([id, { weight }]) => [
      id,
      { score: null, weight },
    ])
    shown[column] = { ...NO_TOTALS, byIndicator: Object.fromEntries(byIndicator) }
  }
  return shown
}

export function hideInSummary(summary: ReportSummary, hidden: Hidden): ReportSummary {
  if (hidden.length === 0) return summary
  return {
    ...summary,
    ...(isHidden('department', hidden) ? { departmentTotal: null } : {}),
    ...(isHidden('finance', hidden) ? { financeTotal: null } : {}),
    // The grade of a report is that of its last complete column.
    grade: null,
  }
}

export function hideInVersion(opened: OpenedVersion, hidden: Hidden): OpenedVersion {
  if (hidden.length === 0) return opened
  const totals = { ...opened.totals }
  for (const column of ['department', 'finance'] as const) if (isHidden(column, hidden)) totals[column] = null
  return { ...opened, totals, scores: opened.scores.filter(({ column }) => !isHidden(column, hidden)) }
}

export function hideInComparison(comparison: Comparison, hidden: Hidden): Comparison {
  if (hidden.length === 0) return comparison
  const totals = { ...comparison.totals }
  for (const column of ['department', 'finance'] as const) {
    if (isHidden(column, hidden)) totals[column] = { from: null, to: null, gradeFrom: null, gradeTo: null }
  }
  return {
    ...comparison,
    totals,
    scores: comparison.scores.filter(({ column }) => !isHidden(column, hidden)),
    fields: comparison.fields.filter(({ part }) => !isHidden(part, hidden)),
  }
}

export function hideInHistory(history: History, hidden: Hidden): History {
  if (hidden.length === 0) return history
  return {
    ...history,
    entries: history.entries.filter((entry) => !('column' in entry && isHidden(entry.column, hidden))),
  }
}

const isHidden = (part: Part | undefined, hidden: Hidden) => part !== undefined && hidden.includes(part)
