import { SCORE_COLUMNS, type ScoreColumnId, type ScoreFieldRef } from '@gongping/scoring'
import {
  $applyNodeReplacement,
  type DOMExportOutput,
  DecoratorNode,
  type LexicalNode,
  type LexicalUpdateJSON,
  type SerializedLexicalNode,
  type Spread,
} from 'lexical'
import { $paintedText } from './painted-text.ts'

export type ScoreFieldForm = ScoreFieldRef['form']
export const SCORE_FIELD_FORMS: readonly ScoreFieldForm[] = ['heading', 'score', 'grade']

export type SerializedScoreFieldNode = Spread<
  { indicatorId: string | null; column: ScoreColumnId; form: ScoreFieldForm },
  SerializedLexicalNode
>

/** A number of the score table in the text. It holds what it is bound to; a field painter puts the number in. */
export class ScoreFieldNode extends DecoratorNode<null> {
  __indicatorId: string | null
  __column: ScoreColumnId
  __form: ScoreFieldForm

  constructor() {
    super()
    this.__indicatorId = null
    this.__column = 'self'
    this.__form = 'score'
  }

  $config() {
    return this.config('score-field', { extends: DecoratorNode })
  }

  override afterCloneFrom(previous: this): void {
    super.afterCloneFrom(previous)
    this.__indicatorId = previous.__indicatorId
    this.__column = previous.__column
    this.__form = previous.__form
  }

  /** Whatever stands in the document, the result is a valid reference. */
  getRef(): ScoreFieldRef {
    const { __indicatorId, __column, __form } = this.getLatest()
    return {
      kind: 'score',
      indicatorId: typeof __indicatorId === 'string' ? __indicatorId : null,
      column: SCORE_COLUMNS.find((name) => name === __column) ?? 'self',
      form: SCORE_FIELD_FORMS.find((name) => name === __form) ?? 'score',
    }
  }

  setRef({ indicatorId, column, form }: Omit<ScoreFieldRef, 'kind'>): this {
    const self = this.getWritable()
    self.__indicatorId = indicatorId
    self.__column = column
    self.__form = form
    return self
  }

  override createDOM(): HTMLElement {
    const element = document.createElement('span')
    element.className = 'score-field'
    this.#show(element)
    return element
  }

  override updateDOM(_previous: this, element: HTMLElement): boolean {
    this.#show(element)
    return false
  }

  override exportDOM(): DOMExportOutput {
    const element = this.createDOM()
    element.textContent = this.getTextContent()
    return { element }
  }

  override exportJSON(): SerializedScoreFieldNode {
    const { indicatorId, column, form } = this.getRef()
    return { ...super.exportJSON(), indicatorId, column, form }
  }

  override updateFromJSON(json: LexicalUpdateJSON<SerializedScoreFieldNode>): this {
    const self = super.updateFromJSON(json).setRef(json)
    return self.setRef(self.getRef())
  }

  override getTextContent(): string {
    return $paintedText(this.getRef())
  }

  override decorate(): null {
    return null
  }

  override isInline(): true {
    return true
  }

  #show(element: HTMLElement) {
    const { indicatorId, column, form } = this.getRef()
    if (indicatorId === null) delete element.dataset['indicator']
    else element.dataset['indicator'] = indicatorId
    element.dataset['column'] = column
    element.dataset['form'] = form
  }
}

export function $createScoreFieldNode(ref: Omit<ScoreFieldRef, 'kind'>): ScoreFieldNode {
  return $applyNodeReplacement(new ScoreFieldNode()).setRef(ref)
}

export const $isScoreFieldNode = (node: LexicalNode | null | undefined): node is ScoreFieldNode =>
  node instanceof ScoreFieldNode
