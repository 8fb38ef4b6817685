import type { ScoreColumnId } from '@gongping/scoring'
import type { Thread } from '@gongping/protocol/http'
import { useMemo } from 'react'
import { useLive } from '../app/use-live.ts'
import { createLive } from '../sync/live.ts'
import type { Place } from './places.ts'
import type { ReviewDesk } from './review-desk.ts'

/** Comments that are not closed about one score or what is written beside it, e.g. its reason. */
export type CellThreads = ReadonlyMap<string, readonly Thread[]>

/** By `cellKey`; empty before the review is there. */
export function useCellThreads(desk: ReviewDesk | null): CellThreads {
  const threads = useLive(desk?.threads ?? NO_THREADS)
  return useMemo(() => groupByCell(threads), [threads])
}

export const cellKey = ({ column, indicatorId }: { column: ScoreColumnId; indicatorId: string }) =>
  `${column}|${indicatorId}`

export function groupByCell(threads: readonly Thread[]): CellThreads {
  const found = new Map<string, Thread[]>()
  for (const thread of threads) {
    if (thread.status === 'closed' || thread.anchor.kind !== 'cell') continue
    const key = cellKey(thread.anchor)
    found.set(key, [...(found.get(key) ?? []), thread])
  }
  return found
}

/** How many comments that are not closed stand in each section, by its id. */
export function useSectionThreads(desk: ReviewDesk | null): ReadonlyMap<string, number> {
  const threads = useLive(desk?.threads ?? NO_THREADS)
  const places = useLive(desk?.places ?? NO_PLACES)
  return useMemo(() => countBySection(threads, places), [threads, places])
}

export function countBySection(
  threads: readonly Thread[],
  places: ReadonlyMap<string, Pick<Place, 'sectionId'>>,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const { id, status } of threads) {
    const sectionId = places.get(id)?.sectionId ?? null
    if (status !== 'closed' && sectionId !== null) counts.set(sectionId, (counts.get(sectionId) ?? 0) + 1)
  }
  return counts
}

const NO_THREADS = createLive<readonly Thread[]>([])
const NO_PLACES = createLive<ReadonlyMap<string, Place>>(new Map())
