import type { LexicalEditor } from 'lexical'
import { createPageSelection } from './page-selection.ts'

/** Lets work of others through, but not into a word that is being composed. */
export interface RemoteGate {
  /** Runs `work` now, or later in order when an input method is composing. What was typed is in the document before. */
  run(work: () => void): void
  /** Runs everything that is held, whatever the input method does. */
  flush(): void
  destroy(): void
}

/** Input methods still change the text right after the end of a composition. */
const SETTLE_MS = 30
/** Nobody's edits wait longer than this for somebody's unfinished word. */
const MAX_HOLD_MS = 5000

/**
 * Every message that may change the document goes through the gate. A change from outside into text under composition
 * leaves half-typed letters behind; and an edit that is pending while a change arrives would not reach the document.
 */
export function createCompositionGate(editor: LexicalEditor): RemoteGate {
  let held: (() => void)[] = []
  let settle: ReturnType<typeof setTimeout> | undefined
  let limit: ReturnType<typeof setTimeout> | undefined
  let isSettling = false
  const selection = createPageSelection(editor)

  /** One that throws must not take the others with it: they are other people's edits. */
  const runAll = (works: readonly (() => void)[]) => {
    const errors: unknown[] = []
    for (const work of works) {
      try {
        selection.tell()
        editor.read(() => {})
        work()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length > 0) throw errors[0]
  }
  const flush = () => {
    clearTimeout(settle)
    clearTimeout(limit)
    settle = limit = undefined
    isSettling = false
    const works = held
    held = []
    runAll(works)
  }
  const onCompositionEnd = () => {
    isSettling = true
    clearTimeout(settle)
    settle = setTimeout(() => {
      isSettling = false
      // The next word may have begun meanwhile; then its end lets everything through.
      if (!editor.isComposing()) flush()
    }, SETTLE_MS)
  }
  const stopListening = editor._headless
    ? () => {}
    : editor.registerRootListener((root) => {
        if (root === null) return
        root.addEventListener('compositionend', onCompositionEnd)
        root.addEventListener('blur', flush)
        return () => {
          root.removeEventListener('compositionend', onCompositionEnd)
          root.removeEventListener('blur', flush)
        }
      })

  return {
    run(work) {
      if (held.length === 0 && !isSettling && !editor.isComposing()) return runAll([work])
      held.push(work)
      limit ??= setTimeout(flush, MAX_HOLD_MS)
    },
    flush,
    destroy() {
      stopListening()
      flush()
      selection.destroy()
    },
  }
}
