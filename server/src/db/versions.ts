import { createHash, randomUUID } from 'node:crypto'
import { LIMITS } from '@gongping/protocol'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { PARTS, type Part } from '@gongping/permissions'
import type { Db, Trx } from './dialect.ts'
import type { Schema } from './schema.ts'

export interface NewVersion {
  readonly reportId: string
  readonly kind: string
  readonly name: string
  readonly at: number
  readonly userId: string
  readonly seqs: Readonly<Record<Part, number>>
  readonly states: Readonly<Record<Part, Uint8Array>>
  /** SHA-256 of what a reader sees of each part. */
  readonly contents?: Readonly<Record<Part, string>>
  /** Layout number of the documents. */
  readonly layout?: number
  /** ScoreBody as JSON. */
  readonly score: string
  /** Hundredths of a point. */
  readonly selfTotal: number | null
}

export type VersionRow = Schema['version']

/** The stored documents of a version are not what was frozen: disk, memory or somebody changed them. */
export class DamagedVersionError extends Error {
  override name = 'DamagedVersionError'
}

export interface FrozenVersion {
  readonly id: string
  readonly sha256: string
  /** What was written of documents that no version held yet. */
  readonly bytes: number
}

/** Freezes a report as it is now; the hash covers all four states. */
export async function insertVersion(trx: Trx, version: NewVersion): Promise<FrozenVersion> {
  const id = randomUUID()
  const sha256 = hashStates(version.states)
  const hashes: Partial<Record<Part, string>> = {}
  let written = 0
  for (const part of PARTS) {
    const bytes = version.states[part]
    const hash = hashOf(bytes)
    hashes[part] = hash
    const known = await trx.selectFrom('version_state').select('sha256').where('sha256', '=', hash).executeTakeFirst()
    if (known) continue
    const deflated = deflateRawSync(bytes)
    written += deflated.length
    await trx
      .insertInto('version_state')
      .values({ sha256: hash, deflated })
      .onConflict((oc) => oc.column('sha256').doNothing())
      .execute()
  }
  const { contents } = version
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
      states: JSON.stringify(hashes),
      score: version.score,
      self_total: version.selfTotal,
      sha256,
      contents: contents ? JSON.stringify(contents) : null,
      content_sha256: contents ? hashContents(version.reportId, contents) : null,
      layout: version.layout ?? 1,
      summary: null,
    })
    .execute()
  return { id, sha256, bytes: written }
}

/** Newest first; without documents and scores. */
export async function listVersions(db: Db, reportId: string) {
  return db
    .selectFrom('version')
    .select(['id', 'kind', 'name', 'at', 'user_id', 'seqs', 'self_total', 'content_sha256', 'summary'])
    .where('report_id', '=', reportId)
    .orderBy('at', 'desc')
    .orderBy('id')
    .execute()
}

export async function countNamedVersions(db: Db, reportId: string): Promise<number> {
  const row = await db
    .selectFrom('version')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('report_id', '=', reportId)
    .where('kind', '=', 'named')
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

export async function findVersion(db: Db, reportId: string, versionId: string): Promise<VersionRow | undefined> {
  return db
    .selectFrom('version')
    .selectAll()
    .where('id', '=', versionId)
    .where('report_id', '=', reportId)
    .executeTakeFirst()
}

/** The newest version of these kinds. */
export async function findLastVersion(
  db: Db,
  reportId: string,
  kinds?: readonly string[],
): Promise<VersionRow | undefined> {
  let query = db.selectFrom('version').selectAll().where('report_id', '=', reportId)
  if (kinds) query = query.where('kind', 'in', [...kinds])
  return query.orderBy('at', 'desc').limit(1).executeTakeFirst()
}

/** Versions whose documents or whose content have this hash. */
export async function listVersionsByHash(db: Db, sha256: string): Promise<VersionRow[]> {
  return db
    .selectFrom('version')
    .selectAll()
    .where((eb) => eb.or([eb('content_sha256', '=', sha256), eb('sha256', '=', sha256)]))
    .orderBy('at')
    .execute()
}

/**
 * The documents of a version, by part; only those asked for are read.
 * @throws DamagedVersionError
 */
export async function readVersionStates(
  db: Db,
  row: Pick<VersionRow, 'id' | 'states'>,
  parts: readonly Part[] = PARTS,
): Promise<Record<Part, Uint8Array>> {
  const hashes = JSON.parse(row.states) as Record<Part, string>
  const wanted = parts.map((part) => hashes[part])
  const rows = await db.selectFrom('version_state').selectAll().where('sha256', 'in', wanted).execute()
  const byHash = new Map(rows.map(({ sha256, deflated }) => [sha256, deflated]))
  return Object.fromEntries(
    parts.map((part) => {
      const deflated = byHash.get(hashes[part])
      if (!deflated) throw new DamagedVersionError(`version ${row.id} lacks its part ${part}`)
      const bytes = inflate(new Uint8Array(deflated))
      if (bytes === null || hashOf(bytes) !== hashes[part])
        throw new DamagedVersionError(`part ${part} of version ${row.id} fails its checksum`)
      return [part, bytes]
    }),
  ) as Record<Part, Uint8Array>
}

/** The four states of a version with their hash; undefined when there is no such version. @throws DamagedVersionError */
export async function findVersionStates(db: Db, versionId: string) {
  const row = await db
    .selectFrom('version')
    .select(['id', 'states', 'sha256'])
    .where('id', '=', versionId)
    .executeTakeFirst()
  return row && { ...(await readVersionStates(db, row)), sha256: row.sha256 }
}

/** What changed since the version before, as JSON. */
export async function putVersionSummary(db: Db, versionId: string, summary: string): Promise<void> {
  await db.updateTable('version').set({ summary }).where('id', '=', versionId).execute()
}

/** Takes versions away, and documents no version holds any more. */
export async function deleteVersions(trx: Trx, ids: readonly string[]): Promise<void> {
  for (let at = 0; at < ids.length; at += 500) {
    const some = ids.slice(at, at + 500)
    const rows = await trx.selectFrom('version').select('states').where('id', 'in', some).execute()
    await trx.deleteFrom('version').where('id', 'in', some).execute()
    const hashes = new Set(rows.flatMap(({ states }) => Object.values(JSON.parse(states) as Record<Part, string>)))
    for (const sha256 of hashes) {
      const held = await trx
        .selectFrom('version')
        .select('id')
        .where('states', 'like', `%${sha256}%`)
        .limit(1)
        .executeTakeFirst()
      if (!held) await trx.deleteFrom('version_state').where('sha256', '=', sha256).execute()
    }
  }
}

export function hashStates(states: Readonly<Record<Part, Uint8Array>>): string {
  const hash = createHash('sha256')
  // The length in front keeps bytes from wandering between parts unnoticed.
  for (const part of PARTS) hash.update(`${part}:${states[part].byteLength}:`).update(states[part])
  return hash.digest('hex')
}

/** The report is part of it: two reports that read the same are still two. */
function hashContents(reportId: string, contents: Readonly<Record<Part, string>>): string {
  return createHash('sha256')
    .update(`report:${reportId}\n`)
    .update(PARTS.map((part) => `${part}:${contents[part]}\n`).join(''))
    .digest('hex')
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** Twice what a document may grow to: a row somebody put there is never unpacked into gigabytes. */
const MAX_STATE_BYTES = 2 * LIMITS.maxPartBytes

function inflate(bytes: Uint8Array): Uint8Array | null {
  try {
    return new Uint8Array(inflateRawSync(bytes, { maxOutputLength: MAX_STATE_BYTES }))
  } catch {
    return null
  }
}
