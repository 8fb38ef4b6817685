/** One version as thinning sees it. */
export interface ThinnableVersion {
  readonly id: string
  readonly kind: string
  /** UTC milliseconds. */
  readonly at: number
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** China's days and hours: automatic versions are looked for by the clock on the wall. */
const CHINA_MS = 8 * HOUR_MS

/**
 * Ids of automatic versions that may go: all of today stay, of the last week the last one of each hour, before that the
 * last one of each day. Versions somebody named and those of transitions and restores always stay.
 */
export function versionsToThin(versions: readonly ThinnableVersion[], now: number): readonly string[] {
  const kept = new Set<string>()
  const dropped: string[] = []
  const today = dayOf(now)
  for (const { id, kind, at } of versions.toSorted((one, other) => other.at - one.at)) {
    if (kind !== 'automatic' || dayOf(at) >= today) continue
    const isRecent = today - dayOf(at) <= 7
    const place = isRecent ? `hour ${Math.floor((at + CHINA_MS) / HOUR_MS)}` : `day ${dayOf(at)}`
    if (kept.has(place)) dropped.push(id)
    else kept.add(place)
  }
  return dropped
}

const dayOf = (at: number) => Math.floor((at + CHINA_MS) / DAY_MS)
