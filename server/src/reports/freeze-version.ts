import { PARTS, type Part } from '@gongping/permissions'
import { DOC_LAYOUT } from '@gongping/protocol'
import type * as Y from 'yjs'
import type { Trx } from '../db/dialect.ts'
import { listParts } from '../db/reports.ts'
import type { ScoreRow } from '../db/scores.ts'
import { type FrozenVersion, insertVersion } from '../db/versions.ts'
import { contentHashes } from '../versions/content-hash.ts'
import { openState } from '../versions/snapshot.ts'

/**
 * Stores the four documents as they are now as a version. Call it while the report is held and freshly scored, so that
 * the stored states are complete and belong to the score.
 */
export async function freezeVersion(
  trx: Trx,
  version: { reportId: string; kind: string; name: string; at: number; userId: string; score: ScoreRow },
): Promise<FrozenVersion> {
  const { score, ...rest } = version
  const stored = await listParts(trx, version.reportId)
  const partOf = (part: Part) => {
    const found = stored.find((row) => row.part === part)
    if (!found) throw new Error(`report ${version.reportId} lacks its part ${part}`)
    return found
  }
  const byPart = <T>(read: (row: ReturnType<typeof partOf>) => T) =>
    Object.fromEntries(PARTS.map((part) => [part, read(partOf(part))])) as Record<Part, T>
  const states = byPart((row) => new Uint8Array(row.state))
  return insertVersion(trx, {
    ...rest,
    seqs: byPart((row) => Number(row.state_seq)),
    states,
    contents: hashesOf(states),
    layout: DOC_LAYOUT,
    score: score.body,
    selfTotal: score.self_total,
  })
}

/** @throws when a stored document can't be read; freezing it would keep a version nobody can open */
export function hashesOf(states: Readonly<Record<Part, Uint8Array>>): Record<Part, string> {
  const docs = {} as Record<Part, Y.Doc>
  try {
    for (const part of PARTS) {
      const doc = openState(states[part])
      if (!doc) throw new Error(`the document ${part} can not be read`)
      docs[part] = doc
    }
    return contentHashes(docs)
  } finally {
    for (const doc of Object.values(docs)) doc.destroy()
  }
}
