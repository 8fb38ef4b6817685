import type { Deed } from '../db/audit.ts'
import { insertAudit } from '../db/audit.ts'
import { lockReport } from '../db/reports.ts'
import type { ReportRow } from '../db/schema.ts'
import { type ScoreRow, findScore } from '../db/scores.ts'
import { findLastVersion } from '../db/versions.ts'
import type { Deps } from '../deps.ts'
import { freezeVersion } from '../reports/freeze-version.ts'
import { settleScore } from '../reports/settle-score.ts'

export interface KeptVersion {
  readonly id: string
  readonly score: ScoreRow
  readonly at: number
  /** What it added to the disk. */
  readonly bytes: number
}

/**
 * Freezes the report as it is, with its score, and the deed that belongs to it, in one transaction. What is accepted
 * while this runs may be in it or not, but documents and score are always of one moment; `hold` makes the moment certain.
 *
 * @returns null when the newest version was to be another one and holds the same content already
 */
export async function keepVersion(
  { db, documents, now }: Pick<Deps, 'db' | 'documents' | 'now'>,
  version: {
    report: Pick<ReportRow, 'id' | 'template_id'>
    kind: 'named' | 'automatic' | 'before-restore'
    name: string
    userId: string
    /** Told the id and hash of the version; null for versions nobody asked for. */
    deed: ((frozen: { id: string; sha256: string }) => Pick<Deed, 'action' | 'detail'>) | null
    /** Keeps nothing when nothing is new. */
    onlyIfNew: boolean
  },
): Promise<KeptVersion | null> {
  const { report, kind, name, userId, deed, onlyIfNew } = version
  await documents.scoreNow(report.id)
  const at = now()
  return db.transaction().execute(async (trx) => {
    await lockReport(trx, report.id)
    const stored = await findScore(trx, report.id)
    if (!stored) throw new Error(`report ${report.id} has no score after scoring`)
    const score = await settleScore(trx, { report, score: stored, at })
    if (onlyIfNew) {
      const last = await findLastVersion(trx, report.id)
      if (last && last.seqs === score.seqs) return null
    }
    const frozen = await freezeVersion(trx, { reportId: report.id, kind, name, at, userId, score })
    if (deed) await insertAudit(trx, { at, userId, reportId: report.id, ...deed(frozen) })
    return { id: frozen.id, score, at, bytes: frozen.bytes }
  })
}
