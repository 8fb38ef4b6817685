import { useEffect, useRef } from 'react'
import type { RefObject } from 'react'
import { useWords } from '../app/language.ts'
import { later, NothingStandIn, PanelStandIn, type StandInProps } from '../app/later.tsx'
import { appWords } from '../app/messages.ts'
import { ErrorBoundary } from '../app/state-pages.tsx'
import { useLive } from '../app/use-live.ts'
import type { ReviewDesk, TextView } from '../review/review-desk.ts'
import { createLive } from '../sync/live.ts'
import type { EditorSession } from '../sync/report-session.ts'
import { CoverBlock } from './cover-block.tsx'
import { paintField } from './field-texts.ts'
import type { Paper as OpenPaper } from './open-paper.ts'
import { SkeletonText } from './skeleton.tsx'
import { editorWords } from './words.ts'
import './paper.css'

const ReviewOverlay = later(async () => (await import('../review/review-overlay.tsx')).ReviewOverlay, {
  StandIn: NothingStandIn,
  afterPainting: true,
})
const FinalText = later(async () => (await import('./final-text.tsx')).FinalText, {
  StandIn: FinalTextStandIn,
  afterPainting: true,
})

export interface PaperProps {
  readonly session: EditorSession
  readonly paper: OpenPaper
  readonly desk: RefObject<HTMLDivElement | null>
  readonly review: ReviewDesk | null
}

/** The page: cover above, text below. */
export function Paper({ session, paper, desk, review }: PaperProps) {
  const words = useWords(editorWords)
  const app = useWords(appWords)
  const status = useLive(paper.status)
  const editable = useLive(paper.editable)
  const loaded = useLive(session.loaded)
  const isFinal = useLive<TextView>(review?.view ?? AS_IT_IS) === 'final'
  const text = useRef<HTMLDivElement>(null)
  const cursors = useRef<HTMLDivElement>(null)
  const cover = useRef<HTMLElement>(null)

  useEffect(
    () => paper.mount({ text: text.current!, cursors: cursors.current!, cover: cover.current!, desk: desk.current! }),
    [paper, desk],
  )
  useEffect(() => {
    const paint = () =>
      paper.setFields((ref) =>
        paintField(ref, { template: session.template, data: session.data.get(), score: session.score.get(), words }),
      )
    paint()
    let facts = session.data.get().facts
    const stops = [
      session.score.subscribe(paint),
      session.data.subscribe(() => {
        if (session.data.get().facts === facts) return
        facts = session.data.get().facts
        paint()
      }),
    ]
    return () => stops.forEach((stop) => stop())
  }, [paper, session, words])

  return (
    <article className="sheet" lang="zh-CN" data-status={status}>
      <CoverBlock session={session} place={cover} hidden={!loaded.self} />
      {status === 'opening' ? <SkeletonText /> : null}
      <div className="text-frame" hidden={status === 'opening' || isFinal}>
        <div
          ref={text}
          className="report-text"
          id="report-text"
          data-pane="text"
          // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- formatted text does not fit into a textarea
          role="textbox"
          aria-multiline="true"
          aria-label={words.paper}
          aria-readonly={!editable}
          tabIndex={0}
          spellCheck={false}
          suppressContentEditableWarning
        />
        <div ref={cursors} className="remote-carets" aria-hidden="true" />
        {review ? (
          <ErrorBoundary renderFallback={() => null}>
            <ReviewOverlay desk={review} />
          </ErrorBoundary>
        ) : null}
      </div>
      {review && isFinal ? (
        <ErrorBoundary renderFallback={() => <p role="alert">{app.brokenText}</p>}>
          <FinalText desk={review} />
        </ErrorBoundary>
      ) : null}
    </article>
  )
}

function FinalTextStandIn({ state }: StandInProps<object>) {
  return state.kind === 'fetching' ? <SkeletonText /> : <PanelStandIn state={state} />
}

const AS_IT_IS = createLive<TextView>('tracked')
