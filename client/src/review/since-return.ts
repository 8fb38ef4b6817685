import type { Anchor, Comparison, ReturnItem, VersionList, VersionSummary } from '@gongping/protocol/http'
import { useQuery } from '@tanstack/react-query'
import { api } from '../app/api.ts'
import { versionsPath } from '../app/paths.ts'
import { useLive } from '../app/use-live.ts'
import type { Place } from './places.ts'
import type { ReviewDesk } from './review-desk.ts'

/** What was changed since the report was returned last. */
export interface SinceReturn {
  /** The comparison on the screen of versions. */
  readonly href: string
  isChanged(item: ReturnItem, place: Place | undefined): boolean
}

/** Null before a return, and until it is known. */
export function useSinceReturn(desk: ReviewDesk): SinceReturn | null {
  const { reportId } = desk.session
  const items = useLive(desk.items)
  const state = useLive(desk.session.state)
  const found = useQuery({
    queryKey: ['report', reportId, 'since-return', state],
    enabled: items.length > 0,
    queryFn: async ({ signal }) => {
      const base = `/api/reports/${encodeURIComponent(reportId)}/versions`
      const { versions } = await api.get<VersionList>(base, { signal })
      const pair = pairOf(versions)
      if (pair === null) return null
      const path = `${base}/${encodeURIComponent(pair.from)}/compare/${encodeURIComponent(pair.to)}`
      return sinceReturn({ reportId, ...pair, comparison: await api.get<Comparison>(path, { signal }) })
    },
  })
  return found.data ?? null
}

/** The last return and what was submitted after it; the report as it is now until then. Versions come newest first. */
function pairOf(versions: readonly VersionSummary[]): { from: string; to: string } | null {
  const returned = versions.findIndex(({ kind }) => kind === 'returned')
  const from = versions[returned]
  if (!from) return null
  const to = versions.slice(0, returned).find(({ kind }) => kind === 'submitted')
  return { from: from.id, to: to?.id ?? 'current' }
}

export function sinceReturn(what: {
  readonly reportId: string
  readonly from: string
  readonly to: string
  readonly comparison: Pick<Comparison, 'scores' | 'fields' | 'text'>
}): SinceReturn {
  const { comparison } = what
  const sections = new Set(
    comparison.text.filter(({ op, isField }) => op !== 'equal' && !isField).map(({ sectionId }) => sectionId),
  )
  const fields = new Set(comparison.fields.map(({ key }) => key))
  const scores = new Set(comparison.scores.filter(({ isSum }) => !isSum).map(({ indicatorId }) => indicatorId))
  const anything = sections.size + fields.size + scores.size > 0
  const changedAt = (anchor: Anchor, place: Place | undefined): boolean => {
    switch (anchor.kind) {
      case 'cell':
        return scores.has(anchor.indicatorId) || fields.has(anchor.indicatorId)
      case 'cover':
      case 'fact':
        return fields.has(anchor.key)
      case 'text':
        return place?.status !== 'here' || (place.sectionId !== null && sections.has(place.sectionId))
      case 'report':
        return anything
    }
  }
  return {
    href: `${versionsPath(what.reportId)}?${new URLSearchParams({ from: what.from, to: what.to })}`,
    isChanged: ({ anchor }, place) => changedAt(anchor, place),
  }
}
