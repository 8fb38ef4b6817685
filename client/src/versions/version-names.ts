import type { VersionSummary } from '@gongping/protocol/http'
import type { Language } from '../app/language.ts'
import { LOCALES } from '../app/language.ts'
import { versionWords } from './words.ts'

/** The id that stands for the report as it is now. */
export const CURRENT = 'current'

export interface TimelineRound {
  /** Submissions so far; 0 before the first. */
  readonly round: number
  /** Newest first. */
  readonly versions: readonly NamedVersion[]
}
export interface NamedVersion {
  readonly version: VersionSummary
  /** What it is called, e.g. `送审稿 第2次`; automatic ones by their time. */
  readonly name: string
}

/** Versions by round, newest first. A submission begins the round it is counted in. */
export function groupByRound(versions: readonly VersionSummary[], language: Language): readonly TimelineRound[] {
  const words = versionWords[language]
  const counts = new Map<string, number>()
  const rounds: { round: number; versions: NamedVersion[] }[] = []
  let round = 0
  for (const version of versions.toReversed()) {
    const count = (counts.get(version.kind) ?? 0) + 1
    counts.set(version.kind, count)
    if (version.kind === 'submitted') round = count
    if (rounds.at(-1)?.round !== round) rounds.push({ round, versions: [] })
    rounds.at(-1)!.versions.unshift({ version, name: nameOf(version, count, language) })
  }
  function nameOf(version: VersionSummary, count: number, shown: Language): string {
    const kind = words.kinds[version.kind]
    if (version.name) return version.name
    if (version.kind === 'automatic' || version.kind === 'before-restore' || version.kind === 'named')
      return `${kind} · ${shortTime(version.at, shown)}`
    return version.kind === 'created' || version.kind === 'concluded' ? kind : words.numbered({ name: kind, n: count })
  }
  return rounds.toReversed()
}

export function shortTime(iso: string, language: Language): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return ''
  return new Intl.DateTimeFormat(LOCALES[language], {
    month: language === 'zh' ? 'long' : 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  }).format(at)
}

/** What is compared when nobody chose: the last submission, or else the oldest version there is. */
export function defaultFrom(versions: readonly VersionSummary[]): string {
  return (versions.find(({ kind }) => kind === 'submitted') ?? versions.at(-1))?.id ?? CURRENT
}

/** Whether the server did not keep it by itself. */
export const isNamed = ({ kind }: VersionSummary) => kind !== 'automatic' && kind !== 'before-restore'
