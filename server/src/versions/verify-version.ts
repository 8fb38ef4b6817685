import { PARTS } from '@gongping/permissions'
import type { VerifiedVersion } from '@gongping/protocol/http'
import type { Session } from '../auth/session.ts'
import type { Db } from '../db/dialect.ts'
import { DamagedVersionError, type VersionRow, listVersionsByHash, readVersionStates } from '../db/versions.ts'
import { hashesOf } from '../reports/freeze-version.ts'
import { RequestError } from '../reports/request-error.ts'
import { getVisibleReport } from '../reports/visible-report.ts'
import { isContentOf } from './differs-from-submitted.ts'
import { summarize } from './list-versions.ts'

/** Which versions a printed hash stands for, among those the caller may see. @throws RequestError when there are none */
export async function verifyVersion(db: Db, who: Session, sha256: string): Promise<VerifiedVersion[]> {
  const hash = sha256.trim().toLowerCase()
  const rows = /^[0-9a-f]{64}$/.test(hash) ? await listVersionsByHash(db, hash) : []
  const found: VerifiedVersion[] = []
  for (const row of rows) {
    const project = await findVisibleName(db, who, row.report_id)
    if (project === null) continue
    const [version] = await summarize(db, row.report_id, [row])
    if (!version) continue
    found.push({
      reportId: row.report_id,
      projectName: project,
      version,
      of: row.content_sha256 === hash ? 'content' : 'documents',
      isIntact: await isIntact(db, row),
      isCurrent: await isContentOf(db, row.report_id, row, PARTS),
    })
  }
  if (found.length > 0) return found
  throw new RequestError({
    kind: 'not-found',
    code: 'no_such_hash',
    text: {
      zh: '您能查看的报告中，没有哪个版本的校验码是这个。',
      en: 'No version of a report open to you has this hash.',
    },
  })
}

async function findVisibleName(db: Db, who: Session, reportId: string): Promise<string | null> {
  try {
    return (await getVisibleReport(db, who, reportId)).report.project_name
  } catch (error) {
    if (error instanceof RequestError) return null
    throw error
  }
}

async function isIntact(db: Db, row: VersionRow): Promise<boolean> {
  try {
    const states = await readVersionStates(db, row)
    return row.contents === null || JSON.stringify(hashesOf(states)) === row.contents
  } catch (error) {
    if (error instanceof DamagedVersionError) return false
    throw error
  }
}
