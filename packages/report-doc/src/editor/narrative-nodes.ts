import { type Block, FIELD_CHAR, type FieldRef, type Line, type Narrative, type Section } from '@gongping/scoring'
import { $createListItemNode, $createListNode } from '@lexical/list'
import { $createTableCellNode, $createTableNode, $createTableRowNode } from '@lexical/table'
import {
  $createLineBreakNode,
  $createParagraphNode,
  $createTabNode,
  $createTextNode,
  type ElementNode,
  type LexicalNode,
} from 'lexical'
import { LOOSE_SECTION } from '../block-ids.ts'
import { cleanProse, cleanText } from '../clean-text.ts'
import { $createFactFieldNode } from './nodes/fact-field-node.ts'
import { $createScoreFieldNode } from './nodes/score-field-node.ts'
import { $createSectionHeadingNode, toSectionLevel } from './nodes/section-heading-node.ts'

/** The editor nodes of a narrative, never none: an editor without a block cannot be typed into. */
export function $createNarrativeNodes({ sections }: Narrative): ElementNode[] {
  const nodes = sections.flatMap($createSection)
  return nodes.length > 0 ? nodes : [$createParagraphNode()]
}

function $createSection(section: Section): ElementNode[] {
  const { id, level, indicatorId, title, blocks, children } = section
  const heading = $createSectionHeadingNode({ level: toSectionLevel(level), indicatorId }).append(...$createLine(title))
  return [
    ...(id === LOOSE_SECTION ? [] : [heading]),
    ...blocks.flatMap($createBlock),
    ...children.flatMap($createSection),
  ]
}

function $createBlock(block: Block): ElementNode[] {
  switch (block.type) {
    case 'paragraph':
      return [$createParagraphNode().append(...$createLine(block))]
    case 'list': {
      const items = block.items.map((item) => $createListItemNode().append(...$createLine(item)))
      return items.length === 0 ? [] : [$createListNode(block.ordered ? 'number' : 'bullet').append(...items)]
    }
    case 'table': {
      const columns = Math.max(0, ...block.rows.map((row) => row.length))
      if (columns === 0) return []
      const rows = block.rows.map((row) => $createTableRowNode().append(...$createCells(row, columns)))
      return [$createTableNode().append(...rows)]
    }
  }
}

/** A row is filled up to the width of its table: a ragged table cannot be selected. */
function $createCells(row: readonly Line[], columns: number): ElementNode[] {
  return Array.from({ length: columns }, (_, column) => {
    const line = row[column] ?? { text: '', fields: [] }
    return $createTableCellNode().append($createParagraphNode().append(...$createLine(line)))
  })
}

const PIECES = new RegExp(`([${FIELD_CHAR}\n\t])`)

function $createLine({ text, fields }: Line): LexicalNode[] {
  const rest = [...fields]
  // The characters that stand for fields are told apart from those that were typed before the text is cleaned.
  return text
    .split(FIELD_CHAR)
    .flatMap((part, index) => (index === 0 ? [cleanProse(part)] : [FIELD_CHAR, cleanProse(part)]))
    .flatMap((part) => part.split(PIECES))
    .filter((piece) => piece !== '')
    .map((piece) => {
      if (piece === '\n') return $createLineBreakNode()
      if (piece === '\t') return $createTabNode()
      if (piece !== FIELD_CHAR) return $createTextNode(piece)
      const field = rest.shift()
      return field === undefined ? $createTextNode('\uFFFD') : $createField(field)
    })
}

function $createField(field: FieldRef): LexicalNode {
  if (field.kind === 'fact') return $createFactFieldNode(cleanText(field.key))
  const indicatorId = field.indicatorId === null ? null : cleanText(field.indicatorId)
  return $createScoreFieldNode({ ...field, indicatorId })
}
