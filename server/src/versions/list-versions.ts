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

/** Newest first. */
export async function listVersionsOf(db: Db, reportId: string): Promise<VersionSummary[]> {
  return summarize(db, reportId, await listVersions(db, reportId))
}

/** One row as lists show it. */
export async function getListedVersion(db: Db, reportId: string, versionId: string): Promise<VersionSummary> {
  const found = (await listVersions(db, reportId)).filter(({ id }) => id === versionId)
  const [summary] = await summarize(db, reportId, found)
  if (!summary) throw new Error(`no version ${versionId}`)
  return summary
}

export async function summarize(db: Db, reportId: string, rows: readonly ListedRow[]): Promise<VersionSummary[]> {
  const stored = rows.map(({ summary }) => parseChanges(summary))
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
    contentSha256: row.content_sha256,
    changes: changesOf(stored[index] ?? null, people),
  }))
}

function changesOf(stored: StoredChanges | null, people: ReadonlyMap<string, VersionPerson>): VersionChanges | null {
  if (!stored) return null
  const { inserted, deleted, scores, userIds } = stored
  return { inserted, deleted, scores, people: userIds.flatMap((id) => people.get(id) ?? []) }
}
