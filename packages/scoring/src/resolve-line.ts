import { dataFieldIndex } from './facts.ts'
import { FIELD_CHAR, type FieldRef, type Line, type ScoreColumnId, type ScoreFieldRef } from './narrative.ts'
import { formatMoney, formatPoints } from './points.ts'
import type { Facts } from './report-data.ts'
import type { ReportScore } from './score.ts'
import type { Template } from './template.ts'

/** Stands for a number that is not known yet. */
export const NO_VALUE = '—'

/** The words before the points in a heading, by column. */
export const SCORE_WORDS: Readonly<Record<ScoreColumnId, string>> = {
  self: '自评得',
  department: '审核得',
  finance: '复核得',
}

/** The line with every field's live value in its place: a heading field as `（4分，自评得3分）`, the bare points as `3`. */
export function resolveLine(line: Line, template: Template, score: ReportScore, facts: Facts): string {
  let at = 0
  return line.text.replaceAll(FIELD_CHAR, () => {
    const field = line.fields[at]
    at += 1
    return field ? fieldText(field, template, score, facts) : ''
  })
}

/** What one field shows. A missing number is {@link NO_VALUE}, never a zero. */
export function fieldText(field: FieldRef, template: Template, score: ReportScore, facts: Facts): string {
  return field.kind === 'score' ? scoreText(field, template, score) : factText(field.key, template, facts)
}

function scoreText({ indicatorId, column, form }: ScoreFieldRef, template: Template, score: ReportScore): string {
  const columnScore = score[column]
  if (form === 'grade') return columnScore.grade ?? NO_VALUE
  const one = indicatorId === null ? undefined : columnScore.byIndicator.get(indicatorId)
  const points = indicatorId === null ? columnScore.total : (one?.score ?? null)
  const text = points === null ? NO_VALUE : formatPoints(points)
  if (form === 'score') return text
  const weight = indicatorId === null ? template.totalWeight : one?.weight
  return `（${weight === undefined ? NO_VALUE : formatPoints(weight)}分，${SCORE_WORDS[column]}${text}分）`
}

/** Money with its unit, a ratio as percent, anything else as typed. */
function factText(key: string, template: Template, facts: Facts): string {
  const field = dataFieldIndex(template).get(key)
  const value = facts.get(field?.from ?? key) ?? field?.defaultValue ?? null
  if (value === null || value === '') return NO_VALUE
  if (typeof value !== 'number' || !Number.isFinite(value)) return String(value)
  switch (field?.type) {
    case 'money': {
      const unit = field.unit === '万元' ? '万元' : '元'
      return `${formatMoney(value, unit)}${unit}`
    }
    case 'ratio':
      return `${Number((value * 100).toFixed(4))}%`
    default:
      return String(value)
  }
}
