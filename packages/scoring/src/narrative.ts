import type { IndicatorId } from './template.ts'

/** Stands in a text for a field, one character per field, in the order of `fields`. */
export const FIELD_CHAR = '\uFFFC'

/**
 * A live number in the text. `heading` prints （4分，自评得3分）, `score` the bare points, `grade` the grade's name.
 * `indicatorId` is null for the total of the column.
 */
export interface ScoreFieldRef {
  readonly kind: 'score'
  readonly indicatorId: IndicatorId | null
  readonly column: ScoreColumnId
  readonly form: 'heading' | 'score' | 'grade'
}
/** A typed fact in the text, e.g. the budget. `key` is a data field of the template. */
export interface FactFieldRef {
  readonly kind: 'fact'
  readonly key: string
}
export type FieldRef = ScoreFieldRef | FactFieldRef

export const SCORE_COLUMNS = ['self', 'department', 'finance'] as const
export type ScoreColumnId = (typeof SCORE_COLUMNS)[number]

/** A run of text with its fields. Formatting is not part of the narrative. */
export interface Line {
  readonly text: string
  readonly fields: readonly FieldRef[]
}

export type Block =
  | ({ readonly type: 'paragraph'; readonly id: string } & Line)
  | { readonly type: 'list'; readonly id: string; readonly ordered: boolean; readonly items: readonly Line[] }
  | { readonly type: 'table'; readonly id: string; readonly rows: readonly (readonly Line[])[] }

/**
 * One heading and what stands under it. Numbers (一、（一）1.（1）①) follow from the position and are not stored.
 * Ids follow from the position too: sections `s4.1`, their blocks `s4.1.p2`.
 */
export interface Section {
  readonly id: string
  /** 1 to 5, the depth: 一、 is 1, ① is 5. */
  readonly level: number
  readonly title: Line
  /** The indicator this heading is about, or null. */
  readonly indicatorId: IndicatorId | null
  readonly blocks: readonly Block[]
  readonly children: readonly Section[]
}

/** The text of a report as plain data: what is read from the editor's document and what a new document is seeded with. */
export interface Narrative {
  readonly sections: readonly Section[]
}
