import { type Actor, may } from '@gongping/permissions'
import type { AcceptedSuggestion, Suggestion } from '@gongping/protocol/http'
import type { Session } from '../auth/session.ts'
import { insertAudit } from '../db/audit.ts'
import { type SuggestionRow, compareAndSetSuggestion, findSuggestionRow, listAcceptingRows } from '../db/suggestions.ts'
import type { Deps } from '../deps.ts'
import { finishHalfDone, unlessRefused } from '../reports/finish-half-done.ts'
import { RequestError, requireYes } from '../reports/request-error.ts'
import { editOf } from './proposed-edit.ts'
import { type SuggestionPath, describeSuggestion, getVisibleSuggestion, requireOpen } from './suggestion-access.ts'

type AcceptDeps = Pick<Deps, 'db' | 'documents' | 'feed' | 'now'>

/**
 * Applies a suggestion in the name of whoever accepts it. Decision and edit are kept together: the edit's bytes are
 * stored with the decision before they are applied, so that after a crash they are applied once, not twice or never.
 *
 * @throws RequestError conflict when somebody was quicker, or what it changes is not there any more; it stays open then
 */
export async function acceptSuggestion(
  deps: AcceptDeps,
  who: Session,
  path: SuggestionPath,
): Promise<AcceptedSuggestion> {
  const { db, documents, feed } = deps
  await getMayDecide(deps, who, path)
  const accepted = await documents.hold(path.reportId, () => acceptHeld(deps, who, path))
  feed.publish({ type: 'suggestion', id: path.reportId })
  return { ...accepted, suggestion: await describeSuggestion(db, path.suggestionId) }
}

async function acceptHeld(
  deps: AcceptDeps,
  who: Session,
  path: SuggestionPath,
): Promise<Omit<AcceptedSuggestion, 'suggestion'>> {
  const { db, documents, feed, now } = deps
  const left = await findSuggestionRow(db, path.suggestionId)
  if (left?.status === 'accepting' && left.report_id === path.reportId) await finish(deps, left)
  // What was judged before may have changed while waiting for the hold.
  const { report, suggestion, actor } = await getMayDecide(deps, who, path)
  const { id, part, report_id: reportId } = suggestion
  const state = await documents.readPart({ reportId, part })
  const edit = editOf(state, JSON.parse(suggestion.proposal) as Suggestion['proposal'])
  if (!edit) {
    await compareAndSetSuggestion(db, { id, from: 'open', status: 'open', stale: 1 })
    feed.publish({ type: 'suggestion', id: reportId })
    throw textChanged()
  }
  const decision = { decided_by: who.userId, decided_as: decidingRole(actor, part), decided_at: now(), edit, stale: 0 }
  if (!(await compareAndSetSuggestion(db, { id, from: 'open', status: 'accepting', ...decision }))) {
    throw decidedMeanwhile()
  }
  await finish(deps, { ...suggestion, ...decision }, report.epoch)
  return { part, update: Buffer.from(edit).toString('base64') }
}

/** The same of one report, whoever began it and when, while it is held: before it moves on. */
export async function finishAcceptingOf(deps: Pick<Deps, 'db' | 'documents'>, reportId: string): Promise<void> {
  for (const row of await listAcceptingRows(deps.db, Number.MAX_SAFE_INTEGER, reportId)) {
    await unlessRefused(finish(deps, row))
  }
}

/**
 * Finishes what a stopped server left half done.
 *
 * @param until UTC milliseconds: what was begun later may be under way at another server
 * @returns how many suggestions
 */
export async function finishAccepting(
  deps: AcceptDeps & { readonly onError: (error: unknown, reportId: string) => void },
  until: number,
): Promise<number> {
  const { db, documents, onError } = deps
  return finishHalfDone(await listAcceptingRows(db, until), {
    hold: (reportId, work) => documents.hold(reportId, work),
    // Refused, it is open again.
    finish: (row) => finish(deps, row),
    onError,
  })
}

/**
 * Applies the stored edit and settles the decision; both may have been done already. A decision found half done after a
 * stop was rightful when it was taken, so it comes without `epoch`.
 */
async function finish(
  { db, documents }: Pick<Deps, 'db' | 'documents'>,
  suggestion: SuggestionRow,
  epoch?: number,
): Promise<void> {
  const { id, part, report_id: reportId, decided_by: userId, decided_at: at, edit, user_id } = suggestion
  if (userId === null || at === null || edit === null) throw new Error(`suggestion ${id} was accepted by nobody`)
  try {
    await documents.applyAs({
      reportId,
      part,
      userId,
      update: new Uint8Array(edit),
      ...(epoch === undefined ? {} : { epoch }),
    })
  } catch (error) {
    // Refused, so it never came into the document: as if nobody had accepted it.
    if (error instanceof Error && error.name === 'EditRefusedError') {
      await compareAndSetSuggestion(db, { id, from: 'accepting', status: 'open' })
    }
    throw error
  }
  await db.transaction().execute(async (trx) => {
    if (!(await compareAndSetSuggestion(trx, { id, from: 'accepting', status: 'accepted' }))) return
    await insertAudit(trx, {
      at,
      userId,
      action: 'suggestion-accepted',
      reportId,
      detail: { suggestionId: id, suggestedBy: user_id, part },
    })
  })
}

/** The suggestion, if the caller may decide on it and nobody has. */
async function getMayDecide(deps: AcceptDeps, who: Session, path: SuggestionPath) {
  const { db } = deps
  const { report, actor, suggestion } = await getVisibleSuggestion(db, who, path)
  const { part, user_id } = suggestion
  const request = { action: 'decide-suggestion', part, isAuthor: user_id === who.userId } as const
  requireYes(may(actor, request, report.state), report.state)
  requireOpen(suggestion)
  return { report, actor, suggestion }
}

const decidingRole = (actor: Actor, part: SuggestionRow['part']) =>
  part === 'self' ? 'filler' : (actor.roles[0] ?? null)

const textChanged = () =>
  new RequestError({
    kind: 'conflict',
    code: 'text_changed',
    text: {
      zh: '建议针对的内容已被修改，无法直接接受；请对照后手工修改，或拒绝这条建议。',
      en: 'What it rewrites has changed since, so it can not be applied. Change the text by hand, or reject the suggestion.',
    },
  })

const decidedMeanwhile = () =>
  new RequestError({
    kind: 'conflict',
    code: 'decided_already',
    text: { zh: '这条修改建议刚刚已被他人处理。', en: 'Somebody else has just decided on this suggestion.' },
  })
