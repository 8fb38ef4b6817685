import type { Anchor } from '@gongping/protocol/http'
import { sectionNumber } from '@gongping/report-doc'
import { indicatorIndex, type Section } from '@gongping/scoring'
import { useWords } from '../app/language.ts'
import type { EditorSession } from '../sync/report-session.ts'
import type { Place } from './places.ts'
import { reviewWords } from './words.ts'

type ReviewWords = (typeof reviewWords)['zh']

/** Names the place something is said about, e.g. `四、绩效指标分析` or `论证决策 · 自评得分`. */
export function usePlaceName(session: EditorSession): (anchor: Anchor, place: Place | undefined) => string {
  const words = useWords(reviewWords)
  return (anchor, place) => placeName({ anchor, place, session, words })
}

export function placeName(what: {
  readonly anchor: Anchor
  readonly place: Place | undefined
  readonly session: EditorSession
  readonly words: ReviewWords
}): string {
  const { anchor, place, session, words } = what
  switch (anchor.kind) {
    case 'report':
      return words.wholeReport
    case 'cell': {
      const name = indicatorIndex(session.template).get(anchor.indicatorId)?.name ?? anchor.indicatorId
      return `${name} · ${words.column[anchor.column]}${words.aspect[anchor.aspect]}`
    }
    case 'cover':
      return `${words.cover} · ${session.template.cover.find(({ key }) => key === anchor.key)?.label ?? anchor.key}`
    case 'fact': {
      const [field = anchor.key] = anchor.key.split('.')
      return `${words.data} · ${session.template.dataFields.find(({ key }) => key === field)?.label ?? anchor.key}`
    }
    case 'text':
      if (place?.status === 'lost') return words.groups.changed
      return sectionTitle(session.data.get().narrative.sections, place?.sectionId ?? null) || words.reportText
  }
}

/** Number and title of a section; empty when there is none. */
function sectionTitle(sections: readonly Section[], id: string | null): string {
  if (id === null) return ''
  for (const [index, section] of sections.entries()) {
    if (section.id === id) {
      const position = sections.slice(0, index + 1).filter(({ level }) => level === section.level).length
      return `${sectionNumber(section.level, position)}${section.title.text.replaceAll('\uFFFC', '').trim()}`
    }
    const deeper = sectionTitle(section.children, id)
    if (deeper !== '') return deeper
  }
  return ''
}

/** Sections of the first level, to choose from. */
export function topSections({ data }: EditorSession): readonly { readonly id: string; readonly title: string }[] {
  const { sections } = data.get().narrative
  return sections.map(({ id }) => ({ id, title: sectionTitle(sections, id) }))
}
