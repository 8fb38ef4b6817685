import type { Anchor, Comparison, ReturnItem, VersionList, VersionSummary } from '@gongping/protocol/http'
import { useQuery } from '@tanstack/react-query'
import { api } from '../app/api.ts'
import { versionsPath } from '../app/paths.ts'
import { useLive } from '../app/use-live.ts'
import type { Place } from './places.ts'
import type { ReviewDesk } from './review-desk.ts'

/** What was changed since the report was returned last. */
export interface SinceReturn {
  /** The comparison on the screen of versions. */
  readonly href: string
  /** Compared with what was submitted again; false while it is still being worked on. */
  readonly isSubmitted: boolean
  isChanged(item: ReturnItem, place: Place | undefined): boolean
  /** What was changed at the place of an item; empty for one about the report as a whole. */
  changesOf(item: ReturnItem, place: Place | undefined): readonly Change[]
  /** What was changed at no item's place. */
  changesBeside(items: readonly ReturnItem[], places: ReadonlyMap<string, Place>): readonly Change[]
}

/** Something that is not as it was when the report was returned. */
export type Change =
  | { readonly kind: 'score'; readonly key: string; readonly score: Comparison['scores'][number] }
  | { readonly kind: 'field'; readonly key: string; readonly field: Comparison['fields'][number] }
  | { readonly kind: 'line'; readonly key: string; readonly line: ChangedLine }

/** A line of the text with its runs in order. */
interface ChangedLine {
  readonly section: string
  readonly sectionId: string
  readonly runs: readonly Comparison['text'][number][]
}

/** Null before a return, and until it is known. */
export function useSinceReturn(desk: ReviewDesk): SinceReturn | null {
  const { reportId } = desk.session
  const items = useLive(desk.items)
  const state = useLive(desk.session.state)
  const found = useQuery({
    queryKey: ['report', reportId, 'since-return', state],
    enabled: items.length > 0,
    queryFn: async ({ signal }) => {
      const base = `/api/reports/${encodeURIComponent(reportId)}/versions`
      const { versions } = await api.get<VersionList>(base, { signal })
      const pair = pairOf(versions)
      if (pair === null) return null
      const path = `${base}/${encodeURIComponent(pair.from)}/compare/${encodeURIComponent(pair.to)}`
      return sinceReturn({ reportId, ...pair, comparison: await api.get<Comparison>(path, { signal }) })
    },
  })
  return found.data ?? null
}

const CURRENT = 'current'

/** The last return and what was submitted after it; the report as it is now until then. Versions come newest first. */
function pairOf(versions: readonly VersionSummary[]): { from: string; to: string } | null {
  const returned = versions.findIndex(({ kind }) => kind === 'returned')
  const from = versions[returned]
  if (!from) return null
  const to = versions.slice(0, returned).find(({ kind }) => kind === 'submitted')
  return { from: from.id, to: to?.id ?? CURRENT }
}

export function sinceReturn(what: {
  readonly reportId: string
  readonly from: string
  readonly to: string
  readonly comparison: Pick<Comparison, 'scores' | 'fields' | 'text'>
}): SinceReturn {
  const { comparison } = what
  const lines = linesOf(comparison.text)
  const changed: readonly Change[] = [
    ...comparison.scores
      .filter(({ isSum }) => !isSum)
      .map((score): Change => ({ kind: 'score', key: `${score.column} ${score.indicatorId}`, score })),
    ...comparison.fields.map((field): Change => ({ kind: 'field', key: `${field.kind} ${field.key}`, field })),
    ...lines.filter(isChangedLine).map((line): Change => ({ kind: 'line', key: `line ${lines.indexOf(line)}`, line })),
  ]
  const changesAt = (anchor: Anchor, place: Place | undefined): readonly Change[] => {
    switch (anchor.kind) {
      case 'cell':
        return changed.filter(
          (one) =>
            (one.kind === 'score' && one.score.indicatorId === anchor.indicatorId) ||
            (one.kind === 'field' && one.field.key === anchor.indicatorId),
        )
      case 'cover':
      case 'fact':
        return changed.filter((one) => one.kind === 'field' && one.field.key === anchor.key)
      case 'text': {
        // The line that was quoted, as it was or is; when the quote can't be found in one line, all of its section.
        const quoted = lines.filter(({ runs }) => holds(runs, anchor.quote))
        return changed.filter(
          (one) =>
            one.kind === 'line' &&
            (quoted.length > 0 ? quoted.includes(one.line) : one.line.sectionId === place?.sectionId),
        )
      }
      case 'report':
        return []
    }
  }
  return {
    href: `${versionsPath(what.reportId)}?${new URLSearchParams({ from: what.from, to: what.to })}`,
    isSubmitted: what.to !== CURRENT,
    isChanged({ anchor }, place) {
      if (anchor.kind === 'report') return changed.length > 0
      return changesAt(anchor, place).length > 0 || (anchor.kind === 'text' && place?.status !== 'here')
    },
    changesOf: ({ anchor }, place) => changesAt(anchor, place),
    changesBeside(items, places) {
      const told = new Set(items.flatMap(({ id, anchor }) => changesAt(anchor, places.get(id))))
      return changed.filter((one) => !told.has(one))
    },
  }
}

function linesOf(text: Comparison['text']): readonly ChangedLine[] {
  const lines = new Map<number, { section: string; sectionId: string; runs: Comparison['text'][number][] }>()
  for (const run of text) {
    const { section, sectionId, line } = run
    const known = lines.get(line)
    if (known) known.runs.push(run)
    else lines.set(line, { section, sectionId, runs: [run] })
  }
  return [...lines.values()]
}

const isChangedLine = ({ runs }: ChangedLine) => runs.some(({ op, isField }) => op !== 'equal' && !isField)

function holds(runs: ChangedLine['runs'], quote: string): boolean {
  if (quote.trim() === '') return false
  const without = (op: string) =>
    runs
      .filter((run) => run.op !== op)
      .map(({ text }) => text)
      .join('')
  return without('insert').includes(quote) || without('delete').includes(quote)
}
