import type { SuggestionBatch, SuggestionOutcomes } from '@gongping/protocol/http'
import type { Session } from '../auth/session.ts'
import type { Deps } from '../deps.ts'
import { RequestError } from '../reports/request-error.ts'
import { acceptSuggestion } from './accept-suggestion.ts'
import { rejectSuggestion } from './reject-suggestion.ts'

/** Decides on several, in the order given; one that can't be decided does not keep the others back. */
export async function decideSuggestions(
  deps: Pick<Deps, 'db' | 'documents' | 'feed' | 'now'>,
  who: Session,
  { reportId, ids, decision, reason }: SuggestionBatch & { reportId: string },
): Promise<SuggestionOutcomes['outcomes']> {
  const outcomes: SuggestionOutcomes['outcomes'] = []
  for (const id of new Set(ids)) {
    const path = { reportId, suggestionId: id }
    try {
      if (decision === 'accept')
        outcomes.push({ outcome: 'accepted', id, ...(await acceptSuggestion(deps, who, path)) })
      else {
        outcomes.push({ outcome: 'rejected', id, suggestion: await rejectSuggestion(deps, who, { ...path, reason }) })
      }
    } catch (error) {
      // What was done before is done: the caller has to learn of it, whatever happens to the rest.
      if (error instanceof RequestError && error.code !== 'no_such_report') {
        outcomes.push({ outcome: 'refused', id, code: error.code, message: error.text })
      } else if (outcomes.length > 0 && error instanceof Error && error.name === 'UnavailableError') {
        outcomes.push({ outcome: 'refused', id, code: 'unavailable', message: UNAVAILABLE })
      } else throw error
    }
  }
  return outcomes
}

const UNAVAILABLE = {
  zh: '服务器暂时无法保存，请稍后重试。',
  en: 'The server can not store anything at the moment; please try again shortly.',
}
