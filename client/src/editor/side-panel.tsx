import { lazy, Suspense, useMemo } from 'react'
import { Link } from 'wouter'
import { fetchProgram } from '../app/fetch-program.ts'
import { useWords } from '../app/language.ts'
import { ErrorBoundary, isMissingProgram } from '../app/state-pages.tsx'
import { versionsPath } from '../app/paths.ts'
import { useLive } from '../app/use-live.ts'
import type { ReviewDesk } from '../review/review-desk.ts'
import type { EditorSession } from '../sync/report-session.ts'
import type { Paper } from './open-paper.ts'
import { editorWords } from './words.ts'

const loadPanes = () => fetchProgram(() => import('../scores/score-pane.tsx'))
const ScorePane = lazy(async () => ({ default: (await loadPanes()).ScorePane }))
const FindingsPane = lazy(async () => ({ default: (await loadPanes()).FindingsPane }))
const loadReview = () => fetchProgram(() => import('../review/review-panel.tsx'))
const ReviewPanel = lazy(async () => ({ default: (await loadReview()).ReviewPanel }))

export type PanelTab = 'scores' | 'review' | 'findings'

export interface SidePanelProps {
  readonly session: EditorSession
  readonly paper: Paper
  readonly review: ReviewDesk | null
  readonly tab: PanelTab
  readonly open: boolean
  readonly onTab: (tab: PanelTab) => void
  readonly onClose: () => void
}

/** Scores and checks beside the text. Its program is fetched after the text can be read and written. */
export function SidePanel({ session, paper, review, tab, open, onTab, onClose }: SidePanelProps) {
  const words = useWords(editorWords)
  const findings = useLive(session.findings)
  const status = useLive(paper.status)
  const tabs: readonly { id: PanelTab; label: string }[] = [
    { id: 'scores', label: words.scoreTable },
    { id: 'review', label: words.review },
    { id: 'findings', label: `${words.findings} ${findings.length}` },
  ]
  // Another tab or a wider panel is no reason to render what is on them.
  const panes = useMemo(
    () => ({
      scores: <ScorePane session={session} />,
      findings: <FindingsPane session={session} />,
      review: review === null ? null : <ReviewPanel desk={review} />,
    }),
    [session, review],
  )
  const move = (event: React.KeyboardEvent) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
    const at = tabs.findIndex(({ id }) => id === tab) + (event.key === 'ArrowRight' ? 1 : -1)
    const next = tabs.at(at % tabs.length)!.id
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
        <Link className="to-versions" href={versionsPath(session.reportId)}>
          {words.versions}
        </Link>
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
            <ErrorBoundary renderFallback={(error) => <PanelProblem error={error} />}>
              <Suspense fallback={<p className="panel-loading">{words.loadingPanel}</p>}>{panes[id]}</Suspense>
            </ErrorBoundary>
          ) : (
            <p className="panel-loading">{words.loadingPanel}</p>
          )}
        </div>
      ))}
    </aside>
  )
}

function PanelProblem({ error }: { error: Error }) {
  const words = useWords(editorWords)
  return (
    <div className="panel-problem" role="alert">
      <p>{isMissingProgram(error) ? words.panelMissing : words.panelBroken}</p>
      <button type="button" className="btn" onClick={() => location.reload()}>
        {words.reload}
      </button>
    </div>
  )
}
