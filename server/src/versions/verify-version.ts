import { PARTS } from '@gongping/permissions'
import type { VerifiedVersion } from '@gongping/protocol/http'
import type { Session } from '../auth/session.ts'
import type { Db } from '../db/dialect.ts'
import { DamagedVersionError, type VersionRow, listVersionsByHash, readVersionStates } from '../db/versions.ts'
import { hashesOf } from '../reports/freeze-version.ts'
import { RequestError } from '../reports/request-error.ts'
import { type VisibleReport, getVisibleReport } from '../reports/visible-report.ts'
import { hiddenParts } from '../review/hidden-parts.ts'
import { isContentOf } from './differs-from-submitted.ts'
import { summarize } from './list-versions.ts'

/** Which versions a printed hash stands for, among those the caller may see. @throws RequestError when there are none */
export async function verifyVersion(db: Db, who: Session, sha256: string): Promise<VerifiedVersion[]> {
  const hash = sha256.trim().toLowerCase()
  const rows = /^[0-9a-f]{64}$/.test(hash) ? await listVersionsByHash(db, hash) : []
  const found: VerifiedVersion[] = []
  for (const row of rows) {
    const visible = await findVisible(db, who, row.report_id)
    if (!visible) continue
    const hidden = hiddenParts(visible)
    // Otherwise scores that are still hidden could be guessed until the hash is known here.
    if (hidden.length > 0 && row.sha256 !== hash) continue
    const [version] = await summarize(db, { reportId: row.report_id, rows: [row], hidden })
    if (!version) continue
    const shown = PARTS.filter((part) => !hidden.includes(part))
    found.push({
      reportId: row.report_id,
      projectName: visible.report.project_name,
      version,
      of: row.content_sha256 === hash ? 'content' : 'documents',
      isIntact: await isIntact(db, row),
      isCurrent: await isContentOf(db, row.report_id, row, shown),
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

async function findVisible(db: Db, who: Session, reportId: string): Promise<VisibleReport | null> {
  try {
    return await getVisibleReport(db, who, reportId)
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
