import {
  type Block,
  FIELD_CHAR,
  type Indicator,
  type IndicatorId,
  type Line,
  type Narrative,
  type Section,
  type Template,
  type TemplateSection,
} from '@gongping/scoring'

/**
 * The text of a fresh report: the template's sections, below them one heading for each indicator with its score, and
 * an empty paragraph to begin in under every heading without subheadings.
 */
export function templateNarrative(template: Template): Narrative {
  const outline = template.sections.map((section) => fromSection(template, section))
  return { sections: outline.map((entry, index) => toSection(entry, `s${index + 1}`, 1)) }
}

interface Entry {
  readonly title: Line
  readonly indicatorId: IndicatorId | null
  readonly children: readonly Entry[]
}

function fromSection(template: Template, section: TemplateSection): Entry {
  const { title, kind, indicatorId } = section
  const children = section.children.map((child) => fromSection(template, child))
  if (children.length > 0) return { title: titleOf(title, indicatorId), indicatorId, children }
  const below =
    kind === 'indicatorAnalysis'
      ? template.indicators
      : kind === 'indicatorGroup' && indicatorId !== null
        ? (findIndicator(template.indicators, indicatorId)?.children ?? [])
        : []
  return { title: titleOf(title, indicatorId), indicatorId, children: below.map(fromIndicator) }
}

const fromIndicator = ({ id, name, children }: Indicator): Entry => ({
  title: titleOf(name, id),
  indicatorId: id,
  children: children.map(fromIndicator),
})

const titleOf = (name: string, indicatorId: IndicatorId | null): Line =>
  indicatorId === null
    ? { text: name, fields: [] }
    : { text: name + FIELD_CHAR, fields: [{ kind: 'score', indicatorId, column: 'self', form: 'heading' }] }

function toSection({ title, indicatorId, children }: Entry, id: string, level: number): Section {
  const start: Block = { type: 'paragraph', id: `${id}.p1`, text: '', fields: [] }
  return {
    id,
    level: Math.min(level, 5),
    title,
    indicatorId,
    blocks: children.length === 0 ? [start] : [],
    children: children.map((child, index) => toSection(child, `${id}.${index + 1}`, level + 1)),
  }
}

function findIndicator(indicators: readonly Indicator[], id: IndicatorId): Indicator | undefined {
  for (const indicator of indicators) {
    const found = indicator.id === id ? indicator : findIndicator(indicator.children, id)
    if (found !== undefined) return found
  }
  return undefined
}
