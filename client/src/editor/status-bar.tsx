import { useMemo } from 'react'
import { LOCALES, useLanguage, useWords } from '../app/language.ts'
import type { EditorSession } from '../sync/report-session.ts'
import { countCharacters } from './count-characters.ts'
import { saveStateWords } from './save-state-text.tsx'
import { useLive } from '../app/use-live.ts'
import { useCalm } from '../app/use-selected.ts'
import { useShownSaveState } from './use-shown-save-state.ts'
import { editorWords } from './words.ts'

export interface StatusBarProps {
  readonly session: EditorSession
  readonly panelOpen: boolean
  readonly onShortcuts: () => void
  readonly onPanel: () => void
  /** Shows the text that did not enter the report. */
  readonly onKept: () => void
}

export function StatusBar({ session, panelOpen, onShortcuts, onPanel, onKept }: StatusBarProps) {
  const words = useWords(editorWords)
  const language = useLanguage()
  const state = useShownSaveState(session.saveState)
  const kept = useLive(session.kept)
  const { narrative } = useCalm(session.data, 300)
  const characters = useMemo(() => countCharacters(narrative), [narrative])
  return (
    <footer className="status-bar">
      <span className="num">{words.words({ n: characters.toLocaleString(LOCALES[language]) })}</span>
      <span className={`connection ${state.kind}`}>{saveStateWords(state, words, language)}</span>
      {kept.length > 0 ? (
        <button type="button" className="btn plain small kept-waiting" onClick={onKept}>
          {words.keptWaiting}
        </button>
      ) : null}
      <span className="grow" />
      <button type="button" className="btn plain small" onClick={onShortcuts}>
        {words.shortcuts}
      </button>
      {panelOpen ? null : (
        <button type="button" className="btn plain small" onClick={onPanel}>
          {words.showPanel}
        </button>
      )}
    </footer>
  )
}
