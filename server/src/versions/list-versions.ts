import type { Part } from '@gongping/permissions'
import { VERSION_KINDS, type VersionChanges, type VersionPerson, type VersionSummary } from '@gongping/protocol/http'
import type { Db } from '../db/dialect.ts'
import { type VersionRow, listVersions } from '../db/versions.ts'
import { pointsOf } from '../reports/points.ts'
import { findPeople } from './people.ts'
import { type StoredChanges, parseChanges } from './stored-changes.ts'

type ListedRow = Pick<
  VersionRow,
  'id' | 'kind' | 'name' | 'at' | 'user_id' | 'self_total' | 'content_sha256' | 'summary'
>

/** Newest first. @param hidden parts the caller may not read */
export async function listVersionsOf(db: Db, reportId: string, hidden: readonly Part[]): Promise<VersionSummary[]> {
  return summarize(db, { reportId, rows: await listVersions(db, reportId), hidden })
}

/** One row as lists show it. */
export async function getListedVersion(
  db: Db,
  reportId: string,
  { versionId, hidden }: { versionId: string; hidden: readonly Part[] },
): Promise<VersionSummary> {
  const found = (await listVersions(db, reportId)).filter(({ id }) => id === versionId)
  const [summary] = await summarize(db, { reportId, rows: found, hidden })
  if (!summary) throw new Error(`no version ${versionId}`)
  return summary
}

/**
 * With hidden parts there is no hash: whoever knows the rest of the report could guess scores until it fits.
 *
 * @param hidden parts the caller may not read: not counted either
 */
export async function summarize(
  db: Db,
  { reportId, rows, hidden }: { reportId: string; rows: readonly ListedRow[]; hidden: readonly Part[] },
): Promise<VersionSummary[]> {
  const stored = rows.map(({ summary }) => parseChanges(summary, hidden))
  const userIds = [...rows.map(({ user_id }) => user_id), ...stored.flatMap((changes) => changes?.userIds ?? [])]
  const people = await findPeople(db, reportId, userIds)
  return rows.map((row, index) => ({
    id: row.id,
    kind: VERSION_KINDS.find((kind) => kind === row.kind) ?? 'named',
    name: row.name,
    at: new Date(Number(row.at)).toISOString(),
    by: people.get(row.user_id)?.displayName ?? '',
    role: people.get(row.user_id)?.role ?? null,
    selfTotal: pointsOf(row.self_total),
    contentSha256: hidden.length > 0 ? null : row.content_sha256,
    changes: changesOf(stored[index] ?? null, people),
  }))
}

function changesOf(stored: StoredChanges | null, people: ReadonlyMap<string, VersionPerson>): VersionChanges | null {
  if (!stored) return null
  const { inserted, deleted, scores, userIds } = stored
  return { inserted, deleted, scores, people: userIds.flatMap((id) => people.get(id) ?? []) }
}
