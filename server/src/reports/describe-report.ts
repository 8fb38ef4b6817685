import { TRANSITION_ACTIONS, may, penOf } from '@gongping/permissions'
import type { ReportDetail } from '@gongping/protocol/http'
import type { Db } from '../db/dialect.ts'
import { listMembers } from '../db/memberships.ts'
import { findLastEditAt } from '../db/reports.ts'
import { differsFromSubmitted } from '../versions/differs-from-submitted.ts'
import { hiddenParts } from '../review/hidden-parts.ts'
import type { VisibleReport } from './visible-report.ts'

/** Metadata, members, and what the caller may do now; a reason is not asked for before the deed itself. */
export async function describeReport(db: Db, { report, actor }: VisibleReport): Promise<ReportDetail> {
  const members = await listMembers(db, report.id)
  const lastEditAt = await findLastEditAt(db, report.id)
  return {
    id: report.id,
    projectName: report.project_name,
    unit: report.unit,
    fiscalYear: report.fiscal_year,
    state: report.state,
    templateId: report.template_id,
    templateVersion: report.template_version,
    members: members.map(({ userId, displayName, unit, role }) => ({ userId, displayName, unit, role })),
    roles: [...actor.roles],
    pen: penOf(actor, report.state),
    actions: TRANSITION_ACTIONS.map((action) => {
      const verdict = may(actor, { action, reason: '-' }, report.state)
      return { action, allowed: verdict.ok, reason: verdict.ok ? null : verdict.message }
    }),
    differsFromSubmitted: await differsFromSubmitted(db, report.id),
    updatedAt: new Date(Math.max(report.updated_at, lastEditAt)).toISOString(),
    round: report.round,
    hidden: hiddenParts({ report, actor }),
    dueDate: report.due_date,
  }
}
