import type { Part } from '@gongping/permissions'
import { insertAudit } from '../db/audit.ts'
import { type RestoreIntentRow, deleteRestoreIntent, listRestoreIntents } from '../db/restore-intents.ts'
import type { Deps } from '../deps.ts'
import { finishHalfDone, unlessRefused } from '../reports/finish-half-done.ts'

type FinishDeps = Pick<Deps, 'db' | 'documents'>

export interface RestoreEdit {
  readonly part: Part
  /** Base64. */
  readonly update: string
}

/**
 * Applies the edits of a restore and tells it in the trail, with what is stored: the trail never speaks of a restore that
 * did not happen, and after a stop in between the rest is done once.
 *
 * @param epoch of the report when it was judged; a restore found half done was rightful then and comes without
 */
export async function finishRestore(
  { db, documents }: FinishDeps,
  intent: RestoreIntentRow,
  epoch?: number,
): Promise<void> {
  const { id, report_id: reportId, user_id: userId, at } = intent
  const restored: Part[] = []
  try {
    for (const { part, update } of JSON.parse(intent.edits) as RestoreEdit[]) {
      const bytes = new Uint8Array(Buffer.from(update, 'base64'))
      await documents.applyAs({ reportId, part, userId, update: bytes, ...(epoch === undefined ? {} : { epoch }) })
      restored.push(part)
    }
  } finally {
    await db.transaction().execute(async (trx) => {
      if (!(await deleteRestoreIntent(trx, id)) || restored.length === 0) return
      const detail = { ...(JSON.parse(intent.detail) as Record<string, unknown>), parts: restored }
      await insertAudit(trx, { at, userId, action: 'version-restored', reportId, detail })
    })
  }
}

/** Finishes those of one report, whoever began them and when, while it is held: before it moves on. */
export async function finishRestoringOf(deps: FinishDeps, reportId: string): Promise<void> {
  for (const intent of await listRestoreIntents(deps.db, Number.MAX_SAFE_INTEGER, reportId)) {
    await unlessRefused(finishRestore(deps, intent))
  }
}

/**
 * Finishes what a stopped server left half done; what can't be finished is told as far as it went.
 *
 * @param until UTC milliseconds: what was begun later may be under way at another server
 * @returns how many restores
 */
export async function finishRestoring(
  deps: FinishDeps & { readonly onError: (error: unknown, reportId: string) => void },
  until: number,
): Promise<number> {
  const { db, documents, onError } = deps
  return finishHalfDone(await listRestoreIntents(db, until), {
    hold: (reportId, work) => documents.hold(reportId, work),
    finish: (intent) => finishRestore(deps, intent),
    onError,
  })
}
