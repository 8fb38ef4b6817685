import { readCells } from '@gongping/report-doc'
import type { DataField } from '@gongping/scoring'
import { readTypedFact, type FactProblem } from './fact-value.ts'

interface FactWrite {
  /** Counted from the first row of the table; beyond the last one for rows that are to be added. */
  readonly row: number
  readonly column: string
  readonly value: number | string | null
}

export type FactPasteProblem =
  | { readonly kind: 'line'; readonly line: number; readonly text: string; readonly problem: FactProblem }
  | { readonly kind: 'tooLong'; readonly lines: number; readonly rows: number }
  | { readonly kind: 'tooWide' }

export type FactPaste =
  | { readonly ok: true; readonly writes: readonly FactWrite[] }
  | { readonly ok: false; readonly problems: readonly FactPasteProblem[] }

export interface FactPasteTarget {
  readonly field: Pick<DataField, 'columns' | 'unit'>
  /** Where the first cell goes, counted from 0. */
  readonly row: number
  readonly column: number
  /** Rows on show. */
  readonly rows: number
  readonly mayGrow: boolean
}

/** What pasting a block of cells would write; null for a single cell, which is typing. All of it or nothing is written. */
export function planFactPaste(text: string, target: FactPasteTarget): FactPaste | null {
  const block = readCells(text)
  if (block.length === 1 && block[0]!.length === 1) return null
  const { columns, unit } = target.field
  const problems: FactPasteProblem[] = []
  const writes: FactWrite[] = []
  const room = target.rows - target.row
  if (block.length > room && !target.mayGrow) problems.push({ kind: 'tooLong', lines: block.length, rows: room })
  const width = Math.max(...block.map((cells) => cells.findLastIndex((cell) => cell.trim() !== '') + 1))
  if (target.column + width > columns.length) problems.push({ kind: 'tooWide' })
  block.forEach((cells, line) => {
    cells.slice(0, Math.max(width, 1)).forEach((cell, at) => {
      const column = columns[target.column + at]
      if (!column) return
      const fact = readTypedFact(cell, { type: column.type, unit, mayBeNegative: false })
      if (fact.ok) writes.push({ row: target.row + line, column: column.key, value: fact.value })
      else problems.push({ kind: 'line', line: line + 1, text: cell, problem: fact.problem })
    })
  })
  return problems.length > 0 ? { ok: false, problems } : { ok: true, writes }
}
