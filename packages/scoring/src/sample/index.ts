import sample from './sample-report.json' with { type: 'json' }
import { type Block, FIELD_CHAR, type Line, type Section } from '../narrative.ts'
import { type Answer, NO_ANSWER, type ReportData } from '../report-data.ts'
import type { IndicatorId } from '../template.ts'

/** A real self-evaluation of 2022, names and phones left out: the template it follows. */
export const SAMPLE_TEMPLATE_ID = sample.templateId

/** The sample as plain data. Facts hold only what the report states beyond doubt. */
export function sampleReport(): ReportData {
  return {
    cover: new Map([
      ['attachmentMark', sample.attachmentMark],
      ['title', sample.title],
      ['projectName', sample.cover.projectName],
      ['competentDepartment', sample.cover.competentDepartment],
      ['evaluationYear', ''],
      ['fillerName', sample.cover.fillerName],
      ['phone', sample.cover.phone],
      ['fillDate', sample.cover.fillDateRaw],
    ]),
    facts: sampleFacts(),
    columns: { self: sampleScores(), department: new Map(), finance: new Map() },
    narrative: { sections: (sample.sections as readonly RawSection[]).map((section) => toSection(section)) },
    evidence: new Map(),
  }
}

/** What a reviewer found in the sample, rule by rule, as the expected result of the rules. */
export function recordedFindings(): readonly RecordedFinding[] {
  return sample.findings as readonly RecordedFinding[]
}

export interface RecordedFinding {
  readonly ruleId: string
  readonly severity: string
  readonly where: Readonly<Record<string, unknown>>
  readonly message: string
  readonly suggestion?: string
}

interface RawSection {
  readonly id: string
  readonly level: number
  readonly title: string
  readonly indicatorId?: string
  readonly paragraphs?: readonly { readonly id: string; readonly text: string; readonly role?: string }[]
  readonly children?: readonly RawSection[]
}

function toSection(raw: RawSection): Section {
  const indicatorId = raw.indicatorId ?? null
  return {
    id: raw.id,
    level: raw.level,
    title: indicatorId === null ? plain(raw.title) : scoreLine(`${raw.title}${FIELD_CHAR}`, indicatorId, 'heading'),
    indicatorId,
    blocks: (raw.paragraphs ?? []).map((paragraph): Block => {
      const line =
        paragraph.role === 'scoreStatement' && indicatorId !== null
          ? scoreLine(`该项指标自评得${FIELD_CHAR}分。`, indicatorId, 'score')
          : plain(paragraph.text)
      return { type: 'paragraph', id: paragraph.id, ...line }
    }),
    children: (raw.children ?? []).map(toSection),
  }
}

function plain(text: string): Line {
  return { text, fields: [] }
}

function scoreLine(text: string, indicatorId: IndicatorId, form: 'heading' | 'score'): Line {
  return { text, fields: [{ kind: 'score', indicatorId, column: 'self', form }] }
}

/** Only what somebody wrote: a parent's score counts where its children have none. */
function sampleScores(): ReadonlyMap<IndicatorId, Answer> {
  const missing = new Set(
    sample.indicators.filter((one) => one.leaf && one.selfScore === null).map((one) => one.parent),
  )
  const scored = sample.indicators.filter((one) => one.selfScore !== null && (one.leaf || missing.has(one.id)))
  return new Map(scored.map((one) => [one.id, { ...NO_ANSWER, score: Math.round((one.selfScore ?? 0) * 100) }]))
}

/** The devices bought; places they went to are no output of the project. */
function sampleFacts(): ReadonlyMap<string, number | string> {
  const facts = new Map<string, number | string>()
  const devices = sample.facts.quantities.filter((quantity) => quantity.unit === '台')
  devices.forEach(({ item, unit, planned, actual }, at) => {
    const row = `outputs.${at + 1}`
    facts.set(`${row}.item`, item).set(`${row}.unit`, unit).set(`${row}.planned`, planned).set(`${row}.actual`, actual)
  })
  return facts
}
