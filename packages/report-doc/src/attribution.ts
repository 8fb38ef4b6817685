import * as Y from 'yjs'

/** A row of the log as the server wrote it: the user is the one who was signed in, whatever the bytes claim. */
export interface LoggedUpdate {
  readonly userId: string
  readonly bytes: Uint8Array
}

/** Who inserted and who deleted, by Yjs id. Null when the rows do not tell. */
export interface Ownership {
  insertedBy(client: number, clock: number): string | null
  deletedBy(client: number, clock: number): string | null
}

export interface OwnershipInput {
  /** Rows of one part in the order of the log; neighbours of one user may have been merged. */
  readonly rows: readonly LoggedUpdate[]
  /** Whose a client id was when the server first saw it, for what is older than the rows. */
  readonly owners: ReadonlyMap<number, string>
  /** Whose everything without an owner is: who made the report. */
  readonly seededBy: string | null
}

/**
 * An index over the authenticated log. A client id belongs to the user whose row brought its first structs: the guard
 * lets nobody else write under it. The first row that deletes a character counts.
 */
export function createOwnership({ rows, owners, seededBy }: OwnershipInput): Ownership {
  const writers = new Map(owners)
  const deleters = new Map<number, Map<number, string>>()
  for (const { userId, bytes } of rows) {
    const update = decode(bytes)
    if (update === null) continue
    for (const { id } of update.structs) if (!writers.has(id.client)) writers.set(id.client, userId)
    for (const [client, ranges] of update.ds.clients) {
      let deleted = deleters.get(client)
      if (!deleted) deleters.set(client, (deleted = new Map()))
      for (const { clock, len } of ranges) {
        for (let at = clock; at < clock + Math.min(len, MAX_RANGE); at++) {
          if (!deleted.has(at)) deleted.set(at, userId)
        }
      }
    }
  }
  return {
    insertedBy: (client) => (client < 0 ? null : (writers.get(client) ?? seededBy)),
    deletedBy: (client, clock) => deleters.get(client)?.get(clock) ?? null,
  }
}

/** Longer than any document may be; a range beyond it comes from damaged bytes. */
const MAX_RANGE = 20_000_000

/** A damaged row costs its own attribution, nothing else. */
function decode(bytes: Uint8Array): ReturnType<typeof Y.decodeUpdate> | null {
  try {
    return Y.decodeUpdate(bytes)
  } catch {
    return null
  }
}
