/** What a version keeps about the way from the one before it. */
export interface StoredChanges {
  /** Characters of the text. */
  readonly inserted: number
  readonly deleted: number
  readonly scores: number
  readonly userIds: readonly string[]
}

export function parseChanges(json: string | null): StoredChanges | null {
  return json === null ? null : (JSON.parse(json) as StoredChanges)
}
