import { useLayoutEffect, useRef, useState } from 'react'
import { errorMessage } from '../app/api.ts'
import { useMessage, useWords } from '../app/language.ts'
import type { ReviewDesk, RewritePiece } from './review-desk.ts'
import { reviewWords } from './words.ts'

interface Props {
  readonly desk: ReviewDesk
  readonly pieces: readonly RewritePiece[]
  readonly frame: React.RefObject<HTMLElement | null>
}

/** Rewrites a passage in place: one field for each paragraph it touches. The text itself stays as it is. */
export function RewriteBox({ desk, pieces, frame }: Props) {
  const words = useWords(reviewWords)
  const message = useMessage()
  const draftKey = `rewrite:${pieces.map(({ oldText }) => oldText).join('\n')}`
  const [texts, setTexts] = useState<readonly string[]>(() => {
    const kept = desk.draft(draftKey).text
    return kept === '' ? pieces.map(({ oldText }) => oldText) : (JSON.parse(kept) as string[])
  })
  const [reason, setReason] = useState('')
  const [state, setState] = useState<'idle' | 'sending' | { readonly problem: unknown }>('idle')
  const box = useRef<HTMLFormElement>(null)

  // Below the words it is about, before the page is painted.
  useLayoutEffect(() => {
    const element = box.current
    const base = frame.current?.getBoundingClientRect()
    const last = pieces.at(-1)
    const rewritten = last ? desk.paper.shared.rangesOf(last.range).at(-1) : undefined
    const boxes = rewritten?.getClientRects()
    const bottom = boxes?.[boxes.length - 1]?.bottom ?? rewritten?.getBoundingClientRect().bottom
    if (!element || !base || bottom === undefined) return
    element.style.top = `${bottom - base.top + 6}px`
    const field = element.querySelector('textarea')
    field?.focus({ preventScroll: true })
    field?.setSelectionRange(field.value.length, field.value.length)
    element.scrollIntoView({ block: 'nearest' })
  }, [desk, frame, pieces])

  const leave = () => {
    desk.keepDraft(draftKey, { text: '' })
    desk.rewriting.set(null)
    desk.paper.elements.get()?.text.focus({ preventScroll: true })
  }
  const send = async () => {
    if (state === 'sending') return
    setState('sending')
    try {
      const changed = await desk.suggest(texts, reason)
      if (!changed) return leave()
      desk.keepDraft(draftKey, { text: '' })
    } catch (problem) {
      setState({ problem })
    }
  }
  const isSame = texts.every((text, at) => text === pieces[at]?.oldText)
  return (
    // The keys are those of its fields.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form
      ref={box}
      className="rewrite-box"
      aria-label={words.suggest}
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return
        if (event.key === 'Escape') {
          event.stopPropagation()
          leave()
        } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
          event.preventDefault()
          void send()
        }
      }}
    >
      {texts.map((text, at) => (
        <textarea
          // The pieces stay the same as long as the box is open.
          // oxlint-disable-next-line react/no-array-index-key
          key={at}
          className="input"
          aria-label={texts.length > 1 ? words.rewritePart({ n: at + 1, m: texts.length }) : words.rewriteHere}
          placeholder={pieces[at]?.oldText === '' ? words.insertHere : words.removeAll}
          rows={Math.min(6, Math.max(1, Math.ceil(text.length / 30)))}
          maxLength={2000}
          value={text}
          onChange={(event) => {
            const next = texts.with(at, event.target.value.replaceAll(/[\r\n]+/g, ''))
            setTexts(next)
            desk.keepDraft(draftKey, { text: JSON.stringify(next) })
          }}
        />
      ))}
      <input
        className="input"
        aria-label={words.reasonOptional}
        placeholder={words.reasonOptional}
        maxLength={2000}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      {typeof state === 'object' ? (
        <p className="notice error" role="alert">
          {message(errorMessage(state.problem))}
        </p>
      ) : null}
      <div className="writer-foot">
        <span className="quiet">{words.rewriteHint}</span>
        <span className="grow" />
        <button type="button" className="btn small" onClick={leave}>
          {words.cancel}
        </button>
        <button type="submit" className="btn small primary" title="Ctrl+Enter" disabled={state === 'sending' || isSame}>
          {words.sendSuggestion}
        </button>
      </div>
    </form>
  )
}
