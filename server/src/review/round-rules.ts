import type { ReportState, Role, TransitionAction } from '@gongping/permissions'
import type { TransitionRequest } from '@gongping/protocol/http'
import type { Session } from '../auth/session.ts'
import type { Db } from '../db/dialect.ts'
import { listMembers } from '../db/memberships.ts'
import { listOpenings } from '../db/openings.ts'
import { listReturnItemRows } from '../db/return-items.ts'
import type { ReportRow } from '../db/schema.ts'
import { RequestError } from '../reports/request-error.ts'

/** Who is to act on a report in a state. */
export const RECEIVER: Record<ReportState, Role> = {
  draft: 'filler',
  returned: 'filler',
  department_review: 'head',
  finance_review: 'finance',
  concluded: 'finance',
}

/**
 * What a round asks for beyond role and state: a return has items, a submission answers those of the return before it,
 * a withdrawal comes before the receiver has looked. Call it while the report is held.
 *
 * @returns ids of the items that stay open because the filler said why
 * @throws RequestError
 */
export async function requireRoundRules(
  db: Db,
  { who, move, report }: { who: Session; move: TransitionRequest; report: ReportRow },
): Promise<string[]> {
  const check: Partial<Record<TransitionAction, () => Promise<string[]>>> = {
    return: async () => requireItems(move),
    submit: () => requireAnswers(db, report.id, move.override),
    withdraw: () => requireUnopened(db, who, report),
  }
  return (await check[move.action]?.()) ?? []
}

/** Without a list the reason is the one item. */
function requireItems({ items }: TransitionRequest): string[] {
  if (items === undefined || items.length > 0) return []
  throw new RequestError({
    kind: 'invalid',
    code: 'items_required',
    text: {
      zh: '退回须至少写明一条退回意见：在哪里、有什么问题、有何要求。',
      en: 'A return needs at least one item: where, what is wrong, what is asked for.',
    },
  })
}

async function requireAnswers(db: Db, reportId: string, override: string | undefined): Promise<string[]> {
  const open = (await listReturnItemRows(db, reportId)).filter(({ status }) => status === 'open').map(({ id }) => id)
  if (open.length === 0 || override) return open
  throw new RequestError({
    kind: 'conflict',
    code: 'open_items',
    text: {
      zh: `还有 ${open.length} 条退回意见没有答复；请逐条答复，或写明不答复的原因。`,
      en: `${open.length} return item${open.length === 1 ? ' has' : 's have'} no answer. Answer each, or say why not.`,
    },
    details: { items: open },
  })
}

async function requireUnopened(db: Db, who: Session, report: ReportRow): Promise<string[]> {
  const members = await listMembers(db, report.id)
  const receivers = members.filter(({ role, userId }) => role === RECEIVER[report.state] && userId !== who.userId)
  const openings = await listOpenings(db, report.id)
  const opening = openings.find(({ userId }) => receivers.some((receiver) => receiver.userId === userId))
  if (!opening) return []
  const name = receivers.find(({ userId }) => userId === opening.userId)?.displayName ?? ''
  throw new RequestError({
    kind: 'conflict',
    code: 'opened_already',
    text: {
      zh: `${name}已打开这份报告，不能再撤回；如需修改，请对方退回。`,
      en: `${name} has opened the report, so it can no longer be withdrawn. Ask them to return it.`,
    },
    details: { openedAt: new Date(opening.at).toISOString() },
  })
}
