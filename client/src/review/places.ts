import type { Anchor } from '@gongping/protocol/http'
import type { AnchorIndex, TextRange } from '@gongping/report-doc'
import type { Section } from '@gongping/scoring'

/** Where something said about a report stands now. */
export interface Place {
  /** `changed`: somebody rewrote part of what was quoted; `lost`: it is not in the text any more. */
  readonly status: 'here' | 'changed' | 'lost'
  /** The section it stands in, as the outline names it; null for the report as a whole. */
  readonly sectionId: string | null
  /** Sorts things into the order of reading. */
  readonly order: string
}

export interface Placed {
  readonly place: Place
  /** The words in the text; null for what is not said about words, or is lost. */
  readonly range: TextRange | null
}

/** @param sectionOf finds the section whose heading is about an indicator */
export function placeAnchor(
  anchor: Anchor,
  { index, sectionOf }: { index: AnchorIndex; sectionOf: (indicatorId: string) => string | null },
): Placed {
  switch (anchor.kind) {
    case 'report':
      return { place: { status: 'here', sectionId: null, order: '' }, range: null }
    case 'cover':
      return { place: { status: 'here', sectionId: 'cover', order: '!' }, range: null }
    case 'fact':
      return { place: { status: 'here', sectionId: null, order: '~' }, range: null }
    case 'cell': {
      const sectionId = sectionOf(anchor.indicatorId)
      const order = sectionId === null ? '~' : `${orderOf(sectionId, 0)}~`
      return { place: { status: 'here', sectionId, order }, range: null }
    }
    case 'text': {
      const found = index.resolve(anchor)
      const first = found.kind === 'lost' ? undefined : found.range[0]
      if (found.kind === 'lost' || !first) {
        return { place: { status: 'lost', sectionId: null, order: '~~' }, range: null }
      }
      const order = orderOf(first.blockId ?? first.sectionId ?? 's0', first.from)
      const status = found.kind === 'changed' ? 'changed' : 'here'
      return { place: { status, sectionId: first.sectionId, order }, range: found.range }
    }
  }
}

/** Blocks of a section stand before the sections in it: `s4.p2` before `s4.1`. */
export function orderOf(id: string, offset: number): string {
  const path = id.split('.').map((part) => {
    const number = part.replace(/\D/g, '').padStart(5, '0')
    return `${part.startsWith('p') ? 0 : 1}${number}`
  })
  return `${path.join('/')} ${String(offset).padStart(6, '0')}`
}

/** Headings about indicators, by indicator. */
export function indicatorSections(sections: readonly Section[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const walk = (list: readonly Section[]) => {
    for (const section of list) {
      if (section.indicatorId !== null && !found.has(section.indicatorId)) found.set(section.indicatorId, section.id)
      walk(section.children)
    }
  }
  walk(sections)
  return found
}
