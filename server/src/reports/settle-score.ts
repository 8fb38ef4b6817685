import { PARTS, type Part } from '@gongping/permissions'
import { disableFormatCleanup, readReport } from '@gongping/report-doc'
import { findTemplate } from '@gongping/scoring'
import * as Y from 'yjs'
import { type Trx, mayBeShared } from '../db/dialect.ts'
import { readPart, storeState } from '../db/part-store.ts'
import type { ReportRow } from '../db/schema.ts'
import { type ScoreRow, putScore } from '../db/scores.ts'
import { listOpenReturnItems } from './open-return-items.ts'
import { scoreData } from './score-row.ts'

/**
 * The score of everything in the log, for a transaction that has locked the report: another server may have stored edits
 * after `score` was made. Then documents and score are stored anew, as part of the transaction. Within one process the
 * report is held, and `score` is it.
 *
 * @returns `score` itself when nothing came after it
 */
export async function settleScore(
  trx: Trx,
  o: { report: Pick<ReportRow, 'id' | 'template_id'>; score: ScoreRow; at: number },
): Promise<ScoreRow> {
  const { report, score, at } = o
  if (!mayBeShared(trx)) return score
  const scored = JSON.parse(score.seqs) as Record<Part, number>
  if ((await listEnds(trx, report.id)).every(({ part, seq }) => seq === scored[part])) return score

  const template = findTemplate(report.template_id)
  if (!template) throw new Error(`no template ${report.template_id}`)
  const seqs = {} as Record<Part, number>
  const docs = {} as Record<Part, Y.Doc>
  for (const part of PARTS) {
    const stored = await readPart(trx, { reportId: report.id, part })
    if (!stored) throw new Error(`report ${report.id} lacks its part ${part}`)
    const doc = new Y.Doc()
    disableFormatCleanup(doc)
    doc.transact(() => {
      for (const update of [stored.state, ...stored.tail]) Y.applyUpdate(doc, update)
    })
    docs[part] = doc
    seqs[part] = stored.seq
    await storeState(trx, {
      reportId: report.id,
      part,
      seq: stored.seq,
      state: Y.encodeStateAsUpdate(doc),
      at,
    })
  }
  const openReturnItems = await listOpenReturnItems(trx, report.id)
  const { row } = scoreData({ reportId: report.id, template, data: readReport(docs), seqs, at, openReturnItems })
  for (const part of PARTS) docs[part].destroy()
  await putScore(trx, row)
  return row
}

async function listEnds(trx: Trx, reportId: string): Promise<{ part: Part; seq: number }[]> {
  const rows = await trx
    .selectFrom('part')
    .select((eb) => [
      'part.part',
      'part.state_seq',
      eb
        .selectFrom('update_log')
        .select((log) => log.fn.max('update_log.seq').as('last'))
        .whereRef('update_log.report_id', '=', 'part.report_id')
        .whereRef('update_log.part', '=', 'part.part')
        .as('last'),
    ])
    .where('part.report_id', '=', reportId)
    .execute()
  return rows.map((row) => ({ part: row.part, seq: Math.max(Number(row.last ?? 0), Number(row.state_seq)) }))
}
