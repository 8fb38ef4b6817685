import { FIELD_CHAR } from '../../narrative.ts'
import type { TemplateSection } from '../../template.ts'
import {
  type Paragraph,
  type ReportView,
  type SectionView,
  bareTitle,
  paragraphsBelow,
  placeOf,
} from '../report-view.ts'
import type { Hit, Rule } from '../rule.ts'
import { shorten } from '../words.ts'

export const STRUCTURE_RULES: readonly Rule[] = [
  { id: 'STR-01', severity: 'error', check: (view) => wrongOrder(view, view.template.sections, undefined) },
  { id: 'STR-06', severity: 'error', check: (view) => view.sections.filter(isEmpty).map(emptyHit) },
  { id: 'FMT-04', severity: 'info', check: (view) => view.paragraphs.flatMap(documentNumbers) },
]

/** Sections that are text; the others are tables and fields of their own. */
const textKinds: ReadonlySet<string> = new Set([
  'container',
  'narrative',
  'indicatorAnalysis',
  'indicatorGroup',
  'list',
])

function wrongOrder(
  view: ReportView,
  expected: readonly TemplateSection[],
  above: SectionView | undefined,
): readonly Hit[] {
  const hits: Hit[] = []
  let last: SectionView | undefined
  for (const one of expected) {
    if (!textKinds.has(one.kind)) continue
    const found = view.findSection(one)
    if (!found) {
      // What stands below a missing section is missing with it.
      if (one.required) hits.push(missing(one, above))
      continue
    }
    if (last && found.position < last.position) hits.push(misplaced(found, one, last))
    else last = found
    hits.push(...wrongOrder(view, one.children, found))
  }
  return hits
}

function missing({ title }: TemplateSection, above: SectionView | undefined): Hit {
  return {
    where: above ? { sectionId: above.id } : {},
    message: above
      ? { zh: `“${above.title}”下缺少“${title}”。`, en: `“${title}” is missing under “${above.title}”.` }
      : { zh: `缺少“${title}”部分。`, en: `The section “${title}” is missing.` },
    suggestion: title,
  }
}

function misplaced(found: SectionView, { title }: TemplateSection, before: SectionView): Hit {
  return {
    where: { sectionId: found.id },
    message: {
      zh: `“${title}”应在“${shorten(before.title)}”之后。`,
      en: `“${title}” belongs after “${shorten(before.title)}”.`,
    },
  }
}

/** Nothing at all below the heading. A leaf indicator without words is TXT-13. */
function isEmpty(section: SectionView): boolean {
  if (section.children.length > 0 || (section.templateSection && !textKinds.has(section.templateSection.kind)))
    return false
  if (section.indicatorId !== null && section.templateSection === null) return false
  return paragraphsBelow(section).every(({ typed }) => typed.trim() === '')
}

function emptyHit(section: SectionView): Hit {
  const title = shorten(section.title === '' ? bareTitle(section.section.title.text) : section.title)
  return {
    where: { sectionId: section.id },
    message: {
      zh: title === '' ? '有一个没有标题和内容的部分。' : `“${title}”部分没有内容。`,
      en: title === '' ? 'A section has neither title nor text.' : `The section “${title}” is empty.`,
    },
  }
}

const documentNumber = /([一-龥]{1,10})[[［【(（]\s?((?:19|20)\d{2})\s?[\]］】)）]\s?(第?\d{1,5})\s?号/g
/** Ends what stands before the short name of the authority. */
const leadIn = /^.*(?:按照|根据|依据|依照|遵照|印发|关于|文件|下发|转发|执行|落实|以及|及|和|与|的|按|由|经|以)/

function documentNumbers(paragraph: Paragraph): readonly Hit[] {
  if (!paragraph.plain.includes('号')) return []
  return [...paragraph.plain.replaceAll(FIELD_CHAR, '\u0000').matchAll(documentNumber)].map((match) => {
    const before = match[1] ?? ''
    const issuer = before.replace(leadIn, '') || before
    const start = match.index + before.length - issuer.length
    return {
      where: { ...placeOf(paragraph), quote: paragraph.typed.slice(start, match.index + match[0].length) },
      message: {
        zh: '发文字号的年份应使用六角括号。',
        en: 'The year of a document number stands in hexagonal brackets 〔〕.',
      },
      suggestion: `${issuer}〔${match[2]}〕${match[3]}号`,
    }
  })
}
