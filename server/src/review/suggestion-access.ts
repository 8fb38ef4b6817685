import type { Author, Suggestion } from '@gongping/protocol/http'
import type { Session } from '../auth/session.ts'
import type { Db } from '../db/dialect.ts'
import { listNames } from '../db/profiles.ts'
import { type SuggestionRow, findSuggestionRow } from '../db/suggestions.ts'
import { isPlainId } from '../reports/plain-id.ts'
import { RequestError } from '../reports/request-error.ts'
import { type VisibleReport, getVisibleReport } from '../reports/visible-report.ts'

export interface SuggestionPath {
  readonly reportId: string
  readonly suggestionId: string
}

/** The suggestion by its own id, then whether it belongs to the report of the path. */
export async function getVisibleSuggestion(
  db: Db,
  who: Session,
  { reportId, suggestionId }: SuggestionPath,
): Promise<VisibleReport & { suggestion: SuggestionRow }> {
  const visible = await getVisibleReport(db, who, reportId)
  const suggestion = isPlainId(suggestionId) ? await findSuggestionRow(db, suggestionId) : undefined
  if (!suggestion || suggestion.report_id !== visible.report.id) throw noSuchSuggestion()
  return { ...visible, suggestion }
}

/** One that is still being accepted counts as open: whoever asks next finishes it. */
export function requireOpen({ status }: SuggestionRow): void {
  if (status === 'open' || status === 'accepting') return
  const zh = { accepted: '接受', rejected: '拒绝', withdrawn: '撤回' }[status]
  throw new RequestError({
    kind: 'conflict',
    code: 'decided_already',
    text: { zh: `这条修改建议已被${zh}。`, en: `This suggestion was ${status} already.` },
    details: { status },
  })
}

/** Rows as the page gets them, in the same order. */
export async function describeSuggestions(db: Db, rows: readonly SuggestionRow[]): Promise<Suggestion[]> {
  const names = await listNames(
    db,
    rows.flatMap(({ user_id, decided_by }) => [user_id, ...(decided_by === null ? [] : [decided_by])]),
  )
  const author = (userId: string, role: Author['role']): Author => ({
    userId,
    displayName: names.get(userId) ?? '',
    role,
  })
  return rows.map((row) => {
    const isDecided = row.status !== 'open' && row.status !== 'accepting'
    const { decided_by, decided_as, decided_at } = row
    return {
      id: row.id,
      proposal: JSON.parse(row.proposal) as Suggestion['proposal'],
      reason: row.reason,
      status: row.status === 'accepting' ? 'open' : row.status,
      isStale: !isDecided && row.stale === 1,
      round: row.round,
      author: author(row.user_id, row.role),
      at: new Date(row.at).toISOString(),
      decidedBy: isDecided && decided_by !== null && decided_as !== null ? author(decided_by, decided_as) : null,
      decidedAt: isDecided && decided_at !== null ? new Date(decided_at).toISOString() : null,
      decisionReason: row.decision_reason,
    }
  })
}

/** As it is now. */
export async function describeSuggestion(db: Db, id: string): Promise<Suggestion> {
  const row = await findSuggestionRow(db, id)
  const [described] = row ? await describeSuggestions(db, [row]) : []
  if (!described) throw noSuchSuggestion()
  return described
}

const noSuchSuggestion = () =>
  new RequestError({
    kind: 'not-found',
    code: 'no_such_suggestion',
    text: { zh: '没有这条修改建议。', en: 'There is no such suggestion.' },
  })
