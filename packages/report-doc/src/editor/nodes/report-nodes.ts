import { ListItemNode, ListNode } from '@lexical/list'
import { HeadingNode, QuoteNode } from '@lexical/rich-text'
import { TableCellNode, TableNode, TableRowNode } from '@lexical/table'
import type { Klass, LexicalNode } from 'lexical'
import { FactFieldNode } from './fact-field-node.ts'
import { ScoreFieldNode } from './score-field-node.ts'
import { SectionHeadingNode } from './section-heading-node.ts'

/**
 * Number of the document layout: node types, their properties, root and key names. A program built for another number
 * must not open the document, because an editor that does not know a node would lose it.
 */
export const LAYOUT_VERSION = 1

/** Every node class a report may contain; paragraphs, text, line breaks and tabs are built into Lexical. */
export const REPORT_NODES: readonly Klass<LexicalNode>[] = [
  SectionHeadingNode,
  ScoreFieldNode,
  FactFieldNode,
  ListNode,
  ListItemNode,
  TableNode,
  TableRowNode,
  TableCellNode,
  HeadingNode,
  QuoteNode,
]
