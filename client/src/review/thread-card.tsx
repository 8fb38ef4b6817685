import { may, ROLE_NAMES, type Actor, type Part, type ThreadFacts } from '@gongping/permissions'
import type { Anchor, Thread } from '@gongping/protocol/http'
import { memo, useEffect, useRef, useState } from 'react'
import { errorMessage } from '../app/api.ts'
import { copyText } from '../app/copy-text.ts'
import { formatMoment } from '../app/format.ts'
import { RoleAvatar } from '../app/header.tsx'
import { useLanguage, useMessage, useWords } from '../app/language.ts'
import { appWords } from '../app/messages.ts'
import { useLive } from '../app/use-live.ts'
import { DeleteButton } from './delete-button.tsx'
import { usePlaceName } from './place-name.ts'
import type { Place } from './places.ts'
import type { ReviewDesk } from './review-desk.ts'
import { problemOf } from './return-draft.ts'
import { roundWords } from './round-words.ts'
import { isChanged } from './thread-filter.ts'
import { reviewWords } from './words.ts'
import { Writer } from './writer.tsx'

interface Props {
  readonly desk: ReviewDesk
  readonly thread: Thread
  readonly place: Place | undefined
  readonly active: boolean
}

/** One thread; only the one in focus shows its answers and what can be done. */
export const ThreadCard = memo(function ThreadCard({ desk, thread, place, active }: Props) {
  const words = useWords(reviewWords)
  const placeName = usePlaceName(desk.session)
  const card = useRef<HTMLLIElement>(null)
  const [first, ...answers] = thread.replies
  useEffect(() => {
    if (active) card.current?.scrollIntoView({ block: 'nearest' })
  }, [active])
  const changed = isChanged(place)
  return (
    <li
      ref={card}
      id={`thread-${thread.id}`}
      className={`review-card${active ? ' active' : ''} by-${thread.author.role}`}
      data-status={thread.status}
    >
      <button
        type="button"
        className="card-head"
        aria-expanded={active}
        onClick={() => (active ? desk.leave() : desk.open(thread.id, 'panel'))}
      >
        <span className="card-line">
          <RoleAvatar role={thread.author.role} small />
          <b>{thread.author.displayName}</b>
          <Moment at={thread.at} />
          <span className="grow" />
          {thread.visibility === 'public' ? null : (
            <span className="chip internal">{words.visibility[thread.visibility]}</span>
          )}
          {changed ? <span className="chip changed">{words.groups.changed}</span> : null}
          <span className={`chip ${thread.status}`}>{words.groups[thread.status]}</span>
        </span>
        <span className="card-place">{placeName(thread.anchor, place)}</span>
        {thread.quote === '' ? null : <q className={place?.status === 'lost' ? 'gone' : undefined}>{thread.quote}</q>}
        <span className={first?.deleted ? 'card-text deleted' : 'card-text'}>
          {first?.deleted ? words.deletedReply : first?.text}
        </span>
        {!active && answers.length > 0 ? (
          <span className="card-more">{words.answers({ n: answers.length })}</span>
        ) : null}
      </button>
      {active ? <ThreadBody desk={desk} thread={thread} place={place} /> : null}
    </li>
  )
})

function ThreadBody({ desk, thread, place }: Omit<Props, 'active'>) {
  const words = useWords(reviewWords)
  const round = useWords(roundWords)
  const message = useMessage()
  const state = useLive(desk.session.state)
  const actor = useActor(desk)
  const mayReturn = may(actor, { action: 'return', reason: '-' }, state).ok
  const [problem, setProblem] = useState<unknown>(null)
  const [editing, setEditing] = useState<string | null>(null)
  const facts = factsOf(desk, thread, actor)
  const mayDo = (request: Parameters<typeof may>[1]) => may(actor, request, state).ok
  const mayMark = (to: Thread['status']) => mayDo({ action: 'mark-thread', to, thread: facts })
  const tryTo = (deed: () => Promise<void>) => {
    setProblem(null)
    deed().catch(setProblem)
  }
  const [first, ...answers] = thread.replies
  const copyLink = () => {
    const url = `${location.origin}${location.pathname}#thread=${thread.id}`
    tryTo(async () => {
      await copyText(url)
      desk.say({ zh: reviewWords.zh.linkCopied, en: reviewWords.en.linkCopied })
    })
  }
  return (
    <div className="card-body">
      {first ? (
        <OwnReply desk={desk} thread={thread} reply={first} editing={editing} onEdit={setEditing} onProblem={tryTo} />
      ) : null}
      {answers.length > 0 ? (
        <ol className="answers">
          {answers.map((reply) => (
            <li key={reply.id}>
              <div className="card-line">
                <RoleAvatar role={reply.author.role} small />
                <b>{reply.author.displayName}</b>
                <Moment at={reply.at} />
                {reply.editedAt && !reply.deleted ? <span className="quiet">{words.edited}</span> : null}
              </div>
              {editing === reply.id ? null : (
                <p className={reply.deleted ? 'card-text deleted' : 'card-text'}>
                  {reply.deleted ? words.deletedReply : reply.text}
                </p>
              )}
              <OwnReply
                desk={desk}
                thread={thread}
                reply={reply}
                editing={editing}
                onEdit={setEditing}
                onProblem={tryTo}
              />
            </li>
          ))}
        </ol>
      ) : null}
      {place && isChanged(place) && mayDo({ action: 'attach-thread', thread: facts }) ? (
        <div className="notice reattach">
          {place.status === 'lost' ? words.textGone : words.textRewritten}{' '}
          <button
            type="button"
            className="btn link"
            // The selection in the text must outlive the click.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => tryTo(() => desk.attach(thread.id))}
          >
            {words.attach}
          </button>
        </div>
      ) : null}
      {problem ? (
        <p className="notice error" role="alert">
          {message(errorMessage(problem))}
        </p>
      ) : null}
      <div className="card-actions">
        {thread.status === 'open' && mayMark('done') ? (
          <button type="button" className="btn small" onClick={() => tryTo(() => desk.mark(thread.id, 'done'))}>
            {words.markDone}
          </button>
        ) : null}
        {thread.status !== 'closed' && mayMark('closed') ? (
          <button type="button" className="btn small" onClick={() => tryTo(() => desk.mark(thread.id, 'closed'))}>
            {words.close}
          </button>
        ) : null}
        {thread.status !== 'open' && mayMark('open') ? (
          <button type="button" className="btn small" onClick={() => tryTo(() => desk.mark(thread.id, 'open'))}>
            {words.reopen}
          </button>
        ) : null}
        {mayReturn && thread.status !== 'closed' && thread.visibility === 'public' ? (
          <button
            type="button"
            className="btn small plain"
            onClick={() => {
              desk.returnDraft.add({ key: thread.id, anchor: thread.anchor, problem: problemOf(thread).slice(0, 2000) })
              desk.say({ zh: roundWords.zh.addedToReturn, en: roundWords.en.addedToReturn })
            }}
          >
            {round.addToReturn}
          </button>
        ) : null}
        <button type="button" className="btn small plain" onClick={copyLink}>
          {words.copyLink}
        </button>
      </div>
      {thread.status === 'done' && !mayMark('closed') ? (
        <p className="quiet">{words.closedBy({ role: message(ROLE_NAMES[facts.raisedAs]) })}</p>
      ) : null}
      {mayDo({ action: 'comment' }) && editing === null ? (
        <Writer
          desk={desk}
          draftKey={`reply:${thread.id}`}
          label={words.replyHere}
          send={words.reply}
          onSend={(reply) => desk.reply(thread.id, reply)}
        />
      ) : null}
    </div>
  )
}

interface OwnReplyProps {
  readonly desk: ReviewDesk
  readonly thread: Thread
  readonly reply: Thread['replies'][number]
  readonly editing: string | null
  readonly onEdit: React.Dispatch<React.SetStateAction<string | null>>
  readonly onProblem: (deed: () => Promise<void>) => void
}

/** Editing and deleting of what one wrote oneself. */
function OwnReply({ desk, thread, reply, editing, onEdit, onProblem }: OwnReplyProps) {
  const words = useWords(reviewWords)
  const state = useLive(desk.session.state)
  const actor = useActor(desk)
  const isAuthor = reply.author.userId === desk.session.me.id
  if (!isAuthor || reply.deleted || !may(actor, { action: 'change-reply', isAuthor }, state).ok) return null
  if (editing === reply.id) {
    return (
      <Writer
        desk={desk}
        draftKey={`edit:${reply.id}`}
        label={words.editHere}
        send={words.save}
        initial={{ text: reply.text, mentions: [] }}
        focusAtOnce
        onSend={({ text, mentions }) => desk.changeReply(thread.id, reply.id, { text, mentions })}
        onSent={() => onEdit((current) => (current === reply.id ? null : current))}
        onCancel={() => {
          desk.drafts.keep(`edit:${reply.id}`, null)
          onEdit(null)
        }}
      />
    )
  }
  return (
    <div className="own-reply">
      <button type="button" className="btn link" onClick={() => onEdit(reply.id)}>
        {words.edit}
      </button>
      <DeleteButton onDelete={() => onProblem(() => desk.deleteReply(thread.id, reply.id))} />
    </div>
  )
}

export function Moment({ at }: { at: string }) {
  const app = useWords(appWords)
  const language = useLanguage()
  return (
    <time className="quiet" dateTime={at}>
      {formatMoment(at, { language, words: app })}
    </time>
  )
}

export function useActor({ session }: ReviewDesk): Actor {
  const { roles } = useLive(session.detail)
  return { roles, isAdmin: session.me.role === 'admin' }
}

function factsOf({ session }: ReviewDesk, thread: Thread, actor: Actor): ThreadFacts {
  const raisedAs = thread.author.role === 'admin' ? 'filler' : thread.author.role
  return {
    visibility: thread.visibility,
    raisedAs,
    isRaiser: thread.author.userId === session.me.id,
    isAddressee: thread.replies.some(({ mentions }) =>
      mentions.some(({ kind, id }) =>
        kind === 'member' ? id === session.me.id : (actor.roles as readonly string[]).includes(id),
      ),
    ),
    part: partOf(thread.anchor),
  }
}

/** Who writes this part can see to what is said about the place. */
function partOf(anchor: Anchor): Part | null {
  switch (anchor.kind) {
    case 'text':
      return 'narrative'
    case 'cell':
      return anchor.column
    case 'cover':
    case 'fact':
      return 'self'
    case 'report':
      return null
  }
}
