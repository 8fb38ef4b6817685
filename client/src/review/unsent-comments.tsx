import type { Anchor } from '@gongping/protocol/http'
import { errorMessage } from '../app/api.ts'
import { useMessage, useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import { DeleteButton } from './delete-button.tsx'
import { newCommentKey, type Sending } from './drafts.ts'
import { usePlaceName } from './place-name.ts'
import type { ReviewDesk } from './review-desk.ts'
import { reviewWords } from './words.ts'

/** New comments written and not sent, but for the one that is open. */
export function UnsentComments({ desk }: { desk: ReviewDesk }) {
  const words = useWords(reviewWords)
  const drafts = useLive(desk.drafts.all)
  const sendings = useLive(desk.drafts.sendings)
  const composing = useLive(desk.composing)
  const openKey = composing && newCommentKey(composing)
  const unsent = [...drafts].flatMap(([draftKey, { anchor, text }]): Unsent[] =>
    anchor && draftKey !== openKey && text.trim() !== ''
      ? [{ draftKey, anchor, text, sending: sendings.get(draftKey) }]
      : [],
  )
  if (unsent.length === 0) return null
  return (
    <section className="unsent" aria-label={words.unsent}>
      <h3>{words.unsent}</h3>
      <ul className="cards">
        {unsent.map((one) => (
          <UnsentCard key={one.draftKey} desk={desk} {...one} />
        ))}
      </ul>
    </section>
  )
}

interface Unsent {
  readonly draftKey: string
  readonly anchor: Anchor
  readonly text: string
  readonly sending: Sending | undefined
}

function UnsentCard({ desk, draftKey, anchor, text, sending }: Unsent & { readonly desk: ReviewDesk }) {
  const words = useWords(reviewWords)
  const message = useMessage()
  const places = useLive(desk.places)
  const placeName = usePlaceName(desk.session)
  return (
    <li className="review-card">
      <button type="button" className="card-head" onClick={() => desk.comment(anchor)}>
        <span className="card-place">{placeName(anchor, places.get(draftKey))}</span>
        {anchor.kind === 'text' ? <q>{anchor.quote}</q> : null}
        <span className="card-text">{text}</span>
      </button>
      {typeof sending === 'object' ? (
        <p className="notice error" role="alert">
          {message(errorMessage(sending.problem))}
        </p>
      ) : null}
      <div className="card-actions">
        {sending === 'sending' ? (
          <span className="quiet">{words.sending}</span>
        ) : (
          <DeleteButton onDelete={() => desk.drafts.keep(draftKey, null)} />
        )}
      </div>
    </li>
  )
}
