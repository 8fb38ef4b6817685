import { randomUUID } from 'node:crypto'
import type { ReportState, Role } from '@gongping/permissions'
import type { NewReturnItem, NoticeKind, TransitionRequest } from '@gongping/protocol/http'
import type { Trx } from '../db/dialect.ts'
import { type Member, listMembers } from '../db/memberships.ts'
import { forgetMail } from '../db/mail.ts'
import { deleteUnreadNotices, putNotices } from '../db/notices.ts'
import { forgetOpenings } from '../db/openings.ts'
import { raiseRound } from '../db/reports.ts'
import { type ReturnItemRow, insertReturnItems } from '../db/return-items.ts'
import type { ReportRow } from '../db/schema.ts'

export interface RoundStep {
  readonly move: TransitionRequest
  /** As it was before the move. */
  readonly report: ReportRow
  readonly to: ReportState
  readonly userId: string
  /** UTC milliseconds. */
  readonly at: number
}

/**
 * What a move means for the round, in its transaction: the count of submissions, the items of a return, and one notice
 * for each person it concerns.
 *
 * @returns who was told, and the items of a return
 */
export async function storeRound(trx: Trx, step: RoundStep): Promise<{ told: string[]; itemIds: string[] }> {
  const { move, report, userId, at } = step
  const round = move.action === 'submit' ? report.round + 1 : report.round
  if (round !== report.round) await raiseRound(trx, report.id, round)
  await forgetOpenings(trx, report.id)
  const items = move.action === 'return' ? itemsOf(step) : []
  await insertReturnItems(trx, items)

  const subject = `round ${round}`
  if (move.action === 'withdraw') {
    const taken = { reportId: report.id, subject, kinds: ['assigned', 'resubmitted', 'approved'] }
    await deleteUnreadNotices(trx, taken)
    await forgetMail(trx, { ...taken, alsoSent: false })
  }
  // It comes a second time to people who were mailed of this round.
  if (move.action === 'reopen') {
    await forgetMail(trx, { reportId: report.id, subject, kinds: ['assigned', 'concluded'], alsoSent: true })
  }
  const members = await listMembers(trx, report.id)
  const told = await putNotices(
    trx,
    concerned(step, round).flatMap(({ role, kind }) =>
      others(members, role, userId).map((receiver) => ({
        report_id: report.id,
        user_id: receiver,
        kind,
        by_user: userId,
        text: move.reason ?? '',
        at,
        subject,
      })),
    ),
  )
  return { told, itemIds: items.map(({ id }) => id) }
}

function concerned({ move, report }: RoundStep, round: number): readonly { role: Role; kind: NoticeKind }[] {
  switch (move.action) {
    case 'submit':
      return [{ role: 'head', kind: round > 1 ? 'resubmitted' : 'assigned' }]
    case 'approve':
      return [
        { role: 'filler', kind: 'approved' },
        { role: 'finance', kind: round > 1 ? 'resubmitted' : 'assigned' },
      ]
    case 'return':
      return report.state === 'finance_review'
        ? [
            { role: 'filler', kind: 'returned' },
            { role: 'head', kind: 'returned' },
          ]
        : [{ role: 'filler', kind: 'returned' }]
    case 'conclude':
      return [
        { role: 'filler', kind: 'concluded' },
        { role: 'head', kind: 'concluded' },
      ]
    case 'reopen':
      return [{ role: 'finance', kind: 'assigned' }]
    case 'withdraw':
      return []
  }
}

const others = (members: readonly Member[], role: Role, userId: string) =>
  members.filter((member) => member.role === role && member.userId !== userId).map((member) => member.userId)

function itemsOf({ move, report, userId, at }: RoundStep): ReturnItemRow[] {
  const items: readonly NewReturnItem[] = move.items ?? [{ place: '', problem: move.reason ?? '' }]
  return items.map((item, ordinal) => ({
    id: randomUUID(),
    report_id: report.id,
    ordinal,
    round: Math.max(1, report.round),
    status: 'open',
    answer: '',
    user_id: userId,
    role: report.state === 'finance_review' ? 'finance' : 'head',
    at,
    ...placeOf(item),
  }))
}

function placeOf(item: NewReturnItem): Pick<ReturnItemRow, 'anchor' | 'quote' | 'problem' | 'demand' | 'due_date'> {
  if ('place' in item) {
    const anchor = JSON.stringify({ kind: 'report' })
    return { anchor, quote: item.place, problem: item.problem, demand: '', due_date: null }
  }
  const { anchor, problem, demand, dueDate } = item
  const quote = anchor.kind === 'text' ? anchor.quote : ''
  return { anchor: JSON.stringify(anchor), quote, problem, demand, due_date: dueDate }
}
