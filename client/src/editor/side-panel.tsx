import { useMemo } from 'react'
import { Link } from 'wouter'
import { useWords } from '../app/language.ts'
import { later, PanelStandIn } from '../app/later.tsx'
import { ErrorBoundary } from '../app/state-pages.tsx'
import { versionsPath } from '../app/paths.ts'
import { useLive } from '../app/use-live.ts'
import type { ReviewDesk } from '../review/review-desk.ts'
import { rules } from '../sync/report-analysis.ts'
import type { EditorSession } from '../sync/report-session.ts'
import type { Paper } from './open-paper.ts'
import { reviewDesk } from './use-review-desk.ts'
import { editorWords } from './words.ts'

const asPane = { StandIn: PanelStandIn, afterPainting: true }
const ScorePane = later(async () => (await import('../scores/score-pane.tsx')).ScorePane, asPane)
const FindingsPane = later(async () => (await import('../scores/score-pane.tsx')).FindingsPane, asPane)
const ReviewPanel = later(async () => (await import('../review/review-panel.tsx')).ReviewPanel, asPane)

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
  const areRulesHere = useLive(rules.state).kind === 'here'
  const status = useLive(paper.status)
  const tabs: readonly { id: PanelTab; label: string }[] = [
    { id: 'scores', label: words.scoreTable },
    { id: 'review', label: words.review },
    { id: 'findings', label: areRulesHere ? `${words.findings} ${findings.length}` : words.findings },
  ]
  // Another tab or a wider panel is no reason to render what is on them.
  const panes = useMemo(
    () => ({
      scores: <ScorePane session={session} />,
      findings: <FindingsPane session={session} />,
      review: review === null ? <ReviewDeskStandIn /> : <ReviewPanel desk={review} />,
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
            <ErrorBoundary renderFallback={() => <PanelProblem />}>{panes[id]}</ErrorBoundary>
          ) : (
            <PanelStandIn state={OPENING} />
          )}
        </div>
      ))}
    </aside>
  )
}

function ReviewDeskStandIn() {
  const state = useLive(reviewDesk.state)
  return <PanelStandIn state={state.kind === 'here' ? OPENING : state} />
}

const OPENING = { kind: 'fetching', isSlow: false } as const

function PanelProblem() {
  const words = useWords(editorWords)
  return (
    <div className="panel-problem" role="alert">
      <p>{words.panelBroken}</p>
      <button type="button" className="btn" onClick={() => location.reload()}>
        {words.reload}
      </button>
    </div>
  )
}
