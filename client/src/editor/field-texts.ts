import type { PaintedField } from '@gongping/report-doc/editor'
import {
  fieldText,
  formatPoints,
  indicatorIndex,
  dataFieldIndex,
  type FieldRef,
  type ReportData,
  type ReportScore,
  type Template,
} from '@gongping/scoring'
import type { editorWords } from './words.ts'

export interface FieldTextsInput {
  readonly template: Template
  readonly data: ReportData
  readonly score: ReportScore
  readonly words: (typeof editorWords)['zh']
}

/** What a field in the text shows on the screen. On paper a heading field reads （4分，自评得3分）; here it is a chip. */
export function paintField(ref: FieldRef, { template, data, score, words }: FieldTextsInput): PaintedField {
  if (ref.kind === 'fact') {
    const name = dataFieldIndex(template).get(ref.key)?.label ?? words.unknownField
    const text = fieldText(ref, template, score, data.facts)
    return { text, title: words.factTitle({ name }), state: text === words.missing ? 'missing' : 'set' }
  }
  const indicator = ref.indicatorId === null ? undefined : indicatorIndex(template).get(ref.indicatorId)
  if (ref.indicatorId !== null && indicator === undefined) {
    return { text: words.missing, title: words.unknownField, state: 'missing' }
  }
  const name = indicator?.name ?? words.total
  const title = words.chipTitle({ name })
  if (ref.form !== 'heading') {
    const text = fieldText(ref, template, score, data.facts)
    return { text, title, state: text === words.missing ? 'missing' : 'set' }
  }
  const column = score[ref.column]
  const points = indicator ? (column.byIndicator.get(indicator.id)?.score ?? null) : column.total
  const isLeaf = indicator !== undefined && indicator.children.length === 0
  const label = isLeaf || ref.column !== 'self' ? `${words.column[ref.column]} ` : ''
  const text = `${label}${points === null ? words.missing : formatPoints(points)}`
  const tail = words.ofWeight({ weight: formatPoints(indicator?.weight ?? template.totalWeight) })
  const onPaper = fieldText(ref, template, score, data.facts)
  return { text, tail, onPaper, title, state: points === null ? 'missing' : 'set' }
}
