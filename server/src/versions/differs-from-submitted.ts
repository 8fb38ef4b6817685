import { type Part } from '@gongping/permissions'
import type { Db } from '../db/dialect.ts'
import { listParts } from '../db/reports.ts'
import { type VersionRow, findLastVersion } from '../db/versions.ts'
import { contentHash } from './content-hash.ts'
import { openState } from './snapshot.ts'

/** What the filler hands in. */
const SUBMITTED_PARTS = ['narrative', 'self'] as const

/** Content of stored states by their hash, so that asking again costs nothing. */
const known = new Map<string, string>()
const MAX_KNOWN = 2000

/** Whether text or self-evaluation are no longer what was submitted last; null before the first submission. */
export async function differsFromSubmitted(db: Db, reportId: string): Promise<boolean | null> {
  const version = await findLastVersion(db, reportId, ['submitted'])
  if (!version) return null
  return !(await isContentOf(db, reportId, version, SUBMITTED_PARTS))
}

/** Whether these parts of the report read as they did in the version. */
export async function isContentOf(
  db: Db,
  reportId: string,
  version: Pick<VersionRow, 'contents' | 'states'>,
  parts: readonly Part[],
): Promise<boolean> {
  const rows = await db
    .selectFrom('part')
    .select(['part', 'state_sha256'])
    .where('report_id', '=', reportId)
    .where('part', 'in', [...parts])
    .execute()
  const states = JSON.parse(version.states) as Record<Part, string>
  const changed = rows.filter(({ part, state_sha256 }) => states[part] !== state_sha256)
  if (changed.length === 0) return true
  if (version.contents === null) return false
  const contents = JSON.parse(version.contents) as Record<Part, string>
  for (const { part, state_sha256 } of changed) {
    if ((await contentOf(db, { reportId, part, sha256: state_sha256 })) !== contents[part]) return false
  }
  return true
}

async function contentOf(db: Db, o: { reportId: string; part: Part; sha256: string }): Promise<string | null> {
  const cached = known.get(o.sha256)
  if (cached !== undefined) return cached
  const row = (await listParts(db, o.reportId)).find(({ part }) => part === o.part)
  const doc = row && openState(new Uint8Array(row.state))
  if (!doc) return null
  const content = contentHash(o.part, doc)
  doc.destroy()
  const [oldest] = known.keys()
  if (known.size >= MAX_KNOWN && oldest !== undefined) known.delete(oldest)
  known.set(o.sha256, content)
  return content
}
