import { may } from '@gongping/permissions'
import type { ReturnItem } from '@gongping/protocol/http'
import { useEffect, useRef, useState } from 'react'
import { Link } from 'wouter'
import { errorMessage } from '../app/api.ts'
import { RoleAvatar } from '../app/header.tsx'
import { useMessage, useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import { ItemChanges } from './item-changes.tsx'
import { usePlaceName } from './place-name.ts'
import type { ReviewDesk } from './review-desk.ts'
import { useSinceReturn, type SinceReturn } from './since-return.ts'
import { Moment, useActor } from './thread-card.tsx'
import { reviewWords } from './words.ts'
import { Writer } from './writer.tsx'

/** What the report was returned for, to be worked off one by one; the last return first. */
export function ItemList({ desk }: { desk: ReviewDesk }) {
  const words = useWords(reviewWords)
  const items = useLive(desk.items)
  const rounds = [...new Set(items.map(({ round }) => round))].toSorted((a, b) => b - a)
  const left = items.filter(({ status }) => status === 'open').length
  const since = useSinceReturn(desk)
  const places = useLive(desk.places)
  const last = rounds[0]
  const beside = since?.isSubmitted
    ? since.changesBeside(
        items.filter(({ round }) => round === last),
        places,
      )
    : []
  if (items.length === 0) return <p className="nothing-here">{words.noItems}</p>
  return (
    <div className="review-list">
      <output className={left > 0 ? 'items-left' : 'items-left done'}>
        {left > 0 ? words.itemsLeft({ n: left }) : words.itemsDone}
      </output>
      {since ? (
        <Link className="since-return" href={since.href}>
          {words.sinceReturn} ›
        </Link>
      ) : null}
      {rounds.map((round) => (
        <section key={round} aria-label={words.returnOfRound({ n: round })}>
          <h3>{words.returnOfRound({ n: round })}</h3>
          <ol className="cards">
            {items
              .filter((item) => item.round === round)
              .map((item) => (
                <ItemCard key={item.id} desk={desk} item={item} since={round === last ? since : null} />
              ))}
          </ol>
          {round === last && beside.length > 0 ? (
            <details className="beside" open={beside.length <= FEW}>
              <summary>{words.changesBeside({ n: beside.length })}</summary>
              <ItemChanges session={desk.session} changes={beside} named />
            </details>
          ) : null}
        </section>
      ))}
    </div>
  )
}

/** As many changes as are shown without being asked for. */
const FEW = 8

interface ItemProps {
  readonly desk: ReviewDesk
  readonly item: ReturnItem
  /** Null for items of earlier returns. */
  readonly since: SinceReturn | null
}

function ItemCard({ desk, item, since }: ItemProps) {
  const words = useWords(reviewWords)
  const message = useMessage()
  const places = useLive(desk.places)
  const active = useLive(desk.active) === item.id
  const state = useLive(desk.session.state)
  const actor = useActor(desk)
  const placeName = usePlaceName(desk.session)
  const [answering, setAnswering] = useState(false)
  const [problem, setProblem] = useState<unknown>(null)
  const card = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (active) card.current?.scrollIntoView({ block: 'nearest' })
  }, [active])
  const isChanged = since?.isChanged(item, places.get(item.id)) === true
  const changes = since?.isSubmitted ? since.changesOf(item, places.get(item.id)) : []
  const mayAnswer = may(actor, { action: 'answer-item' }, state).ok && item.status !== 'accepted'
  const mayJudge = may(actor, { action: 'judge-item', raisedAs: item.author.role }, state).ok && item.status !== 'open'
  const judge = (status: 'accepted' | 'open') => {
    setProblem(null)
    desk.judgeItem(item.id, status).catch(setProblem)
  }
  return (
    <li
      ref={card}
      id={`item-${item.id}`}
      className={`review-card item${active ? ' active' : ''} by-${item.author.role}`}
      data-status={item.status}
    >
      <button
        type="button"
        className="card-head"
        aria-current={active ? 'true' : undefined}
        onClick={() => desk.open(item.id, 'panel')}
      >
        <span className="card-line">
          <span className={item.status === 'open' ? 'tick' : 'tick done'} aria-hidden="true" />
          <RoleAvatar role={item.author.role} small />
          <b>{placeName(item.anchor, places.get(item.id))}</b>
          <span className="grow" />
          {since ? (
            <span className={isChanged ? 'chip changed-since' : 'chip'}>
              {isChanged ? words.changedItem : words.unchangedItem}
            </span>
          ) : null}
          <span className={`chip item-${item.status}`}>{words.itemStatus[item.status]}</span>
        </span>
        {item.quote === '' ? null : <q>{item.quote}</q>}
        <span className="card-text">
          <b>{words.problem}</b> {item.problem}
        </span>
        {item.demand === '' ? null : (
          <span className="card-text">
            <b>{words.demand}</b> {item.demand}
          </span>
        )}
        <span className="quiet">
          {item.author.displayName} · <Moment at={item.at} />
          {item.dueDate === null ? '' : ` · ${words.until({ date: item.dueDate })}`}
        </span>
      </button>
      {item.answer === '' ? null : (
        <p className="answer">
          <b>{words.answer}</b> {item.answer}
        </p>
      )}
      {changes.length > 0 ? <ItemChanges session={desk.session} changes={changes} named={false} /> : null}
      {problem ? (
        <p className="notice error" role="alert">
          {message(errorMessage(problem))}
        </p>
      ) : null}
      {answering ? (
        <Writer
          desk={desk}
          draftKey={`answer:${item.id}`}
          label={words.answerHere}
          send={words.saveAnswer}
          initial={{ text: item.answer, mentions: [] }}
          focusAtOnce
          onSend={({ text }) => desk.answerItem(item.id, text)}
          onSent={() => setAnswering(false)}
          onCancel={() => setAnswering(false)}
        />
      ) : (
        <div className="card-actions">
          {mayAnswer ? (
            <button type="button" className="btn small" onClick={() => setAnswering(true)}>
              {item.status === 'open' ? words.tickWithAnswer : words.changeAnswer}
            </button>
          ) : null}
          {mayJudge && item.status === 'answered' ? (
            <button type="button" className="btn small" onClick={() => judge('accepted')}>
              {words.acceptAnswer}
            </button>
          ) : null}
          {mayJudge ? (
            <button type="button" className="btn small plain" onClick={() => judge('open')}>
              {words.notYet}
            </button>
          ) : null}
        </div>
      )}
    </li>
  )
}
