import type { Message } from '@gongping/permissions'
import { formatPoints, parsePoints, SCORE_COLUMNS } from '@gongping/scoring'
import type {
  Answer,
  Hundredths,
  Indicator,
  IndicatorScore,
  NumberProblem,
  ReportScore,
  ScoreColumnId,
} from '@gongping/scoring'

export const GRID_COLUMNS = ['name', 'weight', 'self', 'department', 'finance', 'delta'] as const
export type GridColumn = (typeof GRID_COLUMNS)[number]

export const isScoreColumn = (column: GridColumn): column is ScoreColumnId =>
  (SCORE_COLUMNS as readonly string[]).includes(column)

/** Whether a person may write a column, and if not, why in words. */
export type ColumnRight = { readonly ok: true } | { readonly ok: false; readonly message: Message | 'notLoaded' }
export type ColumnRights = Readonly<Record<ScoreColumnId, ColumnRight>>

/** Why a cell takes no input. Keys of the words, or what the rights say. */
export type CellLock =
  | { readonly kind: 'right'; readonly message: Message | 'notLoaded' }
  | { readonly kind: 'sumLocked' | 'weightLocked' | 'deltaLocked' | 'nameLocked' | 'jointHasChildren' | 'formulaFixed' }

/** Null when the cell may be written. */
export function lockOf(
  cell: { readonly indicator: Indicator; readonly column: GridColumn },
  score: ReportScore,
  rights: ColumnRights,
): CellLock | null {
  const { indicator, column } = cell
  if (column === 'name') return { kind: 'nameLocked' }
  if (column === 'weight') return { kind: 'weightLocked' }
  if (column === 'delta') return { kind: 'deltaLocked' }
  const one = score[column].byIndicator.get(indicator.id)
  if (indicator.children.length > 0) {
    if (!indicator.allowScoreAtThisLevel) return { kind: 'sumLocked' }
    // A number typed here earlier may still be taken away.
    if (one?.origin !== 'joint' && one?.typed === null && hasTypedBelow(indicator, score, column)) {
      return { kind: 'jointHasChildren' }
    }
  }
  const right = rights[column]
  if (!right.ok) return { kind: 'right', message: right.message }
  const { method } = indicator
  const fixed = (method.type === 'formula' || method.type === 'numericBands') && !method.allowOverride
  if (fixed && column === 'self' && one?.typed === null) return { kind: 'formulaFixed' }
  return null
}

/** What stands in a score cell: the score that counts, or the number typed where it does not count. */
export function shownScore(one: IndicatorScore | undefined): Hundredths | null {
  return one?.score ?? one?.typed ?? null
}

/** The latest review minus the self score; null while one of them is missing. */
export function reviewDelta(score: ReportScore, indicatorId: string): Hundredths | null {
  const of = (column: ScoreColumnId) => score[column].byIndicator.get(indicatorId)?.score ?? null
  const self = of('self')
  const review = of('finance') ?? of('department')
  return self === null || review === null ? null : review - self
}

/** −1, 0, +0.5: with a sign, so that it can't be taken for a score. */
export function formatDelta(delta: Hundredths): string {
  if (delta === 0) return '0'
  return `${delta > 0 ? '+' : '−'}${formatPoints(Math.abs(delta))}`
}

export type TypedScore =
  | { readonly ok: true; readonly score: Hundredths | null }
  | { readonly ok: false; readonly problem: NumberProblem | 'aboveWeight' }

/** A score as typed; nothing typed takes the score away. */
export function readTypedScore(text: string, weight: Hundredths): TypedScore {
  if (text.trim() === '') return { ok: true, score: null }
  const parsed = parsePoints(text)
  if (!parsed.ok) return parsed
  return parsed.value > weight ? { ok: false, problem: 'aboveWeight' } : { ok: true, score: parsed.value }
}

/** Points taken off a scored indicator, null where nothing is. */
export function deductionOf(one: IndicatorScore | undefined): Hundredths | null {
  if (one === undefined || one.score === null || one.origin === 'sum' || one.score >= one.weight) return null
  return one.weight - one.score
}

export const lacksReason = (indicator: Indicator, one: IndicatorScore | undefined, answer: Answer | undefined) =>
  indicator.reasonRequiredBelowWeight && deductionOf(one) !== null && !answer?.reason.trim()

function hasTypedBelow(indicator: Indicator, score: ReportScore, column: ScoreColumnId): boolean {
  return indicator.children.some(
    (child) => score[column].byIndicator.get(child.id)?.typed != null || hasTypedBelow(child, score, column),
  )
}
