import type { Finding, Narrative, Section } from '@gongping/scoring'
import type { JumpTarget } from '../sync/report-session.ts'

/** Id the outline gives the cover; sections are `s1`, `s4.2`, … */
export const COVER_PLACE = 'cover'

/** The line of the outline a finding belongs to; null when it is about no place in the text. */
export function sectionOfFinding(finding: Finding, narrative: Narrative): string | null {
  const { sectionId, paragraphId, paragraphIds, field, indicatorId, indicatorIds } = finding.where
  const paragraph = paragraphId ?? paragraphIds?.[0]
  if (sectionId !== undefined) return sectionId
  if (paragraph !== undefined) return sectionOfParagraph(paragraph)
  if (field !== undefined) return COVER_PLACE
  const indicator = indicatorId ?? indicatorIds?.[0]
  return indicator === undefined ? null : (findIndicatorSection(narrative.sections, indicator)?.id ?? null)
}

/** Where "go there" leads. The text comes first: that is where the words in question stand. */
export function targetOfFinding({ where }: Pick<Finding, 'where'>): JumpTarget | null {
  const paragraph = where.paragraphId ?? where.paragraphIds?.[0]
  if (paragraph !== undefined) {
    return { kind: 'paragraph', paragraphId: paragraph, ...(where.quote === undefined ? {} : { quote: where.quote }) }
  }
  if (where.field !== undefined) return { kind: 'cover', key: where.field }
  const indicatorId = where.indicatorId ?? where.indicatorIds?.[0]
  if (indicatorId !== undefined) return { kind: 'indicator', indicatorId }
  if (where.sectionId !== undefined) return { kind: 'section', sectionId: where.sectionId }
  const fact = where.fields?.[0]
  return fact === undefined ? null : { kind: 'fact', key: fact }
}

/** Blocks are named after their section: `s4.1.p2` stands in `s4.1`. */
const sectionOfParagraph = (paragraphId: string) => paragraphId.replace(/\.p\d+$/, '')

function findIndicatorSection(sections: readonly Section[], indicatorId: string): Section | null {
  for (const section of sections) {
    if (section.indicatorId === indicatorId) return section
    const deeper = findIndicatorSection(section.children, indicatorId)
    if (deeper) return deeper
  }
  return null
}
