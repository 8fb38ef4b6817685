import type { FactFieldRef } from '@gongping/scoring'
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

export type SerializedFactFieldNode = Spread<{ fact: string }, SerializedLexicalNode>

/** A typed fact in the text, e.g. the budget. It holds the key of the fact; a field painter puts the value in. */
export class FactFieldNode extends DecoratorNode<null> {
  __fact: string

  constructor() {
    super()
    this.__fact = ''
  }

  $config() {
    return this.config('fact-field', { extends: DecoratorNode })
  }

  override afterCloneFrom(previous: this): void {
    super.afterCloneFrom(previous)
    this.__fact = previous.__fact
  }

  /** Whatever stands in the document, the result is a valid reference. */
  getRef(): FactFieldRef {
    const { __fact } = this.getLatest()
    return { kind: 'fact', key: typeof __fact === 'string' ? __fact : '' }
  }

  setFact(key: string): this {
    const self = this.getWritable()
    self.__fact = key
    return self
  }

  override createDOM(): HTMLElement {
    const element = document.createElement('span')
    element.className = 'fact-field'
    element.dataset['fact'] = this.getRef().key
    return element
  }

  override updateDOM(_previous: this, element: HTMLElement): boolean {
    element.dataset['fact'] = this.getRef().key
    return false
  }

  override exportDOM(): DOMExportOutput {
    const element = this.createDOM()
    element.textContent = this.getTextContent()
    return { element }
  }

  override exportJSON(): SerializedFactFieldNode {
    return { ...super.exportJSON(), fact: this.getRef().key }
  }

  override updateFromJSON(json: LexicalUpdateJSON<SerializedFactFieldNode>): this {
    return super.updateFromJSON(json).setFact(typeof json.fact === 'string' ? json.fact : '')
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
}

export function $createFactFieldNode(key: string): FactFieldNode {
  return $applyNodeReplacement(new FactFieldNode()).setFact(key)
}

export const $isFactFieldNode = (node: LexicalNode | null | undefined): node is FactFieldNode =>
  node instanceof FactFieldNode
