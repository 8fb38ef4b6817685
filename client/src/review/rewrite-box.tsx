import { useLayoutEffect, useRef } from 'react'
import { errorMessage } from '../app/api.ts'
import { useMessage, useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import { mayTakeFocus } from './may-take-focus.ts'
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
  const draft = useLive(desk.drafts.all).get(draftKey)
  const sending = useLive(desk.drafts.sendings).get(draftKey)
  const { texts, reason } = draft
    ? rewritingOf(draft.text)
    : { texts: pieces.map(({ oldText }) => oldText), reason: '' }
  const change = (next: Partial<Rewriting>) =>
    desk.drafts.keep(draftKey, { text: JSON.stringify({ texts, reason, ...next }) })
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

  const close = () => {
    const isHere = mayTakeFocus(box.current)
    desk.rewriting.set(null)
    if (isHere) desk.paper.elements.get()?.text.focus({ preventScroll: true })
  }
  const leave = () => {
    desk.drafts.keep(draftKey, null)
    close()
  }
  const send = async () => {
    const isDone = await desk.drafts.send(draftKey, draft?.text ?? '', () => desk.suggest(texts, reason))
    if (isDone && desk.rewriting.get() === pieces) close()
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
            change({ texts: texts.with(at, event.target.value.replaceAll(/[\r\n]+/g, '')) })
          }}
        />
      ))}
      <input
        className="input"
        aria-label={words.reasonOptional}
        placeholder={words.reasonOptional}
        maxLength={2000}
        value={reason}
        onChange={(event) => change({ reason: event.target.value })}
      />
      {typeof sending === 'object' ? (
        <p className="notice error" role="alert">
          {message(errorMessage(sending.problem))}
        </p>
      ) : null}
      <div className="writer-foot">
        <span className="quiet">{words.rewriteHint}</span>
        <span className="grow" />
        <button type="button" className="btn small" onClick={leave}>
          {words.cancel}
        </button>
        <button
          type="submit"
          className="btn small primary"
          title="Ctrl+Enter"
          disabled={sending === 'sending' || isSame}
        >
          {words.sendSuggestion}
        </button>
      </div>
    </form>
  )
}

interface Rewriting {
  readonly texts: readonly string[]
  readonly reason: string
}

/** The release before kept the texts alone. */
function rewritingOf(kept: string): Rewriting {
  const written = JSON.parse(kept) as Rewriting | readonly string[]
  return 'texts' in written ? written : { texts: written, reason: '' }
}
