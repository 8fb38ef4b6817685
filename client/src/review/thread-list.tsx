import { useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import { newCommentKey } from './drafts.ts'
import { NewThread } from './new-thread.tsx'
import { topSections } from './place-name.ts'
import type { ReviewDesk } from './review-desk.ts'
import { ThreadCard } from './thread-card.tsx'
import { filterThreads, inGroup, NO_THREAD_FILTER, THREAD_GROUPS, type ThreadFilter } from './thread-filter.ts'
import { UnsentComments } from './unsent-comments.tsx'
import { reviewWords } from './words.ts'

/** All that is said about the report, in the order of its places. */
export function ThreadList({ desk }: { desk: ReviewDesk }) {
  const words = useWords(reviewWords)
  const threads = useLive(desk.threads)
  const places = useLive(desk.places)
  const active = useLive(desk.active)
  const composing = useLive(desk.composing)
  const filter = useLive(desk.filter)
  const wanted = useDeferredValue(filter)
  const shown = useMemo(() => filterThreads(threads, { ...wanted, active }, places), [threads, wanted, places, active])
  const activeAt = shown.findIndex(({ id }) => id === active)
  const count = useGrowing(shown.length, wanted, activeAt)
  return (
    <div className="review-list">
      <FilterRow desk={desk} filter={filter} />
      {composing ? <NewThread key={newCommentKey(composing)} desk={desk} anchor={composing} /> : null}
      <UnsentComments desk={desk} />
      {shown.length === 0 && composing === null ? (
        <p className="nothing-here">{threads.length === 0 ? words.noThreads : words.noneMatches}</p>
      ) : (
        <ol className="cards" aria-label={words.threads}>
          {shown.slice(0, count).map((thread) => (
            <ThreadCard
              key={thread.id}
              desk={desk}
              thread={thread}
              place={places.get(thread.id)}
              active={thread.id === active}
            />
          ))}
        </ol>
      )}
    </div>
  )
}

const FIRST = 12
const STEP = 16

/** How many cards to draw: a screenful at once, the rest in idle time, so that a long list never holds up the page. */
function useGrowing(length: number, reset: unknown, atLeast: number): number {
  const [grown, setGrown] = useState({ reset, count: FIRST })
  const count = grown.reset === reset ? grown.count : FIRST
  const reach = Math.max(count, atLeast + 1)
  useEffect(() => {
    if (reach >= length) return undefined
    const timer = setTimeout(() => setGrown({ reset, count: reach + STEP }), 40)
    return () => clearTimeout(timer)
  }, [length, reach, reset])
  return Math.min(length, reach)
}

function FilterRow({ desk, filter }: { desk: ReviewDesk; filter: ThreadFilter }) {
  const words = useWords(reviewWords)
  const threads = useLive(desk.threads)
  const places = useLive(desk.places)
  const people = useMemo(() => {
    const authors = threads.flatMap(({ replies }) => replies.map(({ author }) => author))
    return [...new Map(authors.map((author) => [author.userId, author.displayName]))]
  }, [threads])
  const rounds = useMemo(() => [...new Set(threads.map(({ round }) => round))].toSorted((a, b) => a - b), [threads])
  const set = (change: Partial<ThreadFilter>) => desk.filter.set({ ...filter, ...change })
  const query = useRef<HTMLInputElement>(null)
  return (
    <search className="review-filter">
      <fieldset className="chips" aria-label={words.filterByStatus}>
        {[null, ...THREAD_GROUPS].map((group) => {
          const n = threads.filter((thread) => inGroup(thread, group, places)).length
          return (
            <button
              key={group ?? 'all'}
              type="button"
              className="num"
              aria-pressed={filter.group === group}
              onClick={() => set({ group })}
            >
              {group === null ? words.notClosed : words.groups[group]} {n}
            </button>
          )
        })}
      </fieldset>
      <div className="filter-fields">
        <select
          aria-label={words.person}
          value={filter.person ?? ''}
          onChange={(event) => set({ person: event.target.value || null })}
        >
          <option value="">{words.everybody}</option>
          {people.map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        <select
          aria-label={words.section}
          value={filter.section ?? ''}
          onChange={(event) => set({ section: event.target.value || null })}
        >
          <option value="">{words.everywhere}</option>
          <option value="cover">{words.cover}</option>
          {topSections(desk.session).map(({ id, title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
        {rounds.length > 1 ? (
          <select
            aria-label={words.round}
            value={filter.round ?? ''}
            onChange={(event) => set({ round: event.target.value === '' ? null : Number(event.target.value) })}
          >
            <option value="">{words.everyRound}</option>
            {rounds.map((round) => (
              <option key={round} value={round}>
                {words.roundNumber({ n: round })}
              </option>
            ))}
          </select>
        ) : null}
        <input
          ref={query}
          type="search"
          aria-label={words.search}
          placeholder={words.search}
          value={filter.query}
          onChange={(event) => set({ query: event.target.value })}
        />
        {filter !== NO_THREAD_FILTER && JSON.stringify(filter) !== JSON.stringify(NO_THREAD_FILTER) ? (
          <button type="button" className="btn small plain" onClick={() => desk.filter.set(NO_THREAD_FILTER)}>
            {words.reset}
          </button>
        ) : null}
      </div>
    </search>
  )
}
