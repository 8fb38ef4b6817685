import { may } from '@gongping/permissions'
import type { VersionSummary } from '@gongping/protocol/http'
import type { Session } from '../auth/session.ts'
import { countNamedVersions } from '../db/versions.ts'
import type { Deps } from '../deps.ts'
import { MOST_KEPT } from '../quotas.ts'
import { dayIsFull, denied, full } from '../reports/request-error.ts'
import { getVisibleReport } from '../reports/visible-report.ts'
import { hiddenParts } from '../review/hidden-parts.ts'
import { keepVersion } from './keep-version.ts'
import { getListedVersion } from './list-versions.ts'

/** Keeps the report as it is now under a name. */
export async function nameVersion(
  deps: Pick<Deps, 'db' | 'documents' | 'now' | 'disk'>,
  who: Session,
  { reportId, name }: { reportId: string; name: string },
): Promise<VersionSummary> {
  const { db, documents, disk } = deps
  const { report, actor } = await getVisibleReport(db, who, reportId)
  const verdict = may(actor, { action: 'name-version' }, report.state)
  if (!verdict.ok) throw denied(verdict.code, verdict.message)
  if ((await countNamedVersions(db, reportId)) >= MOST_KEPT.namedVersionsPerReport) throw tooManyVersions()
  if (disk?.isUsedUp(who.userId, reportId)) throw dayIsFull()
  const kept = await documents.hold(reportId, () =>
    keepVersion(deps, {
      report,
      kind: 'named',
      name,
      userId: who.userId,
      deed: ({ id, sha256 }) => ({ action: 'version-named', detail: { versionId: id, sha256 } }),
      onlyIfNew: false,
    }),
  )
  if (!kept) throw new Error('a named version was not kept')
  disk?.add({ userId: who.userId, reportId, bytes: kept.bytes })
  return getListedVersion(db, reportId, { versionId: kept.id, hidden: hiddenParts({ report, actor }) })
}

const tooManyVersions = () =>
  full({
    zh: `一份报告最多保存 ${MOST_KEPT.namedVersionsPerReport} 个命名版本；自动版本照常保存。`,
    en: `A report keeps at most ${MOST_KEPT.namedVersionsPerReport} named versions; automatic ones are kept as before.`,
  })
