import { may } from '@gongping/permissions'
import type { VersionSummary } from '@gongping/protocol/http'
import type { Session } from '../auth/session.ts'
import { insertAudit } from '../db/audit.ts'
import { findScore } from '../db/scores.ts'
import type { Deps } from '../deps.ts'
import { freezeVersion } from './freeze-version.ts'
import { pointsOf } from './points.ts'
import { denied } from './request-error.ts'
import { getVisibleReport } from './visible-report.ts'

/** Keeps the report as it is now under a name. */
export async function nameVersion(
  { db, documents, now }: Pick<Deps, 'db' | 'documents' | 'now'>,
  who: Session,
  { reportId, name }: { reportId: string; name: string },
): Promise<VersionSummary> {
  const { report, actor } = await getVisibleReport(db, who, reportId)
  const verdict = may(actor, { action: 'name-version' }, report.state)
  if (!verdict.ok) throw denied(verdict.code, verdict.message)
  return documents.hold(reportId, async () => {
    await documents.scoreNow(reportId)
    const score = await findScore(db, reportId)
    if (!score) throw new Error(`report ${reportId} has no score after scoring`)
    const at = now()
    const version = { reportId, kind: 'named' as const, name, at, userId: who.userId, score }
    const { id } = await db.transaction().execute(async (trx) => {
      const frozen = await freezeVersion(trx, version)
      await insertAudit(trx, {
        at,
        userId: who.userId,
        action: 'version-named',
        reportId,
        detail: { versionId: frozen.id, sha256: frozen.sha256 },
      })
      return frozen
    })
    return {
      id,
      kind: 'named',
      name,
      at: new Date(at).toISOString(),
      by: who.displayName,
      selfTotal: pointsOf(score.self_total),
    }
  })
}
