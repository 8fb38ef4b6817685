import { type Actor, REPORT_STATES } from '@gongping/permissions'
import { type ReportList, type ReportListQuery, type ReportSummary, ScoreBody } from '@gongping/protocol/http'
import type { z } from 'zod'
import type { Session } from '../auth/session.ts'
import type { Db } from '../db/dialect.ts'
import { findScore } from '../db/scores.ts'
import { type ListedReport, listReportsOf, listRolesByReport } from '../db/reports.ts'
import { hiddenParts, hideInScore, hideInSummary } from '../review/hidden-parts.ts'
import { pointsOf } from './points.ts'

type Query = z.output<typeof ReportListQuery>

/** What the caller may see, filtered, sorted the Chinese way (by pinyin) and cut into pages. */
export async function listReports(db: Db, who: Session, query: Query): Promise<ReportList> {
  const rows = await listReportsOf(db, who.role === 'admin' ? undefined : who.userId)
  const roles = await listRolesByReport(db, who.userId)
  const wanted = rows.filter((row) => matches(row, query)).toSorted(comparing(query.sort))
  const from = (query.page - 1) * query.pageSize
  const shown: ReportSummary[] = []
  for (const row of wanted.slice(from, from + query.pageSize)) {
    shown.push(await toShown(db, row, { roles: roles.get(row.id) ?? [], isAdmin: who.role === 'admin' }))
  }
  return {
    reports: shown,
    total: wanted.length,
    counts: Object.fromEntries(REPORT_STATES.map((state) => [state, rows.filter((row) => row.state === state).length])),
  }
}

function matches(row: ListedReport, { query, state, year, unit }: Query): boolean {
  if (state !== undefined && row.state !== state) return false
  if (year !== undefined && row.fiscal_year !== year) return false
  if (unit !== undefined && row.unit !== unit) return false
  const words = fold(query ?? '')
    .split(/\s+/)
    .filter(Boolean)
  const text = fold(`${row.project_name} ${row.unit} ${row.fiscal_year}`)
  return words.every((word) => text.includes(word))
}

const lastChange = (row: ListedReport) => Math.max(row.updated_at, row.edited_at)

/** Full-width and half-width, capital and small are the same to a searcher. */
const fold = (text: string) => text.normalize('NFKC').toLowerCase()

type Sort = Query['sort']
type SortKey = Sort extends infer S ? (S extends `-${infer K}` ? K : S) : never

const chinese = new Intl.Collator('zh-Hans-CN-u-co-pinyin', { numeric: true })

const BY: Record<SortKey, (a: ListedReport, b: ListedReport) => number> = {
  updatedAt: (a, b) => lastChange(a) - lastChange(b),
  projectName: (a, b) => chinese.compare(a.project_name, b.project_name),
  unit: (a, b) => chinese.compare(a.unit, b.unit),
  selfTotal: (a, b) => (a.self_total ?? 0) - (b.self_total ?? 0),
}

function comparing(sort: Sort): (a: ListedReport, b: ListedReport) => number {
  const descending = sort.startsWith('-')
  const key = (descending ? sort.slice(1) : sort) as SortKey
  return (a, b) => {
    // Without a total a report stands last, whichever way the list runs.
    if (key === 'selfTotal' && (a.self_total === null) !== (b.self_total === null))
      return a.self_total === null ? 1 : -1
    const order = BY[key](a, b)
    if (order !== 0) return descending ? -order : order
    return chinese.compare(a.project_name, b.project_name) || (a.id < b.id ? -1 : 1)
  }
}

/** What the caller may see of it. */
async function toShown(db: Db, row: ListedReport, actor: Actor): Promise<ReportSummary> {
  const summary = toSummary(row, [...actor.roles])
  const hidden = hiddenParts({ report: row, actor })
  if (hidden.length === 0) return summary
  // The row counts all findings; those of hidden columns would tell that somebody has begun to score.
  const score = await findScore(db, row.id)
  const openFindings = score ? hideInScore(ScoreBody.parse(JSON.parse(score.body)), hidden).findings.length : 0
  return hideInSummary({ ...summary, openFindings }, hidden)
}

function toSummary(row: ListedReport, roles: ReportSummary['roles']): ReportSummary {
  return {
    id: row.id,
    projectName: row.project_name,
    unit: row.unit,
    fiscalYear: row.fiscal_year,
    state: row.state,
    selfTotal: pointsOf(row.self_total),
    departmentTotal: pointsOf(row.department_total),
    financeTotal: pointsOf(row.finance_total),
    grade: row.grade,
    openFindings: (row.errors ?? 0) + (row.warnings ?? 0) + (row.infos ?? 0),
    updatedAt: new Date(lastChange(row)).toISOString(),
    round: row.round,
    dueDate: row.due_date,
    budgetAmount: row.budget_amount === null ? null : row.budget_amount / 100,
    roles,
  }
}
