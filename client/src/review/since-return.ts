import type { Anchor, Comparison, ReturnItem, VersionList, VersionSummary } from '@gongping/protocol/http'
import { useEffect, useState } from 'react'
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
  const [since, setSince] = useState<SinceReturn | null>(null)
  const hasItems = items.length > 0
  useEffect(() => {
    if (!hasItems) return undefined
    let left = false
    const read = async () => {
      const base = `/api/reports/${encodeURIComponent(reportId)}/versions`
      const { versions } = await api.get<VersionList>(base)
      const pair = pairOf(versions)
      if (pair === null) return
      const found = await api.get<Comparison>(
        `${base}/${encodeURIComponent(pair.from)}/compare/${encodeURIComponent(pair.to)}`,
      )
      if (!left) setSince(sinceReturn({ reportId, ...pair, comparison: found }))
    }
    read().catch((error: unknown) => console.error('the changes since the return could not be fetched', error))
    return () => {
      left = true
    }
  }, [reportId, hasItems, state])
  return since
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
