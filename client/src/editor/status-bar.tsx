import type { Block, Narrative, Section } from '@gongping/scoring'
import { FIELD_CHAR } from '@gongping/scoring'
import { useMemo } from 'react'
import { LOCALES, useLanguage, useWords } from '../app/language.ts'
import type { EditorSession } from '../sync/report-session.ts'
import { saveStateWords } from './save-state-text.tsx'
import { useCalm } from './use-selected.ts'
import { useShownSaveState } from './use-shown-save-state.ts'
import { editorWords } from './words.ts'

export interface StatusBarProps {
  readonly session: EditorSession
  readonly panelOpen: boolean
  readonly onShortcuts: () => void
  readonly onPanel: () => void
}

export function StatusBar({ session, panelOpen, onShortcuts, onPanel }: StatusBarProps) {
  const words = useWords(editorWords)
  const language = useLanguage()
  const state = useShownSaveState(session.saveState)
  const { narrative } = useCalm(session.data, 300)
  const characters = useMemo(() => countCharacters(narrative), [narrative])
  return (
    <footer className="status-bar">
      <span className="num">{words.words({ n: characters.toLocaleString(LOCALES[language]) })}</span>
      <span className={`connection ${state.kind}`}>{saveStateWords(state, words, language)}</span>
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
