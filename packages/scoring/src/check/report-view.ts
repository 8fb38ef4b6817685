import { dataFieldIndex, isBlank } from '../facts.ts'
import { FIELD_CHAR, type Block, type Line, type ScoreColumnId, type Section } from '../narrative.ts'
import { toHalfWidth } from '../number-text.ts'
import { type Answer, NO_ANSWER, type ReportData } from '../report-data.ts'
import { resolveLine } from '../resolve-line.ts'
import type { IndicatorScore, ReportScore } from '../score.ts'
import { indicatorIndex } from '../templates.ts'
import type { Indicator, IndicatorId, Template, TemplateSection } from '../template.ts'
import { trimClosing } from '../trim-closing.ts'
import { evaluationYear, type YearFound } from './dates.ts'
import type { Where } from './finding.ts'
import type { OpenReturnItem } from './open-return-item.ts'

export interface CheckInput {
  readonly template: Template
  readonly data: ReportData
  readonly score: ReportScore
  readonly context?: CheckContext
}
export interface CheckContext {
  /** State of the report. */
  readonly state?: string
  /** `YYYY-MM-DD`, for dates in the future. */
  readonly today?: string
  /** `YYYY-MM-DD`, last day to hand in. */
  readonly deadline?: string
  /** Points of a return that the filler has not answered, oldest first. */
  readonly openReturnItems?: readonly OpenReturnItem[]
}

/** One paragraph, list item or table cell. */
export interface Paragraph {
  readonly id: string
  readonly section: SectionView
  /** As typed, fields as FIELD_CHAR. Quotes are cut from here. */
  readonly typed: string
  /** `typed` with half-width digits; the same length, so that places agree. */
  readonly plain: string
  /** With half-width digits and the live values of the fields. */
  readonly shown: string
  readonly line: Line
}

export interface SectionView {
  readonly id: string
  readonly section: Section
  /** Without number, fields and closing punctuation. */
  readonly title: string
  readonly indicatorId: IndicatorId | null
  readonly parent: SectionView | null
  readonly children: readonly SectionView[]
  /** Its own, without those of its children. */
  readonly paragraphs: readonly Paragraph[]
  /** Place among all sections in reading order. */
  readonly position: number
  readonly templateSection: TemplateSection | null
}

/** What the rules look at: the report, its score and its text, prepared once. */
export interface ReportView {
  readonly template: Template
  readonly data: ReportData
  readonly score: ReportScore
  readonly context: CheckContext
  /** In reading order. */
  readonly sections: readonly SectionView[]
  readonly paragraphs: readonly Paragraph[]
  /** Typed on the cover or among the facts, else read out of the text. */
  readonly year: YearFound
  indicator(id: IndicatorId): Indicator | undefined
  scoreOf(indicator: Indicator, column: ScoreColumnId): IndicatorScore | undefined
  answerOf(indicator: Indicator, column: ScoreColumnId): Answer
  sectionOf(indicatorId: IndicatorId): SectionView | undefined
  /** The narrative section that stands for a section of the template. */
  findSection(section: TemplateSection): SectionView | undefined
  /** The sections of one purpose that are there. */
  purpose(purpose: NonNullable<TemplateSection['purpose']>): readonly SectionView[]
  /** The indicator and, where the text has one, its section. */
  place(indicatorId: IndicatorId): Where
  /** The label of a data field or of a table cell. */
  fieldLabel(key: string): string
}

export function viewReport({ template, data, score, context = {} }: CheckInput): ReportView {
  const index = indicatorIndex(template)
  const standIns = standInsOf(template)
  const sections: SectionView[] = []
  const show = (line: Line): string => toHalfWidth(resolveLine(line, template, score, data.facts))
  const add = (section: Section, parent: SectionView | null): SectionView => {
    const children: SectionView[] = []
    const paragraphs: Paragraph[] = []
    const title = bareTitle(section.title.text)
    const view: SectionView = {
      id: section.id,
      section,
      title,
      indicatorId: section.indicatorId,
      parent,
      children,
      paragraphs,
      position: sections.length,
      templateSection:
        (section.indicatorId === null ? standIns.byTitle.get(title) : standIns.byIndicator.get(section.indicatorId)) ??
        null,
    }
    sections.push(view)
    for (const block of section.blocks) {
      for (const line of linesOf(block)) {
        const plain = toHalfWidth(line.text)
        const shown = line.fields.length === 0 ? plain.replaceAll(FIELD_CHAR, '') : show(line)
        paragraphs.push({ id: block.id, section: view, typed: line.text, plain, shown, line })
      }
    }
    for (const child of section.children) children.push(add(child, view))
    return view
  }
  for (const section of data.narrative.sections) add(section, null)

  const byIndicator = new Map<IndicatorId, SectionView>()
  const byTemplateSection = new Map<TemplateSection, SectionView>()
  for (const view of sections) {
    if (view.indicatorId !== null && !byIndicator.has(view.indicatorId)) byIndicator.set(view.indicatorId, view)
    if (view.templateSection && !byTemplateSection.has(view.templateSection)) {
      byTemplateSection.set(view.templateSection, view)
    }
  }
  const paragraphs = sections.flatMap((section) => section.paragraphs)
  return {
    template,
    data,
    score,
    context,
    sections,
    paragraphs,
    year: evaluationYear(data, paragraphs),
    indicator: (id) => index.get(id),
    scoreOf: (indicator, column) => score[column].byIndicator.get(indicator.id),
    answerOf: (indicator, column) => data.columns[column].get(indicator.id) ?? NO_ANSWER,
    sectionOf: (id) => byIndicator.get(id),
    findSection: (section) => byTemplateSection.get(section),
    purpose: (purpose) => sections.filter((section) => section.templateSection?.purpose === purpose),
    place: (indicatorId) => {
      const section = byIndicator.get(indicatorId)
      return section ? { indicatorId, sectionId: section.id } : { indicatorId }
    },
    fieldLabel: (key) => fieldLabel(template, data, key),
  }
}

/** A section's paragraphs and those of all sections below it, in reading order. */
export function paragraphsBelow(section: SectionView): readonly Paragraph[] {
  return [...section.paragraphs, ...section.children.flatMap(paragraphsBelow)]
}

/** Where a paragraph is, with the indicator its section is about. */
export function placeOf(paragraph: Paragraph): Where {
  const { indicatorId, id } = paragraph.section
  return { ...(indicatorId === null ? {} : { indicatorId }), sectionId: id, paragraphId: paragraph.id }
}

/** The section or the nearest one above it that is about an indicator, as that indicator's id. */
export function nearestIndicator(section: SectionView): IndicatorId | null {
  for (let one: SectionView | null = section; one; one = one.parent) {
    if (one.indicatorId !== null) return one.indicatorId
  }
  return null
}

const scoreStatement = /该项指标(?:自评|审核|复核)?得[^，。；]{0,10}分[。.]?/g

/** The paragraphs that explain a leaf, bare score statements left out. */
export function explanationOf(section: SectionView | undefined): readonly Paragraph[] {
  if (!section) return []
  return paragraphsBelow(section).filter(({ typed }) => typed.replace(scoreStatement, '').trim() !== '')
}

function linesOf(block: Block): readonly Line[] {
  switch (block.type) {
    case 'paragraph':
      return [block]
    case 'list':
      return block.items
    case 'table':
      return block.rows.flat()
  }
}

/** Numbers at the start, fields and closing punctuation say nothing about which section it is. */
export function bareTitle(text: string): string {
  const title = text
    .replaceAll(FIELD_CHAR, '')
    .replace(/\s/g, '')
    .replace(/^(?:[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,2}[.．、]|[①-⑳])/, '')
  return trimClosing(title, '。．.：:、，')
}

interface StandIns {
  readonly byTitle: ReadonlyMap<string, TemplateSection>
  readonly byIndicator: ReadonlyMap<IndicatorId, TemplateSection>
}
const standInsByTemplate = new WeakMap<Template, StandIns>()

/** The template's sections by what a narrative section is recognised by: its indicator, else its title. */
function standInsOf(template: Template): StandIns {
  const known = standInsByTemplate.get(template)
  if (known) return known
  const byTitle = new Map<string, TemplateSection>()
  const byIndicator = new Map<IndicatorId, TemplateSection>()
  for (const section of flatten(template.sections)) {
    byTitle.set(bareTitle(section.title), section)
    if (section.indicatorId !== null) byIndicator.set(section.indicatorId, section)
  }
  const standIns = { byTitle, byIndicator }
  standInsByTemplate.set(template, standIns)
  return standIns
}

function flatten(sections: readonly TemplateSection[]): readonly TemplateSection[] {
  return sections.flatMap((section) => [section, ...flatten(section.children)])
}

function fieldLabel(template: Template, data: ReportData, key: string): string {
  const fields = dataFieldIndex(template)
  const whole = fields.get(key)
  if (whole) return whole.label
  const [table = '', row = '', column = ''] = key.split('.')
  const field = fields.get(table)
  if (!field) return key
  const item = data.facts.get(`${table}.${row}.item`)
  const rowLabel = isBlank(item) ? (field.rows.find((one) => one.key === row)?.label ?? row) : String(item)
  return `${field.label}“${rowLabel}”${field.columns.find((one) => one.key === column)?.label ?? column}`
}
