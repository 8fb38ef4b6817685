import { readCells } from '@gongping/report-doc'
import type { Hundredths, Indicator, ScoreColumnId } from '@gongping/scoring'
import { readTypedScore } from './cell.ts'
import type { TypedScore } from './cell.ts'

export interface CellWrite {
  readonly indicator: Indicator
  readonly column: ScoreColumnId
  readonly score: Hundredths | null
}

export type PasteProblem =
  | {
      readonly kind: 'line'
      readonly line: number
      readonly text: string
      readonly problem: Extract<TypedScore, { ok: false }>['problem']
      readonly weight: Hundredths
    }
  | { readonly kind: 'tooLong'; readonly lines: number; readonly rows: number }
  | { readonly kind: 'tooWide' }

export type Paste =
  | { readonly ok: true; readonly writes: readonly CellWrite[] }
  | { readonly ok: false; readonly problems: readonly PasteProblem[] }

/** A block of cells as spreadsheets put it on the clipboard: lines of values parted by tabs. */
export function readBlock(text: string): readonly (readonly string[])[] {
  const block = readCells(text)
  // Empty columns at the right come along when a whole sheet column is marked.
  const width = Math.max(...block.map((cells) => cells.findLastIndex((cell) => cell.trim() !== '') + 1), 1)
  return block.map((cells) => cells.slice(0, width))
}

/** A row of the table on show. */
export interface PasteRow {
  readonly indicator: Indicator
  /** `sum`: follows from the rows below it. `locked`: may not be written. */
  readonly takes: 'score' | 'sum' | 'locked'
}

/**
 * What pasting a block would write: line by line into the rows that take a score, column by column into the given
 * columns. A block copied together with its sums, which is one that starts on a sum or has a line for every row, is laid
 * row against row, and its sums are passed over. Either everything can be written, or nothing is and every problem is named.
 */
export function planPaste(
  text: string,
  { rows, columns }: { readonly rows: readonly PasteRow[]; readonly columns: readonly ScoreColumnId[] },
): Paste {
  const block = readBlock(text)
  const problems: PasteProblem[] = []
  const writes: CellWrite[] = []
  const withSums =
    rows[0]?.takes === 'sum' || (block.length === rows.length && rows.some(({ takes }) => takes === 'sum'))
  const targets = withSums ? rows : rows.filter(({ takes }) => takes === 'score')
  if (block.length > targets.length) problems.push({ kind: 'tooLong', lines: block.length, rows: targets.length })
  if (block[0]!.length > columns.length) problems.push({ kind: 'tooWide' })
  block.forEach((cells, line) => {
    const target = targets[line]
    if (target?.takes !== 'score') return
    const { indicator } = target
    cells.forEach((cell, at) => {
      const column = columns[at]
      if (!column) return
      const typed = readTypedScore(EMPTY_MARKS.has(cell.trim()) ? '' : cell, indicator.weight)
      if (typed.ok) writes.push({ indicator, column, score: typed.score })
      else problems.push({ kind: 'line', line: line + 1, text: cell, problem: typed.problem, weight: indicator.weight })
    })
  })
  return problems.length > 0 ? { ok: false, problems } : { ok: true, writes }
}

/** How an empty cell is printed in forms. */
const EMPTY_MARKS: ReadonlySet<string> = new Set(['—', '－', '-', '/'])
