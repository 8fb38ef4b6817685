import { createHash, randomUUID } from 'node:crypto'
import { PARTS, type Part } from '@gongping/permissions'
import type { Db, Trx } from './dialect.ts'

export interface NewVersion {
  readonly reportId: string
  readonly kind: string
  readonly name: string
  readonly at: number
  readonly userId: string
  readonly seqs: Readonly<Record<Part, number>>
  readonly states: Readonly<Record<Part, Uint8Array>>
  /** ScoreBody as JSON. */
  readonly score: string
  /** Hundredths of a point. */
  readonly selfTotal: number | null
}

/** Freezes a report as it is now; the hash covers all four states. */
export async function insertVersion(trx: Trx, version: NewVersion): Promise<{ id: string; sha256: string }> {
  const id = randomUUID()
  const sha256 = hashStates(version.states)
  await trx
    .insertInto('version')
    .values({
      id,
      report_id: version.reportId,
      kind: version.kind,
      name: version.name,
      at: version.at,
      user_id: version.userId,
      seqs: JSON.stringify(version.seqs),
      ...version.states,
      score: version.score,
      self_total: version.selfTotal,
      sha256,
    })
    .execute()
  return { id, sha256 }
}

/** Newest first. */
export async function listVersions(db: Db, reportId: string) {
  return db
    .selectFrom('version')
    .select(['id', 'kind', 'name', 'at', 'user_id', 'self_total'])
    .where('report_id', '=', reportId)
    .orderBy('at', 'desc')
    .orderBy('id')
    .execute()
}

/** The four states of a version with their hash. */
export async function findVersionStates(db: Db, versionId: string) {
  return db
    .selectFrom('version')
    .select(['narrative', 'self', 'department', 'finance', 'sha256'])
    .where('id', '=', versionId)
    .executeTakeFirst()
}

export function hashStates(states: Readonly<Record<Part, Uint8Array>>): string {
  const hash = createHash('sha256')
  // The length in front keeps bytes from wandering between parts unnoticed.
  for (const part of PARTS) hash.update(`${part}:${states[part].byteLength}:`).update(states[part])
  return hash.digest('hex')
}
