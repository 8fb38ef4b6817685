import { ScoreBody } from '@gongping/protocol/http'
import { type ScoreRow, findScore, lacksEdits } from '../db/scores.ts'
import type { Deps } from '../deps.ts'

/** Whoever types on waits no longer for a score: what is older and still not in it was left behind by a server that stopped. */
const LEFT_AFTER_MS = 5000

type ReadDeps = Pick<Deps, 'db' | 'now'> & { readonly documents: Pick<Deps['documents'], 'scoreNow'> }

/** The stored score; a report that was never scored, or has edits that were left unscored, is scored now. */
export async function readScore(deps: ReadDeps, reportId: string): Promise<ScoreBody> {
  const row = await findCurrentScore(deps, reportId)
  if (!row) throw new Error(`report ${reportId} has no score after scoring`)
  return ScoreBody.parse(JSON.parse(row.body))
}

async function findCurrentScore({ db, documents, now }: ReadDeps, reportId: string): Promise<ScoreRow | undefined> {
  const score = await findScore(db, reportId)
  if (score && !(await lacksEdits(db, { score, storedBefore: now() - LEFT_AFTER_MS }))) return score
  try {
    await documents.scoreNow(reportId)
  } catch (error) {
    // The last one that could be made is better than none.
    if (!score) throw error
  }
  return findScore(db, reportId)
}
