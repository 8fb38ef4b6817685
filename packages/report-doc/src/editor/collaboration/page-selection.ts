import type { LexicalEditor } from 'lexical'

export interface PageSelection {
  /** Tells the editor where caret and selection are on the page, if the browser has not told it yet. */
  tell(): void
  destroy(): void
}

/**
 * Browsers tell of a moved caret or selection with the next frame only. Until then Lexical believes in the old one, and
 * an update in answer to an event, such as a message of a socket, would put it back.
 */
export function createPageSelection(editor: LexicalEditor): PageSelection {
  let page: Document | null = null
  let told: Ends | null = null
  const onTold = () => {
    told = page && readEnds(page)
  }
  const stopListening = editor._headless
    ? () => {}
    : editor.registerRootListener((root) => {
        if (root === null) return
        const { ownerDocument } = root
        page = ownerDocument
        ownerDocument.addEventListener('selectionchange', onTold)
        return () => {
          page = null
          ownerDocument.removeEventListener('selectionchange', onTold)
        }
      })

  return {
    tell() {
      if (page === null || areSame(told, readEnds(page))) return
      // As the browser will do it.
      page.dispatchEvent(new Event('selectionchange'))
    },
    destroy: stopListening,
  }
}

type Ends = Pick<Selection, 'anchorNode' | 'anchorOffset' | 'focusNode' | 'focusOffset'>

function readEnds(page: Document): Ends | null {
  const selection = page.getSelection()
  if (selection === null) return null
  const { anchorNode, anchorOffset, focusNode, focusOffset } = selection
  return { anchorNode, anchorOffset, focusNode, focusOffset }
}

const areSame = (one: Ends | null, other: Ends | null) =>
  one?.anchorNode === other?.anchorNode &&
  one?.anchorOffset === other?.anchorOffset &&
  one?.focusNode === other?.focusNode &&
  one?.focusOffset === other?.focusOffset
