import type { Thread } from '@gongping/protocol/http'
import type { Place } from './places.ts'

/** 未处理, 待确认, 已关闭, and 原文已变: those whose words were rewritten or are gone. */
export const THREAD_GROUPS = ['open', 'done', 'closed', 'changed'] as const
export type ThreadGroup = (typeof THREAD_GROUPS)[number]

export interface ThreadFilter {
  /** Null for all that is not closed. */
  readonly group: ThreadGroup | null
  readonly person: string | null
  readonly section: string | null
  readonly round: number | null
  readonly query: string
}

export const NO_THREAD_FILTER: ThreadFilter = { group: null, person: null, section: null, round: null, query: '' }

type Places = ReadonlyMap<string, Place>

/**
 * What passes the filter, in the order of reading; what was said later about the same place comes later. The one in
 * focus does not vanish while somebody looks at it.
 */
export function filterThreads(
  threads: readonly Thread[],
  filter: ThreadFilter & { readonly active?: string | null },
  places: Places,
): readonly Thread[] {
  const query = filter.query.trim().toLowerCase()
  const orderOf = ({ id }: Thread) => places.get(id)?.order ?? '~~'
  return threads
    .filter(
      (thread) =>
        (inGroup(thread, filter.group, places) || (filter.group === null && thread.id === filter.active)) &&
        (filter.person === null || thread.replies.some(({ author }) => author.userId === filter.person)) &&
        (filter.section === null || isIn(places.get(thread.id)?.sectionId ?? null, filter.section)) &&
        (filter.round === null || thread.round === filter.round) &&
        (query === '' || textsOf(thread).some((text) => text.toLowerCase().includes(query))),
    )
    .toSorted((a, b) => compare(orderOf(a), orderOf(b)) || compare(a.at, b.at))
}

export function inGroup(thread: Thread, group: ThreadGroup | null, places: Places): boolean {
  if (group === null) return thread.status !== 'closed'
  if (group === 'changed') return thread.status !== 'closed' && isChanged(places.get(thread.id))
  return thread.status === group
}

export const isChanged = (place: Place | undefined) => place !== undefined && place.status !== 'here'

/** Top-level sections hold what stands in the sections below them. */
const isIn = (place: string | null, section: string) =>
  place !== null && (place === section || place.startsWith(`${section}.`))
const textsOf = ({ quote, replies }: Thread) => [
  quote,
  ...replies.flatMap(({ text, author }) => [text, author.displayName]),
]
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
