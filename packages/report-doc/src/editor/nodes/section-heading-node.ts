import {
  $applyNodeReplacement,
  $createParagraphNode,
  type DOMConversionMap,
  type DOMExportOutput,
  type EditorConfig,
  ElementNode,
  type LexicalEditor,
  type LexicalNode,
  type LexicalUpdateJSON,
  type ParagraphNode,
  type RangeSelection,
  type SerializedElementNode,
  type Spread,
} from 'lexical'
import { sectionNumber } from '../../section-number.ts'

/** Depth of a heading: 一、 is 1, （一） 2, 1. 3, （1） 4, ① 5. */
export const SECTION_LEVELS = [1, 2, 3, 4, 5] as const
export type SectionLevel = (typeof SECTION_LEVELS)[number]

export type SerializedSectionHeadingNode = Spread<
  { level: SectionLevel; indicatorId: string | null },
  SerializedElementNode
>

/**
 * A numbered heading. Its number is not part of the text: style sheets count the class names `section-heading level-N`.
 * Level and indicator are properties, so changing them keeps what others type in the heading meanwhile.
 */
export class SectionHeadingNode extends ElementNode {
  __level: SectionLevel
  __indicatorId: string | null

  constructor() {
    super()
    this.__level = 1
    this.__indicatorId = null
  }

  $config() {
    return this.config('section', { extends: ElementNode, importDOM: importHeadings })
  }

  override afterCloneFrom(previous: this): void {
    super.afterCloneFrom(previous)
    this.__level = previous.__level
    this.__indicatorId = previous.__indicatorId
  }

  getLevel(): SectionLevel {
    return toSectionLevel(this.getLatest().__level)
  }

  setLevel(level: SectionLevel): this {
    const self = this.getWritable()
    self.__level = toSectionLevel(level)
    return self
  }

  getIndicatorId(): string | null {
    return this.getLatest().__indicatorId
  }

  setIndicatorId(indicatorId: string | null): this {
    const self = this.getWritable()
    self.__indicatorId = indicatorId
    return self
  }

  override createDOM(_config: EditorConfig): HTMLElement {
    const level = toSectionLevel(this.__level)
    const element = document.createElement(`h${level + 1}`)
    element.className = `section-heading level-${level}`
    element.ariaLevel = String(level + 1)
    element.dataset['level'] = String(level)
    showIndicator(element, this.__indicatorId)
    return element
  }

  override updateDOM(previous: this, element: HTMLElement): boolean {
    if (toSectionLevel(previous.__level) !== toSectionLevel(this.__level)) return true
    if (previous.__indicatorId !== this.__indicatorId) showIndicator(element, this.__indicatorId)
    return false
  }

  /** What is copied out has its number as text: no other program counts as ours does. */
  override exportDOM(editor: LexicalEditor): DOMExportOutput {
    const exported = super.exportDOM(editor)
    if (exported.element instanceof HTMLElement)
      exported.element.prepend(sectionNumber(this.getLevel(), this.#position()))
    return exported
  }

  /** Among the headings of its level since one above it, from 1. */
  #position(): number {
    let position = 1
    for (let before = this.getPreviousSibling(); before !== null; before = before.getPreviousSibling()) {
      if (!$isSectionHeadingNode(before)) continue
      if (before.getLevel() < this.getLevel()) break
      if (before.getLevel() === this.getLevel()) position++
    }
    return position
  }

  override exportJSON(): SerializedSectionHeadingNode {
    return { ...super.exportJSON(), level: this.getLevel(), indicatorId: this.getIndicatorId() }
  }

  override updateFromJSON(json: LexicalUpdateJSON<SerializedSectionHeadingNode>): this {
    const { level, indicatorId } = json
    const known = typeof indicatorId === 'string' ? indicatorId : null
    return super.updateFromJSON(json).setLevel(toSectionLevel(level)).setIndicatorId(known)
  }

  /** Enter: text follows a heading; only a heading cut in two goes on as a heading. */
  override insertNewAfter(selection: RangeSelection, restoreSelection = true): ParagraphNode | SectionHeadingNode {
    const last = this.getLastDescendant()
    const { anchor } = selection
    const isAtEnd =
      last === null ||
      (anchor.key === last.getKey() && anchor.offset === last.getTextContentSize()) ||
      (anchor.key === this.getKey() && anchor.offset === this.getChildrenSize())
    const next = isAtEnd ? $createParagraphNode() : $createSectionHeadingNode({ level: this.getLevel() })
    next.setDirection(this.getDirection())
    this.insertAfter(next, restoreSelection)
    return next
  }

  /** Backspace at the start of a heading makes it a paragraph. */
  override collapseAtStart(): true {
    const paragraph = $createParagraphNode()
    paragraph.setFormat(this.getFormatType())
    this.replace(paragraph, true)
    return true
  }

  override extractWithChild(): boolean {
    return true
  }
}

export function $createSectionHeadingNode(
  props: { level?: SectionLevel; indicatorId?: string | null } = {},
): SectionHeadingNode {
  const { level = 1, indicatorId = null } = props
  return $applyNodeReplacement(new SectionHeadingNode()).setLevel(level).setIndicatorId(indicatorId)
}

export const $isSectionHeadingNode = (node: LexicalNode | null | undefined): node is SectionHeadingNode =>
  node instanceof SectionHeadingNode

/** Any value becomes a level: documents and the clipboard are written by others. */
export function toSectionLevel(value: unknown): SectionLevel {
  return SECTION_LEVELS.find((level) => level === value) ?? (typeof value === 'number' && value > 5 ? 5 : 1)
}

function showIndicator(element: HTMLElement, indicatorId: string | null) {
  if (typeof indicatorId === 'string') element.dataset['indicator'] = indicatorId
  else delete element.dataset['indicator']
}

/** A heading of ours carries its level; for any other page h1 is the highest. */
export function headingLevelOf(element: HTMLElement): SectionLevel {
  return headingLevelOfTag(`h${element.dataset['level'] ?? element.tagName.slice(1)}`)
}

/** h1 is level 1, h6 is level 5 like h5. */
export const headingLevelOfTag = (tag: string): SectionLevel => toSectionLevel(Number(tag.slice(1)))

const importHeading = () => ({
  conversion: (element: HTMLElement) => ({ node: $createSectionHeadingNode({ level: headingLevelOf(element) }) }),
  priority: 1 as const,
})
const importHeadings: DOMConversionMap = {
  h1: importHeading,
  h2: importHeading,
  h3: importHeading,
  h4: importHeading,
  h5: importHeading,
  h6: importHeading,
}
