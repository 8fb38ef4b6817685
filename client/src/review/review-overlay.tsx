import { may } from '@gongping/permissions'
import { useEffect, useRef, useState } from 'react'
import { useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import type { PaperElements } from '../editor/open-paper.ts'
import { type Insertion, paintHighlights } from './highlight-layer.ts'
import type { ReviewDesk } from './review-desk.ts'
import { RewriteBox } from './rewrite-box.tsx'
import { useActor } from './thread-card.tsx'
import { roundWords } from './round-words.ts'
import { reviewWords } from './words.ts'
import './review.css'

/** Lies over the text: what is inserted by suggestions, the buttons at the selection, the box to rewrite in. */
export function ReviewOverlay({ desk }: { desk: ReviewDesk }) {
  const words = useWords(reviewWords)
  const layer = useRef<HTMLDivElement>(null)
  const elements = useLive(desk.paper.elements)
  const view = useLive(desk.view)
  const rewriting = useLive(desk.rewriting)
  const [insertions, setInsertions] = useState<readonly Insertion[]>([])
  const selection = useSelectedPlace(desk, elements, layer)
  const actor = useActor(desk)
  const state = useLive(desk.session.state)
  const round = useWords(roundWords)
  const mayReturn = may(actor, { action: 'return', reason: '-' }, state).ok
  const mayComment = may(actor, { action: 'comment' }, state).ok

  useEffect(() => {
    if (elements === null || view === 'final') return undefined
    const painted = paintHighlights(desk, {
      frame: () => layer.current,
      onInsertions: (next) => setInsertions((known) => (sameInsertions(known, next) ? known : next)),
    })
    const onClick = (event: MouseEvent) => {
      const chosen = getSelection()
      if (chosen && !chosen.isCollapsed) return
      const ids = painted.idsAt(event.clientX, event.clientY)
      const active = desk.active.get()
      // A second click goes to the one below.
      const next = ids[(ids.indexOf(active ?? '') + 1) % ids.length]
      if (next !== undefined) desk.open(next, 'text')
    }
    elements.text.addEventListener('click', onClick)
    return () => {
      elements.text.removeEventListener('click', onClick)
      painted.stop()
      setInsertions([])
    }
  }, [desk, elements, view])

  return (
    <div className="review-layer" ref={layer}>
      <div aria-hidden="true">
        {insertions.map(({ id, role, text, left, top, room }, index) => (
          <button
            // One suggestion may put words in several places.
            // oxlint-disable-next-line react/no-array-index-key
            key={`${id}-${index}`}
            type="button"
            tabIndex={-1}
            className={`insertion by-${role}`}
            style={{ left, top, maxWidth: room }}
            title={text}
            onClick={() => desk.open(id, 'text')}
          >
            {text}
          </button>
        ))}
      </div>
      {rewriting ? <RewriteBox key={keyOf(rewriting)} desk={desk} pieces={rewriting} frame={layer} /> : null}
      {selection && rewriting === null && view !== 'final' && mayComment ? (
        <div
          className="selection-bar"
          role="toolbar"
          aria-label={words.selectionBar}
          style={{ left: selection.left, top: selection.top }}
        >
          {selection.isCaret ? null : (
            <button
              type="button"
              title={`${words.comment} (Ctrl+Alt+M)`}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => desk.comment()}
            >
              {words.comment}
            </button>
          )}
          <button
            type="button"
            title={`${words.suggest} (Ctrl+Shift+E)`}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => desk.rewrite()}
          >
            {selection.isCaret ? words.insertHere : words.suggest}
          </button>
          {mayReturn && !selection.isCaret ? (
            <button
              type="button"
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => {
                const anchor = desk.anchorSelection()
                if (anchor === null) return
                desk.returnDraft.add({ anchor, problem: '' })
                desk.say({ zh: roundWords.zh.addedToReturn, en: roundWords.en.addedToReturn })
              }}
            >
              {round.addToReturn}
            </button>
          ) : null}
        </div>
      ) : null}
    </div>
  )
}

interface SelectedPlace {
  readonly isCaret: boolean
  readonly left: number
  readonly top: number
}

const CALM_MS = 180

/** Where the buttons for the selection go, once it has come to rest; a caret counts only in 修订. */
function useSelectedPlace(
  desk: ReviewDesk,
  elements: PaperElements | null,
  layer: React.RefObject<HTMLElement | null>,
): SelectedPlace | null {
  const [place, setPlace] = useState<SelectedPlace | null>(null)
  const tracking = useLive(desk.paper.tracking)
  const editable = useLive(desk.paper.editable)
  useEffect(() => {
    if (elements === null) return undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const read = () => {
      const selected = desk.paper.shared.selection()
      const base = layer.current?.getBoundingClientRect()
      const isCaret = selected?.range.collapsed === true
      if (!selected || !base || (isCaret && (editable || !tracking))) return setPlace(null)
      const boxes = selected.range.getClientRects()
      const last = boxes[boxes.length - 1]
      if (!last) return setPlace(null)
      const left = Math.max(0, Math.min(last.right - base.left, base.width - BAR_WIDTH))
      setPlace({ isCaret, left, top: last.bottom - base.top + 4 })
    }
    const onChange = () => {
      clearTimeout(timer)
      const selected = getSelection()
      if (!selected || selected.isCollapsed) setPlace((known) => (known?.isCaret ? known : null))
      timer = setTimeout(read, CALM_MS)
    }
    document.addEventListener('selectionchange', onChange)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('selectionchange', onChange)
    }
  }, [desk, elements, layer, tracking, editable])
  return elements === null ? null : place
}

const BAR_WIDTH = 150

const keyOf = (pieces: readonly { oldText: string }[]) => pieces.map(({ oldText }) => oldText).join('\n')

function sameInsertions(known: readonly Insertion[], next: readonly Insertion[]): boolean {
  return known.length === next.length && JSON.stringify(known) === JSON.stringify(next)
}
