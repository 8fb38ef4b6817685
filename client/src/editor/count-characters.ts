import { FIELD_CHAR, type Block, type Narrative, type Section } from '@gongping/scoring'

/** Characters without spaces, fields not counted. */
export function countCharacters({ sections }: Narrative): number {
  return sections.reduce((sum, section) => sum + ofSection(section), 0)
}

const ofSection = (section: Section): number =>
  ofText(section.title.text) +
  section.blocks.reduce((sum, block) => sum + ofBlock(block), 0) +
  section.children.reduce((sum, child) => sum + ofSection(child), 0)

function ofBlock(block: Block): number {
  switch (block.type) {
    case 'paragraph':
      return ofText(block.text)
    case 'list':
      return block.items.reduce((sum, item) => sum + ofText(item.text), 0)
    case 'table':
      return block.rows.flat().reduce((sum, cell) => sum + ofText(cell.text), 0)
  }
}

const BLANK = new RegExp(`[\\s${FIELD_CHAR}]`, 'gu')
const ofText = (text: string) => [...text.replace(BLANK, '')].length
