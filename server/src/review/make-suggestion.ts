import { randomUUID } from 'node:crypto'
import { may } from '@gongping/permissions'
import type { NewSuggestion, Suggestion } from '@gongping/protocol/http'
import { findTemplate } from '@gongping/scoring'
import type { Session } from '../auth/session.ts'
import { insertAudit } from '../db/audit.ts'
import { countSuggestions, insertSuggestion } from '../db/suggestions.ts'
import type { Deps } from '../deps.ts'
import { MOST_KEPT } from '../quotas.ts'
import { RequestError, full, requireYes } from '../reports/request-error.ts'
import { getVisibleReport } from '../reports/visible-report.ts'
import { speakingRole } from './audience.ts'
import { isApplicable, partOfProposal, requireSensible } from './proposed-edit.ts'
import { describeSuggestion } from './suggestion-access.ts'

/** Proposes another wording or score; the document is not touched. @throws RequestError conflict when the text is not there */
export async function makeSuggestion(
  { db, documents, feed, now }: Pick<Deps, 'db' | 'documents' | 'feed' | 'now'>,
  who: Session,
  { reportId, proposal, reason }: NewSuggestion & { reportId: string },
): Promise<Suggestion> {
  const { report, actor } = await getVisibleReport(db, who, reportId)
  requireYes(may(actor, { action: 'comment' }, report.state), report.state)
  const template = findTemplate(report.template_id)
  if (!template) throw new Error(`no template ${report.template_id}`)
  requireSensible(proposal, { template, reason })
  const part = partOfProposal(proposal)
  if (!isApplicable(await documents.readPart({ reportId, part }), proposal)) throw notThere(proposal.kind)

  if ((await countSuggestions(db, reportId)) >= MOST_KEPT.suggestionsPerReport) throw tooManySuggestions()

  const id = randomUUID()
  const at = now()
  await db.transaction().execute(async (trx) => {
    await insertSuggestion(trx, {
      id,
      report_id: reportId,
      part,
      proposal: JSON.stringify(proposal),
      reason,
      round: Math.max(1, report.round),
      user_id: who.userId,
      role: speakingRole(actor),
      at,
    })
    await insertAudit(trx, {
      at,
      userId: who.userId,
      action: 'suggestion-made',
      reportId,
      detail: { suggestionId: id, kind: proposal.kind },
    })
  })
  feed.publish({ type: 'suggestion', id: reportId })
  return describeSuggestion(db, id)
}

const tooManySuggestions = () =>
  full({
    zh: `一份报告最多 ${MOST_KEPT.suggestionsPerReport} 条修改建议，请改用批注说明。`,
    en: `A report has at most ${MOST_KEPT.suggestionsPerReport} suggestions; please say it in a comment.`,
  })

const notThere = (kind: Suggestion['proposal']['kind']) =>
  new RequestError({
    kind: 'conflict',
    code: 'text_changed',
    text:
      kind === 'text'
        ? {
            zh: '所选文字刚刚被修改，请按现在的文字重新建议。',
            en: 'The selected text has just changed; suggest again on the text as it is now.',
          }
        : {
            zh: '自评得分刚刚被修改，请按现在的得分重新建议。',
            en: 'The self score has just changed; suggest again on the score as it is now.',
          },
  })
