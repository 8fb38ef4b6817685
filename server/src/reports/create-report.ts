import { createHash, randomUUID } from 'node:crypto'
import { PARTS, type Part, type ReportState } from '@gongping/permissions'
import { DOC_LAYOUT } from '@gongping/protocol'
import type { NewReport } from '@gongping/protocol/http'
import { readReport } from '@gongping/report-doc'
import { seedReport } from '@gongping/report-doc/seed'
import { type ReportData, type Template, findTemplate } from '@gongping/scoring'
import * as Y from 'yjs'
import type { Session } from '../auth/session.ts'
import { insertAudit } from '../db/audit.ts'
import type { Db } from '../db/dialect.ts'
import { type NewMember, putMembers } from '../db/memberships.ts'
import { listFillers, listReviewers } from '../db/profiles.ts'
import { countReportsMadeBy, insertReport, insertSeededParts } from '../db/reports.ts'
import { putScore } from '../db/scores.ts'
import { insertVersion } from '../db/versions.ts'
import type { Deps } from '../deps.ts'
import { MOST_KEPT } from '../quotas.ts'
import { RequestError, denied, full } from './request-error.ts'
import { hashesOf } from './freeze-version.ts'
import { scoreData } from './score-row.ts'

/**
 * Makes an empty report from a template. A filler makes reports of the own unit and fills them. An administrator makes one
 * for any unit, whose fillers fill it, and takes no part in it. The department heads of the unit and everybody of the
 * finance bureau review it.
 *
 * @returns its id
 * @throws RequestError forbidden for reviewers
 */
export async function createReport(
  { db, feed, now }: Pick<Deps, 'db' | 'feed' | 'now'>,
  who: Session,
  request: NewReport,
): Promise<string> {
  if (who.role !== 'filler' && who.role !== 'admin') {
    throw denied('wrong_role', { zh: '只有填报人可以新建报告。', en: 'Only fillers create reports.' })
  }
  const template = findTemplate(request.templateId)
  if (!template) {
    throw new RequestError({
      kind: 'invalid',
      code: 'no_such_template',
      text: { zh: '没有这个报告模板。', en: 'There is no such template.' },
    })
  }
  if ((await countReportsMadeBy(db, who.userId)) >= MOST_KEPT.reportsPerMaker) throw tooManyReports()
  // Whatever a filler says: the unit decides who reviews the report, and in whose name it stands.
  const unit = who.role === 'filler' ? who.unit : (request.unit ?? who.unit)
  const fillers = who.role === 'filler' ? [who.userId] : await listFillers(db, unit)
  const id = randomUUID()
  await storeNewReport(db, {
    id,
    template,
    projectName: request.projectName,
    unit,
    fiscalYear: request.fiscalYear,
    state: 'draft',
    userId: who.userId,
    at: now(),
    members: [...fillers.map((userId) => ({ userId, role: 'filler' as const })), ...(await listReviewers(db, unit))],
    data: {
      cover: new Map([
        ['projectName', request.projectName],
        ['competentDepartment', unit],
        ['evaluationYear', String(request.fiscalYear)],
      ]),
    },
  })
  feed.publish({ type: 'report', id })
  return id
}

const tooManyReports = () =>
  full({
    zh: `一个账号最多新建 ${MOST_KEPT.reportsPerMaker} 份报告。`,
    en: `One account creates at most ${MOST_KEPT.reportsPerMaker} reports.`,
  })

export interface ReportToStore {
  readonly id: string
  readonly template: Template
  readonly projectName: string
  readonly unit: string
  readonly fiscalYear: number
  readonly state: ReportState
  /** Who made it. */
  readonly userId: string
  /** UTC milliseconds. */
  readonly at: number
  readonly members: readonly NewMember[]
  readonly data: Partial<ReportData>
}

/** The four documents as row 0 of their logs, members, score, first version and audit entry: all of it or nothing. */
export async function storeNewReport(db: Db, report: ReportToStore): Promise<void> {
  const { id, template, at, userId } = report
  const states = seedReport({ template, data: report.data })
  const seqs: Record<Part, number> = { narrative: 0, self: 0, department: 0, finance: 0 }
  const { row } = scoreData({ reportId: id, template, data: readStates(states), seqs, at })
  await db.transaction().execute(async (trx) => {
    await insertReport(trx, {
      id,
      template_id: template.id,
      template_version: template.version,
      project_name: report.projectName,
      unit: report.unit,
      fiscal_year: report.fiscalYear,
      state: report.state,
      epoch: 1,
      created_by: userId,
      created_at: at,
      updated_at: at,
      round: report.state === 'draft' ? 0 : 1,
    })
    await insertSeededParts(trx, {
      reportId: id,
      userId,
      at,
      parts: PARTS.map((part) => ({
        part,
        state: states[part],
        state_sha256: createHash('sha256').update(states[part]).digest('hex'),
      })),
    })
    await putMembers(trx, id, report.members)
    await putScore(trx, row)
    await insertVersion(trx, {
      reportId: id,
      kind: 'created',
      name: '',
      at,
      userId,
      seqs,
      states,
      contents: hashesOf(states),
      layout: DOC_LAYOUT,
      score: row.body,
      selfTotal: row.self_total,
    })
    await insertAudit(trx, { at, userId, action: 'report-created', reportId: id, detail: { template: template.id } })
  })
}

/** Reads back what was seeded, so that the first score is of the documents themselves. */
function readStates(states: Readonly<Record<Part, Uint8Array>>): ReportData {
  const open = (part: Part) => {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, states[part])
    return doc
  }
  const docs = {
    narrative: open('narrative'),
    self: open('self'),
    department: open('department'),
    finance: open('finance'),
  }
  const data = readReport(docs)
  for (const part of PARTS) docs[part].destroy()
  return data
}
