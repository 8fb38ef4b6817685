import type { VersionSummary } from '@gongping/protocol/http'
import type { Db } from '../db/dialect.ts'
import { listNames } from '../db/profiles.ts'
import { listVersions } from '../db/versions.ts'
import { pointsOf } from './points.ts'

/** Newest first. */
export async function listVersionsOf(db: Db, reportId: string): Promise<VersionSummary[]> {
  const rows = await listVersions(db, reportId)
  const names = await listNames(
    db,
    rows.map((row) => row.user_id),
  )
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind as VersionSummary['kind'],
    name: row.name,
    at: new Date(row.at).toISOString(),
    by: names.get(row.user_id) ?? '',
    selfTotal: pointsOf(row.self_total),
  }))
}
