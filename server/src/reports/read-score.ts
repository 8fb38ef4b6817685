import { ScoreBody } from '@gongping/protocol/http'
import { findScore } from '../db/scores.ts'
import type { Deps } from '../deps.ts'

/** The stored score; a report that was never scored is scored now. */
export async function readScore(
  { db, documents }: Pick<Deps, 'db' | 'documents'>,
  reportId: string,
): Promise<ScoreBody> {
  const row = (await findScore(db, reportId)) ?? (await scoreFirst({ db, documents }, reportId))
  return ScoreBody.parse(JSON.parse(row.body))
}

async function scoreFirst({ db, documents }: Pick<Deps, 'db' | 'documents'>, reportId: string) {
  await documents.scoreNow(reportId)
  const row = await findScore(db, reportId)
  if (!row) throw new Error(`report ${reportId} has no score after scoring`)
  return row
}
