import { may } from '@gongping/permissions'
import type { Suggestion } from '@gongping/protocol/http'
import { diffWords } from '@gongping/report-doc'
import { formatPoints, indicatorIndex } from '@gongping/scoring'
import { memo, useEffect, useId, useMemo, useRef, useState } from 'react'
import { errorMessage } from '../app/api.ts'
import { RoleAvatar } from '../app/header.tsx'
import { useMessage, useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import type { Place } from './places.ts'
import { placeName } from './place-name.ts'
import type { ReviewDesk } from './review-desk.ts'
import { Moment, useActor } from './thread-card.tsx'
import { reviewWords } from './words.ts'

/** What is suggested, one card each, and the ways to decide. */
export function SuggestionList({ desk }: { desk: ReviewDesk }) {
  const words = useWords(reviewWords)
  const all = useLive(desk.suggestions)
  const places = useLive(desk.places)
  const active = useLive(desk.active)
  const [showsDecided, setShowsDecided] = useState(false)
  const [person, setPerson] = useState('')
  const open = useMemo(
    () =>
      all
        .filter(({ status, author }) => status === 'open' && (person === '' || author.userId === person))
        .toSorted((a, b) => compare(orderOf(a, places), orderOf(b, places)) || compare(a.at, b.at)),
    [all, places, person],
  )
  const decided = all.filter(({ status }) => status !== 'open').toSorted((a, b) => compare(b.at, a.at))
  const people = new Map(
    all.filter(({ status }) => status === 'open').map(({ author }) => [author.userId, author.displayName]),
  )
  const actor = useActor(desk)
  const state = useLive(desk.session.state)
  const busy = useLive(desk.busy)
  const decidable = open.filter(
    (suggestion) => may(actor, { action: 'decide-suggestion', ...rightsOf(desk, suggestion) }, state).ok,
  )
  const name = person === '' ? null : people.get(person)
  return (
    <div className="review-list">
      <div className="review-filter">
        <div className="filter-fields">
          <select aria-label={words.person} value={person} onChange={(event) => setPerson(event.target.value)}>
            <option value="">{words.everybody}</option>
            {[...people].map(([id, displayName]) => (
              <option key={id} value={id}>
                {displayName}
              </option>
            ))}
          </select>
          <span className="grow" />
          {decidable.length > 1 ? (
            <>
              <button
                type="button"
                className="btn small"
                disabled={busy.size > 0}
                onClick={() => void desk.accept(decidable)}
              >
                {name ? words.acceptOf({ name }) : words.acceptAll}
              </button>
              <button
                type="button"
                className="btn small"
                disabled={busy.size > 0}
                onClick={() => void desk.reject(decidable, '')}
              >
                {name ? words.rejectOf({ name }) : words.rejectAll}
              </button>
            </>
          ) : null}
        </div>
      </div>
      {open.length === 0 ? <p className="nothing-here">{words.noSuggestions}</p> : null}
      <ol className="cards" aria-label={words.suggestions}>
        {open.map((suggestion) => (
          <SuggestionCard
            key={suggestion.id}
            desk={desk}
            suggestion={suggestion}
            place={places.get(suggestion.id)}
            active={suggestion.id === active}
          />
        ))}
      </ol>
      {decided.length > 0 ? (
        <>
          <button
            type="button"
            className="btn plain small"
            aria-expanded={showsDecided}
            onClick={() => setShowsDecided(!showsDecided)}
          >
            {words.decided({ n: decided.length })}
          </button>
          {showsDecided ? (
            <ol className="cards" aria-label={words.decided({ n: decided.length })}>
              {decided.map((suggestion) => (
                <SuggestionCard
                  key={suggestion.id}
                  desk={desk}
                  suggestion={suggestion}
                  place={undefined}
                  active={false}
                />
              ))}
            </ol>
          ) : null}
        </>
      ) : null}
    </div>
  )
}

interface CardProps {
  readonly desk: ReviewDesk
  readonly suggestion: Suggestion
  readonly place: Place | undefined
  readonly active: boolean
}

const SuggestionCard = memo(function SuggestionCard({ desk, suggestion, place, active }: CardProps) {
  const words = useWords(reviewWords)
  const message = useMessage()
  const state = useLive(desk.session.state)
  const actor = useActor(desk)
  const refusal = useLive(desk.refusals).get(suggestion.id)
  const busy = useLive(desk.busy).has(suggestion.id)
  const [rejecting, setRejecting] = useState<string | null>(null)
  const [problem, setProblem] = useState<unknown>(null)
  const card = useRef<HTMLLIElement>(null)
  const reasonId = useId()
  useEffect(() => {
    if (active) card.current?.scrollIntoView({ block: 'nearest' })
  }, [active])
  const { proposal, author } = suggestion
  const isOpen = suggestion.status === 'open'
  const decide = may(actor, { action: 'decide-suggestion', ...rightsOf(desk, suggestion) }, state)
  const isAuthor = author.userId === desk.session.me.id
  const mayWithdraw = may(actor, { action: 'withdraw-suggestion', isAuthor }, state).ok
  const where = placeName({
    anchor:
      proposal.kind === 'text'
        ? proposal.anchor
        : { kind: 'cell', indicatorId: proposal.indicatorId, column: 'self', aspect: 'score' },
    place,
    session: desk.session,
    words,
  })
  return (
    <li
      ref={card}
      id={`suggestion-${suggestion.id}`}
      className={`review-card suggestion${active ? ' active' : ''} by-${author.role}`}
      data-status={suggestion.status}
    >
      <button
        type="button"
        className="card-head"
        aria-current={active ? 'true' : undefined}
        onClick={() => desk.open(suggestion.id, 'panel')}
      >
        <span className="card-line">
          <RoleAvatar role={author.role} small />
          <b>{author.displayName}</b>
          <Moment at={suggestion.at} />
          <span className="grow" />
          {isOpen ? null : <span className={`chip ${suggestion.status}`}>{words.decision[suggestion.status]}</span>}
          {isOpen && (suggestion.isStale || place?.status === 'lost' || place?.status === 'changed') ? (
            <span className="chip changed">{words.groups.changed}</span>
          ) : null}
        </span>
        <span className="card-place">{where}</span>
        <Change suggestion={suggestion} />
        {suggestion.reason === '' ? null : <span className="card-text">{suggestion.reason}</span>}
      </button>
      {refusal ? (
        <p className="notice error" role="alert">
          {message(refusal)}
        </p>
      ) : null}
      {problem ? (
        <p className="notice error" role="alert">
          {message(errorMessage(problem))}
        </p>
      ) : null}
      {suggestion.decidedBy && !isOpen ? (
        <p className="quiet">
          {words.decidedBy({ name: suggestion.decidedBy.displayName })} <Moment at={suggestion.decidedAt ?? ''} />
          {suggestion.decisionReason === '' ? '' : ` · ${suggestion.decisionReason}`}
        </p>
      ) : null}
      {isOpen && rejecting === null ? (
        <div className="card-actions">
          {decide.ok ? (
            <>
              <button
                type="button"
                className="btn small"
                disabled={busy}
                onClick={() => void desk.accept([suggestion])}
              >
                {words.accept}
              </button>
              <button type="button" className="btn small" disabled={busy} onClick={() => setRejecting('')}>
                {words.reject}
              </button>
            </>
          ) : null}
          {mayWithdraw ? (
            <button
              type="button"
              className="btn small plain"
              onClick={() => void desk.withdraw(suggestion.id).catch(setProblem)}
            >
              {words.withdraw}
            </button>
          ) : null}
          {!decide.ok && !isAuthor ? <span className="quiet">{message(decide.message)}</span> : null}
        </div>
      ) : null}
      {rejecting === null || !isOpen ? null : (
        <form
          className="rejecting"
          onSubmit={(event) => {
            event.preventDefault()
            setRejecting(null)
            void desk.reject([suggestion], rejecting)
          }}
        >
          <label htmlFor={reasonId}>{words.rejectReason}</label>
          <input
            id={reasonId}
            className="input"
            maxLength={2000}
            value={rejecting}
            onChange={(event) => setRejecting(event.target.value)}
          />
          <div className="card-actions">
            <button type="submit" className="btn small">
              {words.reject}
            </button>
            <button type="button" className="btn small plain" onClick={() => setRejecting(null)}>
              {words.cancel}
            </button>
          </div>
        </form>
      )}
    </li>
  )
})

/** What would go and what would come. */
function Change({ suggestion: { proposal } }: { suggestion: Suggestion }) {
  const words = useWords(reviewWords)
  const pieces = useMemo(
    () =>
      proposal.kind === 'text'
        ? diffWords(proposal.oldText, proposal.newText).map((piece, key) => ({ ...piece, key }))
        : [],
    [proposal],
  )
  if (proposal.kind === 'score') {
    return (
      <span className="change num">
        {words.suggestedScore} {proposal.oldScore === null ? '—' : proposal.oldScore} → <ins>{proposal.newScore}</ins>
      </span>
    )
  }
  return (
    <span className="change">
      <span className="around">{proposal.anchor.prefix.slice(-AROUND).split('\n').at(-1)}</span>
      {pieces.map(({ op, text, key }) => {
        if (op === 'delete') return <del key={key}>{text}</del>
        return op === 'insert' ? <ins key={key}>{text}</ins> : <span key={key}>{text}</span>
      })}
      <span className="around">{proposal.anchor.suffix.slice(0, AROUND).split('\n')[0]}</span>
    </span>
  )
}

/** So many characters on each side tell where it is. */
const AROUND = 8

/** The highest score an indicator may be given, in points. */
export function weightOf(desk: ReviewDesk, indicatorId: string): string {
  return formatPoints(indicatorIndex(desk.session.template).get(indicatorId)?.weight ?? 0)
}

const rightsOf = (desk: ReviewDesk, { proposal, author }: Suggestion) => ({
  part: proposal.kind === 'text' ? ('narrative' as const) : ('self' as const),
  isAuthor: author.userId === desk.session.me.id,
})
const orderOf = ({ id }: Suggestion, places: ReadonlyMap<string, Place>) => places.get(id)?.order ?? '~~'
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
