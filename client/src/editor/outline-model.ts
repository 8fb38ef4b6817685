import { sectionNumber } from '@gongping/report-doc'
import type { Finding, IndicatorId, Narrative, ReportScore, Section } from '@gongping/scoring'
import { FIELD_CHAR, trimClosing } from '@gongping/scoring'
import { COVER_PLACE, sectionOfFinding } from './finding-places.ts'

/** One line of the outline, in reading order. The cover stands first with the id `cover`. */
export interface OutlineEntry {
  readonly id: string
  /** 0 for the cover, 1 to 5 for headings. */
  readonly level: number
  /** As printed, e.g. `（一）`. */
  readonly number: string
  readonly title: string
  readonly indicatorId: IndicatorId | null
  readonly mark: OutlineMark
  /** Ids of the headings above it, outermost first. */
  readonly path: readonly string[]
}

export type OutlineMark =
  | { readonly kind: 'findings'; readonly count: number; readonly severe: boolean }
  /** Hundredths of a point; `findings` counts what is to be checked here. */
  | { readonly kind: 'score'; readonly score: number | null; readonly weight: number; readonly findings: number }
  /** How many of the scored indicators below are answered. */
  | { readonly kind: 'count'; readonly answered: number; readonly of: number }
  | { readonly kind: 'done' }
  | { readonly kind: 'empty' }

export interface OutlineInput {
  readonly narrative: Narrative
  readonly score: ReportScore
  readonly findings: readonly Finding[]
  readonly coverDone: boolean
}

export function buildOutline({ narrative, score, findings, coverDone }: OutlineInput): readonly OutlineEntry[] {
  const findingsBySection = new Map<string, Finding[]>()
  for (const finding of findings) {
    if (finding.severity === 'info') continue
    const id = sectionOfFinding(finding, narrative)
    if (id !== null) findingsBySection.set(id, [...(findingsBySection.get(id) ?? []), finding])
  }
  const found = (id: string): OutlineMark | null => {
    const here = findingsBySection.get(id) ?? []
    return here.length === 0
      ? null
      : { kind: 'findings', count: here.length, severe: here.some((finding) => finding.severity === 'error') }
  }

  const entries: OutlineEntry[] = [
    {
      id: COVER_PLACE,
      level: 0,
      number: '',
      title: '',
      indicatorId: null,
      mark: found(COVER_PLACE) ?? { kind: coverDone ? 'done' : 'empty' },
      path: [],
    },
  ]
  const visit = (section: Section, position: number, path: readonly string[]) => {
    entries.push({
      id: section.id,
      level: section.level,
      number: sectionNumber(section.level, position),
      title: titleOf(section),
      indicatorId: section.indicatorId,
      mark: markOf(section, score, found),
      path,
    })
    visitAll(section.children, [...path, section.id])
  }
  const visitAll = (sections: readonly Section[], path: readonly string[]) => {
    const positions = new Map<number, number>()
    for (const section of sections) {
      const position = (positions.get(section.level) ?? 0) + 1
      positions.set(section.level, position)
      visit(section, position, path)
    }
  }
  visitAll(narrative.sections, [])
  return entries
}

/** What counts as complete: text where text belongs, every score where scores belong. */
export function countDone(entries: readonly OutlineEntry[]): { readonly done: number; readonly of: number } {
  const done = entries.filter(({ mark }) => {
    switch (mark.kind) {
      case 'done':
        return true
      case 'score':
        return mark.score !== null
      case 'count':
        return mark.answered === mark.of
      case 'empty':
      case 'findings':
        return false
    }
  })
  return { done: done.length, of: entries.length }
}

/** Levels 1 and 2 always; what lies deeper only in the branch where the reader is. */
export function visibleEntries(entries: readonly OutlineEntry[], currentId: string | null): readonly OutlineEntry[] {
  const current = entries.find((entry) => entry.id === currentId)
  const branch = current ? [...current.path, current.id][1] : undefined
  return entries.filter((entry) => entry.level <= 2 || (branch !== undefined && entry.path[1] === branch))
}

function markOf(section: Section, score: ReportScore, found: (id: string) => OutlineMark | null): OutlineMark {
  const { indicatorId } = section
  const own = indicatorId === null ? undefined : score.self.byIndicator.get(indicatorId)
  const finding = found(section.id)
  if (own) {
    const findings = finding?.kind === 'findings' ? finding.count : 0
    return { kind: 'score', score: own.score, weight: own.weight, findings }
  }
  if (finding) return finding
  const scored = leavesBelow(section).flatMap((id) => score.self.byIndicator.get(id) ?? [])
  if (scored.length > 0) {
    return { kind: 'count', answered: scored.filter((one) => one.score !== null).length, of: scored.length }
  }
  return { kind: hasText(section) ? 'done' : 'empty' }
}

/** The innermost headings about an indicator. */
function leavesBelow(section: Section): readonly IndicatorId[] {
  return section.children.flatMap((child) => {
    const deeper = leavesBelow(child)
    return deeper.length > 0 || child.indicatorId === null ? deeper : [child.indicatorId]
  })
}

/** Every heading needs text under it, its own or in all of its subsections. */
function hasText(section: Section): boolean {
  const own = section.blocks.some((block) => {
    switch (block.type) {
      case 'paragraph':
        return block.text.trim() !== ''
      case 'list':
        return block.items.some((item) => item.text.trim() !== '')
      case 'table':
        return true
    }
  })
  return own || (section.children.length > 0 && section.children.every(hasText))
}

const titleOf = (section: Section) => trimClosing(section.title.text.replaceAll(FIELD_CHAR, ''), '。：:').trim()
