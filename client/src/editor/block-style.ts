import { $isSectionHeadingNode, type SectionLevel } from '@gongping/report-doc/editor'
import { $isListItemNode, $isListNode, type ListType } from '@lexical/list'
import { $findTableNode } from '@lexical/table'
import { $findMatchingParent } from '@lexical/utils'
import {
  $getSelection,
  $isElementNode,
  $isParagraphNode,
  $isRangeSelection,
  type ElementFormatType,
  type LexicalNode,
} from 'lexical'

/** What the toolbar shows for the place of the cursor. */
export interface BlockStyle {
  /** Null where styles do not apply, e.g. in a list or across different blocks. */
  readonly style: 'paragraph' | SectionLevel | null
  readonly list: ListType | null
  readonly align: ElementFormatType
  readonly bold: boolean
  readonly underline: boolean
  readonly inTable: boolean
}

export const NO_STYLE: BlockStyle = {
  style: null,
  list: null,
  align: '',
  bold: false,
  underline: false,
  inTable: false,
}

export function $readBlockStyle(): BlockStyle {
  const selection = $getSelection()
  if (!$isRangeSelection(selection)) return NO_STYLE
  const node = selection.anchor.getNode()
  const block = $findMatchingParent(node, $isStyledBlock)
  return {
    style: $isSectionHeadingNode(block) ? block.getLevel() : $isParagraphNode(block) ? 'paragraph' : null,
    list: $listTypeOf(block),
    align: $isElementNode(block) ? block.getFormatType() : '',
    bold: selection.hasFormat('bold'),
    underline: selection.hasFormat('underline'),
    inTable: $findTableNode(node) !== null,
  }
}

export function sameStyle(a: BlockStyle, b: BlockStyle): boolean {
  return (Object.keys(a) as (keyof BlockStyle)[]).every((key) => a[key] === b[key])
}

const $isStyledBlock = (node: LexicalNode): node is LexicalNode =>
  $isSectionHeadingNode(node) || $isListItemNode(node) || $isParagraphNode(node)

function $listTypeOf(block: LexicalNode | null): ListType | null {
  const list = $isListItemNode(block) ? block.getParent() : null
  return $isListNode(list) ? list.getListType() : null
}
