import type { ReportList, ReportSummary } from '@gongping/protocol/http'
import type { Role } from '@gongping/permissions'
import { queryOptions } from '@tanstack/react-query'
import { api } from '../app/api.ts'
import { nextAction, statesWaitingFor } from './next-action.ts'

export type QueueFlag = 'full' | 'resubmitted' | 'deviation' | 'findings'

/** Reports that wait for a reviewer in this role, what is due first at the top. At most a hundred for each state. */
export const queueQuery = (role: Role) =>
  queryOptions({
    queryKey: ['reports', 'queue', role],
    queryFn: async ({ signal }) => {
      const lists = await Promise.all(
        statesWaitingFor(role).map((state) =>
          api.get<ReportList>('/api/reports', { signal, query: { state, pageSize: 100, sort: 'updatedAt' } }),
        ),
      )
      return sortQueue(lists.flatMap(({ reports }) => reports))
    },
  })

export function sortQueue(reports: readonly ReportSummary[]): readonly ReportSummary[] {
  return reports
    .filter(({ roles, state }) => ['review', 'check'].includes(nextAction(roles, state)))
    .toSorted(
      (a, b) =>
        compare(a.dueDate ?? NO_DATE, b.dueDate ?? NO_DATE) || compare(a.updatedAt, b.updatedAt) || compare(a.id, b.id),
    )
}

/** What a reviewer should look at more closely. */
export function flagsOf(report: ReportSummary): readonly QueueFlag[] {
  const { selfTotal, departmentTotal, round, openFindings } = report
  const flags: QueueFlag[] = []
  if (round > 1) flags.push('resubmitted')
  if (selfTotal !== null && selfTotal >= FULL) flags.push('full')
  if (selfTotal !== null && departmentTotal !== null && Math.abs(selfTotal - departmentTotal) >= LARGE) {
    flags.push('deviation')
  }
  if (openFindings > 0) flags.push('findings')
  return flags
}

/** Whole days past the due date, by the calendar in China; 0 when it is not past. */
export function daysOverdue(dueDate: string | null, now: Date): number {
  if (dueDate === null) return 0
  const today = new Date(now.getTime() + 8 * 3_600_000).toISOString().slice(0, 10)
  return Math.max(0, Math.round((Date.parse(today) - Date.parse(dueDate)) / 86_400_000))
}

const NO_DATE = '9999'
/** Points; every template sums to a hundred. */
const FULL = 100
const LARGE = 5
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
