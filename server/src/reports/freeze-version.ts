import { PARTS, type Part } from '@gongping/permissions'
import type { Trx } from '../db/dialect.ts'
import { listParts } from '../db/reports.ts'
import type { ScoreRow } from '../db/scores.ts'
import { insertVersion } from '../db/versions.ts'

/**
 * Stores the four documents as they are now as a version. Call it while the report is held and freshly scored, so that
 * the stored states are complete and belong to the score.
 */
export async function freezeVersion(
  trx: Trx,
  version: { reportId: string; kind: string; name: string; at: number; userId: string; score: ScoreRow },
): Promise<{ id: string; sha256: string }> {
  const { score, ...rest } = version
  const stored = await listParts(trx, version.reportId)
  const partOf = (part: Part) => {
    const found = stored.find((row) => row.part === part)
    if (!found) throw new Error(`report ${version.reportId} lacks its part ${part}`)
    return found
  }
  const byPart = <T>(read: (row: ReturnType<typeof partOf>) => T) =>
    Object.fromEntries(PARTS.map((part) => [part, read(partOf(part))])) as Record<Part, T>
  return insertVersion(trx, {
    ...rest,
    seqs: byPart((row) => row.state_seq),
    states: byPart((row) => row.state),
    score: score.body,
    selfTotal: score.self_total,
  })
}
