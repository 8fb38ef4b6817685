import { PARTS, type Part } from '@gongping/permissions'

/** What a version keeps about the way from the one before it. */
export interface StoredChanges {
  /** Characters of the text. */
  readonly inserted: number
  readonly deleted: number
  readonly scores: number
  readonly userIds: readonly string[]
  /** The same by part; absent in rows of older programs. */
  readonly byPart?: Readonly<Record<Part, { readonly scores: number; readonly userIds: readonly string[] }>>
}

/** @param hidden parts that shall not be counted */
export function parseChanges(json: string | null, hidden: readonly Part[]): StoredChanges | null {
  if (json === null) return null
  const stored = JSON.parse(json) as StoredChanges
  if (hidden.length === 0) return stored
  const { byPart } = stored
  const shown = byPart ? PARTS.filter((part) => !hidden.includes(part)).map((part) => byPart[part]) : []
  return {
    inserted: stored.inserted,
    deleted: stored.deleted,
    scores: shown.reduce((sum, { scores }) => sum + scores, 0),
    userIds: [...new Set(shown.flatMap(({ userIds }) => userIds))].toSorted(),
  }
}
