import {
  type Answer,
  type Block,
  type Facts,
  type Finding,
  type FieldRef,
  NO_ANSWER,
  type ReportData,
  type ScoreColumnId,
  type Section,
  type Template,
  checkReport,
  findTemplate,
  leavesOf,
  scoreReport,
} from '../src/index.ts'
import { sampleReport } from '../src/sample/index.ts'

function getTemplate(id: string): Template {
  const template = findTemplate(id)
  if (!template) throw new Error(`no template ${id}`)
  return template
}

export const guangdong = getTemplate('guangdong-2022')
export const national = getTemplate('national-2020-10')

type Scores = Readonly<Record<string, number | Partial<Answer>>>

function answers(scores: Scores): ReadonlyMap<string, Answer> {
  return new Map(
    Object.entries(scores).map(([id, one]) => [
      id,
      { ...NO_ANSWER, ...(typeof one === 'number' ? { score: one } : one) },
    ]),
  )
}

/** Every leaf at its weight, in hundredths. */
export function fullMarks(template: Template): Record<string, number> {
  return Object.fromEntries(leavesOf(template).map((leaf) => [leaf.id, leaf.weight]))
}

interface Report {
  readonly self?: Scores
  readonly department?: Scores
  readonly finance?: Scores
  readonly facts?: Readonly<Record<string, number | string>>
}

export function aReport({ self = {}, department = {}, finance = {}, facts = {} }: Report = {}): ReportData {
  return {
    cover: new Map(),
    facts: new Map(Object.entries(facts)),
    columns: { self: answers(self), department: answers(department), finance: answers(finance) },
    narrative: { sections: [] },
    evidence: new Map(),
  }
}

/** The sample with changed self scores, facts, cover or paragraphs (by block id). */
export function aSample(
  change: {
    readonly scores?: Scores
    readonly column?: ScoreColumnId
    readonly facts?: Readonly<Record<string, number | string>>
    readonly cover?: Readonly<Record<string, string>>
    readonly paragraphs?: Readonly<
      Record<string, string | { readonly text: string; readonly fields: readonly FieldRef[] }>
    >
    readonly titles?: Readonly<Record<string, string>>
    readonly evidence?: ReportData['evidence']
  } = {},
): ReportData {
  const sample = sampleReport()
  const column = change.column ?? 'self'
  const rewrite = (section: Section): Section => ({
    ...section,
    title:
      section.id in (change.titles ?? {}) ? { text: change.titles?.[section.id] ?? '', fields: [] } : section.title,
    blocks: section.blocks.map((block): Block => {
      const text = change.paragraphs?.[block.id]
      if (text === undefined || block.type !== 'paragraph') return block
      return { ...block, ...(typeof text === 'string' ? { text, fields: [] } : text) }
    }),
    children: section.children.map(rewrite),
  })
  return {
    ...sample,
    cover: new Map([...sample.cover, ...Object.entries(change.cover ?? {})]),
    facts: new Map([...sample.facts, ...Object.entries(change.facts ?? {})]) as Facts,
    columns: { ...sample.columns, [column]: new Map([...sample.columns[column], ...answers(change.scores ?? {})]) },
    narrative: { sections: sample.narrative.sections.map(rewrite) },
    evidence: change.evidence ?? sample.evidence,
  }
}

export function findingsOf(data: ReportData, template: Template = guangdong): readonly Finding[] {
  return checkReport({ template, data, score: scoreReport(template, data) })
}

/** The Chinese messages of one rule. */
export function messagesOf(rule: string, data: ReportData, template: Template = guangdong): readonly string[] {
  return findingsOf(data, template)
    .filter((finding) => finding.rule === rule)
    .map((finding) => finding.message.zh)
}
