import { FIELD_CHAR } from '@gongping/scoring'
import * as Y from 'yjs'
import { createBlockIds } from './block-ids.ts'
import { narrativeRoot, parseBlock } from './read-narrative.ts'

/** One shared text in the order of reading. */
export interface TextRun {
  readonly text: Y.XmlText
  /** As long as `text`; anything in it that is no text counts as one field character. */
  readonly content: string
  /** Where it begins in the flat text. */
  readonly at: number
  /** The heading it stands under or in; null above the first heading. */
  readonly sectionId: string | null
  /** The block or heading it stands in, as findings and outline name it; null where nothing has an id. */
  readonly blockId: string | null
}

export interface FlatText {
  /** The whole text with a field character for every field and a newline between blocks. UTF-16, no half pairs, no NUL. */
  readonly text: string
  readonly runs: readonly TextRun[]
}

/** Lays the text of a report out in one line, so that places in it can be compared. Never throws. */
export function flattenNarrative(doc: Y.Doc): FlatText {
  const runs: TextRun[] = []
  const pieces: string[] = []
  let length = 0
  let isBroken = false
  const write = (piece: string) => {
    pieces.push(piece)
    length += piece.length
  }
  const writeInline = (piece: string) => {
    if (isBroken && length > 0) write('\n')
    isBroken = false
    write(piece)
  }
  const walk = (node: unknown, place: Pick<TextRun, 'sectionId' | 'blockId'>, depth: number) => {
    if (depth > MAX_DEPTH) return
    if (node instanceof Y.XmlText) {
      const content = contentOf(node)
      if (isBroken && content !== '' && length > 0) writeInline('')
      runs.push({ text: node, content, at: length, ...place })
      if (content !== '') writeInline(content)
      return
    }
    if (!(node instanceof Y.XmlElement)) return
    if (node.nodeName === 'linebreak') return writeInline('\n')
    if (FIELDS.has(node.nodeName)) return writeInline(FIELD_CHAR)
    isBroken = true
    for (const child of node.toArray()) walk(child, place, depth + 1)
    isBroken = true
  }

  const ids = createBlockIds()
  let sectionId: string | null = null
  for (const node of narrativeRoot(doc)?.toArray() ?? []) {
    const [parsed] = parseBlock(node)
    let blockId: string | null = null
    if (parsed?.type === 'heading') blockId = sectionId = ids.heading(parsed.level).id
    else if (parsed) {
      blockId = ids.block({ isBlank: parsed.type === 'paragraph' && parsed.text.trim() === '' })?.id ?? null
    }
    walk(node, { sectionId, blockId }, 0)
    isBroken = true
  }
  return { text: pieces.join(''), runs }
}

const FIELDS = new Set(['score-field', 'fact-field'])
const MAX_DEPTH = 40

/** Positions in it are positions in the shared text, which `toString` does not promise. */
function contentOf(text: Y.XmlText): string {
  let content = ''
  for (let item = text._start; item !== null; item = item.right) {
    if (item.deleted || !item.countable) continue
    content += item.content instanceof Y.ContentString ? item.content.str : FIELD_CHAR.repeat(item.length)
  }
  return content.replaceAll('\0', '\uFFFD').toWellFormed()
}
