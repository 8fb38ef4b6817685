import { ListItemNode, ListNode } from '@lexical/list'
import { HeadingNode, QuoteNode } from '@lexical/rich-text'
import { TableCellNode, TableNode, TableRowNode } from '@lexical/table'
import { type BindingV2, type Provider, createBindingV2__EXPERIMENTAL } from '@lexical/yjs'
import { type Klass, type LexicalEditor, type LexicalNode, ParagraphNode, TabNode, TextNode } from 'lexical'
import type * as Y from 'yjs'
import { ROOTS } from '../../layout.ts'
import { SectionHeadingNode } from '../nodes/section-heading-node.ts'

/** Ties an editor to the text of a report. It does not load the document. */
export function createReportBinding(editor: LexicalEditor, doc: Y.Doc): BindingV2 {
  return createBindingV2__EXPERIMENTAL(editor, ROOTS.body, doc, new Map([[ROOTS.body, doc]]), {
    rootName: ROOTS.body,
    excludedProperties: NOT_SHARED,
  })
}

/** For syncing without anybody watching: on the server, and while the text is written into a new document. */
export const SILENT_PROVIDER: Provider = {
  awareness: {
    getLocalState: () => null,
    getStates: () => new Map(),
    on: () => {},
    off: () => {},
    setLocalState: () => {},
    setLocalStateField: () => {},
  },
  connect: () => {},
  disconnect: () => {},
  on: () => {},
  off: () => {},
}

/** Free CSS never travels: it would let one member restyle, or load pictures into, what another one sees. */
const CSS_PROPERTIES = new Set(['__style', '__textStyle'])
const STYLED: readonly Klass<LexicalNode>[] = [
  TextNode,
  TabNode,
  ParagraphNode,
  SectionHeadingNode,
  HeadingNode,
  QuoteNode,
  ListNode,
  ListItemNode,
  TableNode,
  TableRowNode,
  TableCellNode,
]
const NOT_SHARED = new Map(STYLED.map((klass) => [klass, CSS_PROPERTIES]))
