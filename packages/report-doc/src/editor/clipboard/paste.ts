import {
  $getSelection,
  $insertNodes,
  $isRangeSelection,
  COMMAND_PRIORITY_LOW,
  type ElementNode,
  type LexicalEditor,
  type LexicalNode,
  PASTE_COMMAND,
  PASTE_TAG,
  $addUpdateTag,
} from 'lexical'
import { readForeignPage } from './foreign-page.ts'
import { $nodesFromHtml } from './html-nodes.ts'

/** Inserts a foreign page at the caret, reduced to what a report can contain. Needs a DOM to parse with. */
export function $insertCleanHtml(html: string): void {
  const nodes = $nodesFromHtml(readForeignPage(html))
  if (nodes.length === 0 || $getSelection() === null) return
  $insertNodes($asInline(nodes) ?? nodes)
}

/**
 * Pastes pages of others cleanly. What was copied in an editor of ours goes Lexical's own way, which knows our nodes,
 * and so does plain text.
 */
export function registerCleanPaste(editor: LexicalEditor): () => void {
  return editor.registerCommand(
    PASTE_COMMAND,
    (event) => {
      const data = 'clipboardData' in event ? event.clipboardData : null
      if (!data || !$isRangeSelection($getSelection())) return false
      if (data.getData('application/x-lexical-editor') !== '') return false
      const html = data.getData('text/html')
      if (html === '') return false
      event.preventDefault()
      $addUpdateTag(PASTE_TAG)
      $insertCleanHtml(html)
      return true
    },
    COMMAND_PRIORITY_LOW,
  )
}

/** One pasted paragraph goes into the line the caret is in. */
function $asInline(nodes: readonly ElementNode[]): LexicalNode[] | null {
  const [only, ...others] = nodes
  return only !== undefined && others.length === 0 && only.getType() === 'paragraph' ? only.getChildren() : null
}
