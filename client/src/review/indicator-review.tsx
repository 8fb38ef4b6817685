import { may } from '@gongping/permissions'
import type { Anchor } from '@gongping/protocol/http'
import { factKey, parsePoints, type Indicator } from '@gongping/scoring'
import { useId, useState } from 'react'
import { errorMessage } from '../app/api.ts'
import { useMessage, useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import { MenuButton, type MenuItem } from '../editor/menu-button.tsx'
import { placeName } from './place-name.ts'
import type { ReviewDesk } from './review-desk.ts'
import { weightOf } from './suggestion-list.tsx'
import { useActor } from './thread-card.tsx'
import { reviewWords } from './words.ts'

/** What is said about one indicator, and the ways to say something: a comment on any of its cells, another score. */
export function IndicatorReview({ desk, indicator }: { desk: ReviewDesk; indicator: Indicator }) {
  const words = useWords(reviewWords)
  const { session } = desk
  const actor = useActor(desk)
  const state = useLive(session.state)
  const threads = useLive(desk.threads).filter(
    ({ anchor, status }) => status !== 'closed' && anchor.kind === 'cell' && anchor.indicatorId === indicator.id,
  )
  const pen = useLive(session.pen)
  const [suggestingFor, setSuggestingFor] = useState<string | null>(null)
  const suggesting = suggestingFor === indicator.id
  if (!may(actor, { action: 'comment' }, state).ok) return null
  const places = (['self', 'department', 'finance'] as const).flatMap((column): Anchor[] =>
    (column === 'self' ? SELF_ASPECTS : REVIEW_ASPECTS).map((aspect) => ({
      kind: 'cell',
      indicatorId: indicator.id,
      column,
      aspect,
    })),
  )
  const anchors = [...places, ...factsOf(desk, indicator)]
  const items = anchors.map((anchor): MenuItem => {
    const name = placeName({ anchor, place: undefined, session, words })
    return {
      key: JSON.stringify(anchor),
      label: name.replace(`${indicator.name} · `, ''),
      run: () => desk.comment(anchor),
    }
  })
  const first = threads[0]
  return (
    <div className="indicator-review">
      <MenuButton className="btn small" label={words.commentOn} items={items} />
      {pen.self ? null : (
        <button
          type="button"
          className="btn small"
          aria-expanded={suggesting}
          onClick={() => setSuggestingFor(suggesting ? null : indicator.id)}
        >
          {words.suggestScore}
        </button>
      )}
      {first ? (
        <button type="button" className="btn small plain" onClick={() => desk.open(first.id, 'text')}>
          {words.threadsHere({ n: threads.length })}
        </button>
      ) : null}
      {suggesting ? (
        <ScoreSuggestion
          key={indicator.id}
          desk={desk}
          indicator={indicator}
          onDone={() => setSuggestingFor((current) => (current === indicator.id ? null : current))}
        />
      ) : null}
    </div>
  )
}

const SELF_ASPECTS = ['score', 'reason', 'measure', 'evidence'] as const
const REVIEW_ASPECTS = ['score', 'opinion'] as const

function factsOf({ session }: ReviewDesk, { id, method }: Indicator): readonly Anchor[] {
  const inputs = method.type === 'formula' ? method.inputs : method.type === 'numericBands' ? [method.input] : []
  return session.template.dataFields
    .filter(({ key, type }) => inputs.includes(key) && type !== 'table')
    .map((field): Anchor => ({ kind: 'fact', key: factKey(field, id) }))
}

function ScoreSuggestion({ desk, indicator, onDone }: { desk: ReviewDesk; indicator: Indicator; onDone: () => void }) {
  const words = useWords(reviewWords)
  const message = useMessage()
  const draftKey = `score:${indicator.id}`
  const draft = useLive(desk.drafts.all).get(draftKey)
  const sending = useLive(desk.drafts.sendings).get(draftKey)
  const { points, reason } = draft ? (JSON.parse(draft.text) as SuggestedScore) : NO_SCORE
  const [lack, setLack] = useState<string | null>(null)
  const id = useId()
  const problem = lack ?? (typeof sending === 'object' ? message(errorMessage(sending.problem)) : null)
  const change = (next: Partial<SuggestedScore>) =>
    desk.drafts.keep(draftKey, { text: JSON.stringify({ points, reason, ...next }) })
  const send = async () => {
    const weight = weightOf(desk, indicator.id)
    const number = points.trim() === '' ? null : parsePoints(points)
    if (number === null || !number.ok || number.value < 0 || number.value > indicator.weight) {
      return setLack(words.scoreOutside({ weight }))
    }
    if (reason.trim() === '') return setLack(words.reasonMissing)
    setLack(null)
    const old = desk.session.score.get().self.byIndicator.get(indicator.id)?.score ?? null
    const newScore = number.value / 100
    const isDone = await desk.drafts.send(draftKey, draft?.text ?? '', () =>
      desk.suggestScore({
        indicatorId: indicator.id,
        oldScore: old === null ? null : old / 100,
        newScore,
        reason: reason.trim(),
      }),
    )
    if (isDone) onDone()
  }
  return (
    <form
      className="score-suggestion"
      onSubmit={(event) => {
        event.preventDefault()
        void send()
      }}
    >
      <label htmlFor={`${id}-points`}>{words.newScore}</label>
      <input
        id={`${id}-points`}
        className="input num"
        inputMode="decimal"
        autoComplete="off"
        value={points}
        onChange={(event) => change({ points: event.target.value })}
      />
      <label htmlFor={`${id}-reason`}>{words.scoreReason}</label>
      <input
        id={`${id}-reason`}
        className="input"
        maxLength={2000}
        value={reason}
        onChange={(event) => change({ reason: event.target.value })}
      />
      {problem === null ? null : (
        <p className="notice error" role="alert">
          {problem}
        </p>
      )}
      <button type="submit" className="btn small primary" disabled={sending === 'sending'}>
        {words.sendSuggestion}
      </button>
    </form>
  )
}

interface SuggestedScore {
  readonly points: string
  readonly reason: string
}

const NO_SCORE: SuggestedScore = { points: '', reason: '' }
