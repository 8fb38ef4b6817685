import { useEffect, useState } from 'react'
import { type Language, LOCALES, useLanguage, useWords } from '../app/language.ts'
import type { EditorSession, SaveState } from '../sync/report-session.ts'
import { useShownSaveState } from './use-shown-save-state.ts'
import { editorWords } from './words.ts'

export interface SaveStateTextProps {
  readonly session: EditorSession
  /** Counts how often Ctrl+S was pressed; each time the state draws attention to itself. */
  readonly asked?: number
}

/** What is true about saving, beside the title. Announced to screen readers when it changes for good. */
export function SaveStateText({ session, asked = 0 }: SaveStateTextProps) {
  const words = useWords(editorWords)
  const language = useLanguage()
  const state = useShownSaveState(session.saveState)
  const text = saveStateWords(state, words, language)
  const settled = useSettled(text)
  return (
    <span
      className={`save-state ${state.kind}`}
      key={asked}
      data-asked={asked > 0 || undefined}
      data-state={state.kind}
      title={words.saveNow}
    >
      {text}
      <output className="visually-hidden">{settled}</output>
    </span>
  )
}

export function saveStateWords(state: SaveState, words: (typeof editorWords)['zh'], language: Language): string {
  switch (state.kind) {
    case 'connecting':
      return words.connecting
    case 'saved':
      return state.at === null ? `✓ ${words.savedNothingNew}` : `✓ ${words.saved({ time: clock(state.at, language) })}`
    case 'saving':
      return words.saving
    case 'offline':
      return state.unsaved === 0 ? words.offlineClean : words.offline({ n: state.unsaved })
    case 'stuck':
      return state.unsaved === 0 ? words.stuckClean : words.stuck({ n: state.unsaved })
  }
}

const clock = (at: Date, language: Language) =>
  at.toLocaleTimeString(LOCALES[language], { hour: '2-digit', minute: '2-digit', hour12: false })

/** A text that has stood for a while: every keystroke saves, and nobody wants to hear each. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), 1200)
    return () => clearTimeout(timer)
  }, [text])
  return settled
}
