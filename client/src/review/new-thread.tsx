import { may, VISIBILITIES, type Visibility } from '@gongping/permissions'
import type { Anchor } from '@gongping/protocol/http'
import { useEffect, useRef } from 'react'
import { useMessage, useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import { newCommentKey } from './drafts.ts'
import { mayTakeFocus } from './may-take-focus.ts'
import { usePlaceName } from './place-name.ts'
import { DRAFT_ID, type ReviewDesk } from './review-desk.ts'
import { useActor } from './thread-card.tsx'
import { reviewWords } from './words.ts'
import { Writer } from './writer.tsx'

/** Writes a new comment about a place. */
export function NewThread({ desk, anchor }: { desk: ReviewDesk; anchor: Anchor }) {
  const words = useWords(reviewWords)
  const message = useMessage()
  const actor = useActor(desk)
  const state = useLive(desk.session.state)
  const places = useLive(desk.places)
  const placeName = usePlaceName(desk.session)
  const draftKey = newCommentKey(anchor)
  const { text = '', visibility = 'public' } = useLive(desk.drafts.all).get(draftKey) ?? {}
  const card = useRef<HTMLElement>(null)
  useEffect(() => {
    card.current?.scrollIntoView({ block: 'nearest' })
  }, [])
  const verdict = may(actor, { action: 'comment' }, state)
  const open = VISIBILITIES.filter(
    // What was chosen stays chosen: refused by the server rather than shown to everybody.
    (one) => one === visibility || may(actor, { action: 'raise-thread', visibility: one }, state).ok,
  )
  return (
    <section className="review-card active new" ref={card} aria-label={words.newComment}>
      <p className="card-place">
        {words.newComment} · {placeName(anchor, places.get(DRAFT_ID))}
      </p>
      {anchor.kind === 'text' ? <q>{anchor.quote}</q> : null}
      {verdict.ok ? (
        <Writer
          desk={desk}
          draftKey={draftKey}
          label={words.commentHere}
          send={words.send}
          focusAtOnce
          about={{ anchor, visibility }}
          onSend={(written) => desk.raise({ ...written, anchor, visibility })}
          onSent={() => {
            const place = desk.composing.get()
            if (place === null || newCommentKey(place) !== draftKey) return
            const isHere = mayTakeFocus(card.current)
            desk.composing.set(null)
            if (!isHere) return
            requestAnimationFrame(() => document.querySelector<HTMLElement>('.review-card.active .card-head')?.focus())
          }}
          onCancel={() => {
            if (text.trim() === '') desk.drafts.keep(draftKey, null)
            desk.composing.set(null)
            desk.paper.elements.get()?.text.focus({ preventScroll: true })
          }}
        >
          {open.length > 1 ? (
            <label className="visibility">
              {words.visibleTo}{' '}
              <select
                value={visibility}
                onChange={(event) =>
                  desk.drafts.keep(draftKey, { text, anchor, visibility: event.target.value as Visibility })
                }
              >
                {open.map((one) => (
                  <option key={one} value={one}>
                    {words.visibility[one]}
                  </option>
                ))}
              </select>
            </label>
          ) : null}
        </Writer>
      ) : (
        <p className="notice" role="alert">
          {message(verdict.message)}
        </p>
      )}
    </section>
  )
}
