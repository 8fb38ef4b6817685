import { may } from '@gongping/permissions'
import type { Suggestion } from '@gongping/protocol/http'
import type { Session } from '../auth/session.ts'
import { insertAudit } from '../db/audit.ts'
import { compareAndSetSuggestion } from '../db/suggestions.ts'
import type { Deps } from '../deps.ts'
import { RequestError, requireYes } from '../reports/request-error.ts'
import { type SuggestionPath, describeSuggestion, getVisibleSuggestion, requireOpen } from './suggestion-access.ts'

type RejectDeps = Pick<Deps, 'db' | 'feed' | 'now'>

/** Leaves the document as it is. @throws RequestError conflict when it was decided already */
export const rejectSuggestion = (deps: RejectDeps, who: Session, path: SuggestionPath & { reason: string }) =>
  settle(deps, who, { ...path, to: 'rejected' })

/** Takes back what the caller suggested. @throws RequestError conflict when it was decided already */
export const withdrawSuggestion = (deps: RejectDeps, who: Session, path: SuggestionPath) =>
  settle(deps, who, { ...path, to: 'withdrawn', reason: '' })

async function settle(
  { db, feed, now }: RejectDeps,
  who: Session,
  decision: SuggestionPath & { to: 'rejected' | 'withdrawn'; reason: string },
): Promise<Suggestion> {
  const { to, reason, ...path } = decision
  const { report, actor, suggestion } = await getVisibleSuggestion(db, who, path)
  const { id, part } = suggestion
  const isAuthor = suggestion.user_id === who.userId
  const request =
    to === 'rejected'
      ? ({ action: 'decide-suggestion', part, isAuthor } as const)
      : ({ action: 'withdraw-suggestion', isAuthor } as const)
  requireYes(may(actor, request, report.state), report.state)
  requireOpen(suggestion)
  const at = now()
  await db.transaction().execute(async (trx) => {
    const change = {
      decided_by: who.userId,
      decided_as: actor.roles[0] ?? null,
      decided_at: at,
      decision_reason: reason,
    }
    if (!(await compareAndSetSuggestion(trx, { id, from: 'open', status: to, ...change }))) throw decidedMeanwhile()
    await insertAudit(trx, {
      at,
      userId: who.userId,
      action: `suggestion-${to}`,
      reportId: report.id,
      detail: { suggestionId: id, suggestedBy: suggestion.user_id, part },
    })
  })
  feed.publish({ type: 'suggestion', id: report.id })
  return describeSuggestion(db, id)
}

const decidedMeanwhile = () =>
  new RequestError({
    kind: 'conflict',
    code: 'decided_already',
    text: { zh: '这条修改建议刚刚已被他人处理。', en: 'Somebody else has just decided on this suggestion.' },
  })
