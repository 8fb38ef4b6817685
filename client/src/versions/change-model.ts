import type { Comparison } from '@gongping/protocol/http'

type Run = Comparison['text'][number]

export interface ShownLine {
  readonly key: number
  readonly kind: Run['kind']
  readonly level: number
  readonly number: string
  readonly section: string
  readonly sectionId: string
  /** In the version that can be restored; null when the line is new. */
  readonly fromSectionId: string | null
  readonly op: Run['op'] | 'changed'
  readonly pieces: readonly Piece[]
}

export interface Piece {
  readonly op: Run['op']
  readonly text: string
  readonly by: string | null
  readonly byId: string | null
  readonly role: Run['role'] | null
  /** Which change it belongs to, from 0; null where nothing changed. */
  readonly place: number | null
}

/** The comparison as lines to show, and how many changes there are to go through. `only` leaves in the changes of one person. */
export function toLines(text: Comparison['text'], only: string | null): { lines: ShownLine[]; places: number } {
  const lines: ShownLine[] = []
  let places = 0
  for (let at = 0; at < text.length;) {
    const first = text[at]!
    const runs: Run[] = []
    while (at < text.length && text[at]!.line === first.line) runs.push(text[at++]!)
    const pieces: Piece[] = []
    let isInChange = false
    for (const run of runs) {
      const shown = run.text.replace(/\n$/, '')
      const counts = run.op !== 'equal' && !run.isField && (only === null || run.byId === only)
      if (counts && !isInChange) places++
      isInChange = counts
      if (shown === '' && !(counts && run.op !== 'equal' && runs.length === 1)) continue
      pieces.push({
        op: run.op,
        text: shown,
        by: run.by ?? null,
        byId: run.byId ?? null,
        role: run.role ?? null,
        place: counts ? places - 1 : null,
      })
    }
    const ops = new Set(runs.map(({ op }) => op))
    const { line, kind, level, number, section, sectionId, fromSectionId } = first
    const op = ops.size === 1 ? first.op : 'changed'
    lines.push({ key: line, kind, level, number, section, sectionId, fromSectionId, op, pieces })
  }
  return { lines, places }
}

export type ShownRow =
  | { readonly type: 'line'; readonly line: ShownLine }
  | { readonly type: 'gap'; readonly key: string; readonly count: number }

/** Lines with changes and the headings they stand under; what lies between is counted. */
export function changesOnly(lines: readonly ShownLine[]): readonly ShownRow[] {
  const isChanged = ({ pieces }: ShownLine) => pieces.some(({ place }) => place !== null)
  const sections = new Set(lines.filter(isChanged).map(({ sectionId }) => sectionId))
  const rows: ShownRow[] = []
  for (const line of lines) {
    if (isChanged(line) || (line.kind === 'heading' && sections.has(line.sectionId))) {
      rows.push({ type: 'line', line })
      continue
    }
    const last = rows.at(-1)
    if (last?.type === 'gap') rows[rows.length - 1] = { ...last, count: last.count + 1 }
    else rows.push({ type: 'gap', key: `gap-${line.key}`, count: 1 })
  }
  return rows
}

/** Sections in which something changed, each with the heading's line. */
export function changedSections(lines: readonly ShownLine[]): ReadonlySet<string> {
  return new Set(
    lines.filter(({ pieces }) => pieces.some(({ op }) => op !== 'equal')).map(({ sectionId }) => sectionId),
  )
}
