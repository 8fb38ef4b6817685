import { $createFactFieldNode, $createScoreFieldNode } from '@gongping/report-doc/editor'
import type { FieldRef, ScoreColumnId, Template } from '@gongping/scoring'
import { $insertNodes, type LexicalEditor } from 'lexical'

/** One thing the insert menu offers. */
export interface FieldChoice {
  readonly ref: FieldRef
  readonly name: string
  /** Depth in the menu, from 0. */
  readonly depth: number
}

export function scoreChoices(
  template: Template,
  column: ScoreColumnId,
  names: { total: string; grade: string },
): readonly FieldChoice[] {
  const choices: FieldChoice[] = [
    { ref: { kind: 'score', indicatorId: null, column, form: 'score' }, name: names.total, depth: 0 },
    { ref: { kind: 'score', indicatorId: null, column, form: 'grade' }, name: names.grade, depth: 0 },
  ]
  const visit = (indicators: Template['indicators'], depth: number) => {
    for (const indicator of indicators) {
      choices.push({
        ref: { kind: 'score', indicatorId: indicator.id, column, form: 'score' },
        name: indicator.name,
        depth,
      })
      visit(indicator.children, depth + 1)
    }
  }
  visit(template.indicators, 0)
  return choices
}

export function factChoices(template: Template): readonly FieldChoice[] {
  return template.dataFields
    .filter((field) => field.type !== 'table' && !field.perRow)
    .map((field) => ({ ref: { kind: 'fact', key: field.key }, name: field.label, depth: 0 }))
}

export function insertField(editor: LexicalEditor, ref: FieldRef): void {
  editor.update(() => {
    $insertNodes([ref.kind === 'fact' ? $createFactFieldNode(ref.key) : $createScoreFieldNode(ref)])
  })
}
