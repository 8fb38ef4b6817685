import type { Part } from '@gongping/permissions'
import {
  type Answer,
  type Indicator,
  type IndicatorId,
  NO_ANSWER,
  type Narrative,
  type ReportData,
  type Template,
} from '@gongping/scoring'
import { $getRoot } from 'lexical'
import * as Y from 'yjs'
import { cleanText } from '../clean-text.ts'
import { syncLocalUpdate } from '../editor/collaboration/local-sync.ts'
import { SILENT_PROVIDER, createReportBinding } from '../editor/collaboration/yjs-binding.ts'
import { createHeadlessEditor } from '../editor/headless-editor.ts'
import { $createNarrativeNodes } from '../editor/narrative-nodes.ts'
import {
  type ColumnPart,
  OVERALL,
  ROOTS,
  answerRoot,
  bandKey,
  evidenceKey,
  measureKey,
  opinionKey,
  overallOpinionKey,
  reasonKey,
  scoreKey,
  textKeys,
} from '../layout.ts'
import { templateNarrative } from './template-narrative.ts'

/**
 * The four documents of a new report as Yjs updates (V1 encoding), each to be stored once as row 0 of its log. Given
 * data is taken over exactly; without a narrative the text is the template's outline. Seeding a document twice would
 * double its content.
 */
export function seedReport({
  template,
  data = {},
}: {
  template: Template
  data?: Partial<ReportData>
}): Record<Part, Uint8Array> {
  return {
    narrative: seedNarrative(data.narrative ?? templateNarrative(template)),
    self: seedColumn('self', template, data),
    department: seedColumn('department', template, data),
    finance: seedColumn('finance', template, data),
  }
}

function seedNarrative(narrative: Narrative): Uint8Array {
  return encoded((doc) => {
    const editor = createHeadlessEditor()
    const binding = createReportBinding(editor, doc)
    const stop = editor.registerUpdateListener((payload) => {
      syncLocalUpdate(binding, SILENT_PROVIDER, payload)
    })
    editor.update(() => $getRoot().append(...$createNarrativeNodes(narrative)), { discrete: true })
    stop()
  })
}

function seedColumn(part: ColumnPart, template: Template, data: Partial<ReportData>): Uint8Array {
  return encoded((doc) => {
    if (part === 'self') {
      for (const [key, text] of data.cover ?? []) doc.getMap(ROOTS.cover).set(cleanText(key), cleanText(text))
      for (const [key, fact] of data.facts ?? []) doc.getMap(ROOTS.facts).set(cleanText(key), cleanFact(fact))
    }
    const answers = data.columns?.[part] ?? new Map<IndicatorId, Answer>()
    const root = doc.getMap(answerRoot(part))
    for (const id of new Set([
      ...template.indicators.flatMap(idsOf),
      ...answers.keys(),
      ...(data.evidence?.keys() ?? []),
    ])) {
      if (id !== OVERALL) putAnswer({ root, part, id, answer: answers.get(id) ?? NO_ANSWER, data })
    }
    if (part !== 'self') root.set(overallOpinionKey, textType(answers.get(OVERALL)?.opinion ?? ''))
  })
}

function putAnswer({
  root,
  part,
  id,
  answer,
  data,
}: {
  root: Y.Map<unknown>
  part: ColumnPart
  id: IndicatorId
  answer: Answer
  data: Partial<ReportData>
}) {
  const evidence = part === 'self' ? (data.evidence?.get(id) ?? []) : []
  const texts = {
    [reasonKey(id)]: answer.reason,
    [measureKey(id)]: answer.measure,
    [opinionKey(id)]: answer.opinion,
    [evidenceKey(id)]: evidence.map(({ name }) => name).join('\n'),
  }
  const own = textKeys(part, id)
  for (const [key, text] of Object.entries(texts)) {
    // Nothing given is left out, even where this part has no such field.
    if (own.includes(key) || text !== '') root.set(key, textType(text))
  }
  const score = answer.score ?? answer.invalid
  if (score !== undefined) root.set(scoreKey(id), typeof score === 'string' ? cleanText(score) : score)
  if (answer.band !== null) root.set(bandKey(id), cleanText(answer.band))
}

const idsOf = ({ id, children }: Indicator): IndicatorId[] => [id, ...children.flatMap(idsOf)]

const textType = (text: string) => new Y.Text(cleanText(text))

const cleanFact = (fact: number | string) => (typeof fact === 'string' ? cleanText(fact) : fact)

function encoded(fill: (doc: Y.Doc) => void): Uint8Array {
  const doc = new Y.Doc()
  doc.transact(() => fill(doc))
  const update = Y.encodeStateAsUpdate(doc)
  doc.destroy()
  return update
}
