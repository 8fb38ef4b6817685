import { PARTS, type Part } from '@gongping/permissions'
import { compareLines } from '@gongping/report-doc'
import type { Logger } from 'pino'
import type { Db } from '../db/dialect.ts'
import { findReport } from '../db/reports.ts'
import { findVersion, listVersions, putVersionSummary } from '../db/versions.ts'
import { linesOf } from './compare-versions.ts'
import { readOwnership } from './ownership.ts'
import { openSnapshot, readVersion } from './snapshot.ts'
import type { StoredChanges } from './stored-changes.ts'

export interface ChangeCounter {
  /** Counts, in the background, what the report's versions changed; those counted already stay as they are. */
  count(reportId: string): void
  /** Resolves when nothing waits to be counted. */
  settled(): Promise<void>
}

/** Keeps lists quick: what a version changed is counted once, one after the other, while nobody waits for it. */
export function createChangeCounter({ db, log }: { db: Db; log: Pick<Logger, 'error'> }): ChangeCounter {
  const waiting = new Set<string>()
  let turn: Promise<void> = Promise.resolve()

  async function countNext(before: Promise<void>, reportId: string): Promise<void> {
    await before
    waiting.delete(reportId)
    try {
      await countAll(db, reportId)
    } catch (error) {
      log.error({ err: error, reportId }, 'changes of versions could not be counted')
    }
  }

  return {
    count(reportId) {
      if (waiting.has(reportId)) return
      waiting.add(reportId)
      turn = countNext(turn, reportId)
    },
    settled: () => turn,
  }
}

async function countAll(db: Db, reportId: string): Promise<void> {
  const rows = (await listVersions(db, reportId)).toReversed()
  for (const [index, row] of rows.entries()) {
    if (row.summary !== null) continue
    const before = rows[index - 1]
    const changes = before ? await countBetween(db, reportId, before.id, row.id) : NOTHING
    await putVersionSummary(db, row.id, JSON.stringify(changes))
  }
}

const NOTHING: StoredChanges = { inserted: 0, deleted: 0, scores: 0, userIds: [] }

/** What can't be read counts as nothing, so that it is not tried again and again. */
async function countBetween(db: Db, reportId: string, from: string, to: string): Promise<StoredChanges> {
  const report = await findReport(db, reportId)
  const [before, after] = [await findVersion(db, reportId, from), await findVersion(db, reportId, to)]
  if (!report || !before || !after) return NOTHING
  if (before.states === after.states) return NOTHING
  const snapshots = [await readVersion(db, before), await readVersion(db, after)] as const
  const [old, now] = snapshots.map((one) => openSnapshot(one, report))
  try {
    if (!old || !now) return NOTHING
    const ownership = await readOwnership(db, {
      reportId,
      after: old.seqs,
      upTo: now.seqs,
      seededBy: report.created_by,
    })
    const runs = compareLines(linesOf(old), linesOf(now), ownership.narrative).flatMap((line) => line.runs)
    const length = (op: string) =>
      runs.reduce((sum, run) => (run.op === op && !run.isField ? sum + run.text.length : sum), 0)
    const countScores = (column: Exclude<Part, 'narrative'>) => {
      const [was, is] = [old.data.columns[column], now.data.columns[column]]
      const ids = [...new Set([...was.keys(), ...is.keys()])]
      // Whoever writes a reason makes an entry without a score: none before and none now is no change.
      return ids.filter((id) => (was.get(id)?.score ?? null) !== (is.get(id)?.score ?? null)).length
    }
    const writers = await listWriters(db, reportId, old.seqs, now.seqs)
    const partOf = (part: Part) => ({
      scores: part === 'narrative' ? 0 : countScores(part),
      userIds: writers.filter((writer) => writer.part === part).map(({ userId }) => userId),
    })
    const byPart = {
      narrative: partOf('narrative'),
      self: partOf('self'),
      department: partOf('department'),
      finance: partOf('finance'),
    }
    return {
      inserted: length('insert'),
      deleted: length('delete'),
      scores: PARTS.reduce((sum, part) => sum + byPart[part].scores, 0),
      userIds: [...new Set(writers.map(({ userId }) => userId))].toSorted(),
      byPart,
    }
  } finally {
    for (const open of [old, now]) if (open) for (const part of PARTS) open.docs[part].destroy()
  }
}

/** Everybody who has a row between the two, with the part it is in. */
async function listWriters(
  db: Db,
  reportId: string,
  after: Readonly<Record<string, number>>,
  upTo: Readonly<Record<string, number>>,
): Promise<{ part: Part; userId: string }[]> {
  const rows = await db
    .selectFrom('update_log')
    .select(['part', 'user_id'])
    .distinct()
    .where('report_id', '=', reportId)
    .where((eb) =>
      eb.or(
        PARTS.map((part) =>
          eb.and([eb('part', '=', part), eb('seq', '>', after[part] ?? 0), eb('seq', '<=', upTo[part] ?? 0)]),
        ),
      ),
    )
    .execute()
  return rows.map(({ part, user_id }) => ({ part, userId: user_id }))
}
