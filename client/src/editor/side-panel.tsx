import { lazy, Suspense } from 'react'
import { useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import type { EditorSession } from '../sync/report-session.ts'
import type { Paper } from './open-paper.ts'
import { editorWords } from './words.ts'

const loadPanes = () => import('../scores/score-pane.tsx')
const ScorePane = lazy(async () => ({ default: (await loadPanes()).ScorePane }))
const FindingsPane = lazy(async () => ({ default: (await loadPanes()).FindingsPane }))

type PanelTab = 'scores' | 'findings'

export interface SidePanelProps {
  readonly session: EditorSession
  readonly paper: Paper
  readonly tab: PanelTab
  readonly open: boolean
  readonly onTab: (tab: PanelTab) => void
  readonly onClose: () => void
}

/** Scores and checks beside the text. Its program is fetched after the text can be read and written. */
export function SidePanel({ session, paper, tab, open, onTab, onClose }: SidePanelProps) {
  const words = useWords(editorWords)
  const findings = useLive(session.findings)
  const status = useLive(paper.status)
  const tabs: readonly { id: PanelTab; label: string }[] = [
    { id: 'scores', label: words.scoreTable },
    { id: 'findings', label: `${words.findings} ${findings.length}` },
  ]
  const move = (event: React.KeyboardEvent) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
    const next = tab === 'scores' ? 'findings' : 'scores'
    onTab(next)
    document.getElementById(`tab-${next}`)?.focus()
  }
  return (
    <aside className="side-panel" aria-label={words.panel} hidden={!open} data-pane="panel">
      <div className="tabs">
        <div role="tablist" aria-label={words.panel}>
          {tabs.map(({ id, label }) => (
            <button
              key={id}
              id={`tab-${id}`}
              type="button"
              role="tab"
              className="num"
              aria-selected={id === tab}
              aria-controls={`panel-${id}`}
              tabIndex={id === tab ? 0 : -1}
              onClick={() => onTab(id)}
              onKeyDown={move}
            >
              {label}
            </button>
          ))}
        </div>
        <span className="grow" />
        <button type="button" className="btn plain small hide-panel" onClick={onClose}>
          {words.hidePanel}
        </button>
      </div>
      {tabs.map(({ id }) => (
        <div
          key={id}
          id={`panel-${id}`}
          className="panel-body"
          role="tabpanel"
          aria-labelledby={`tab-${id}`}
          hidden={id !== tab}
        >
          {status !== 'opening' ? (
            <Suspense fallback={<p className="panel-loading">{words.loadingPanel}</p>}>
              {id === 'scores' ? <ScorePane session={session} /> : <FindingsPane session={session} />}
            </Suspense>
          ) : (
            <p className="panel-loading">{words.loadingPanel}</p>
          )}
        </div>
      ))}
    </aside>
  )
}
