import type { Role } from '@gongping/permissions'
import type { Anchor, HistoryEntry, Suggestion, TextAnchor } from '@gongping/protocol/http'
import { listDeedsOf } from '../db/audit.ts'
import type { Db } from '../db/dialect.ts'
import { listReturnItemRows } from '../db/return-items.ts'
import { type SuggestionRow, listSuggestionRows } from '../db/suggestions.ts'
import { listReplyRows, listThreadRows } from '../db/threads.ts'
import type { VisibleReport } from '../reports/visible-report.ts'
import { visibleTo } from '../review/audience.ts'

/** What a history is about. */
export interface HistoryPlace {
  readonly indicatorId: string | null
  /** Whether a place in the text belongs to it. */
  readonly holds: (anchor: TextAnchor) => boolean
}

type Bare<E> = E extends HistoryEntry ? Omit<E, 'at' | 'by' | 'byId' | 'role'> : never
type Said = Bare<Extract<HistoryEntry, { kind: 'comment' | 'suggestion' | 'return-item' }>>
/** `role` is the one it was said in; without it the person's. */
export type ReviewEntry = Said & { readonly at: number; readonly userId: string; readonly role?: Role }

/** What was said about a place and decided there, as far as the caller may see it; in no order. */
export async function reviewHistory(db: Db, visible: VisibleReport, place: HistoryPlace): Promise<ReviewEntry[]> {
  const deeds = await listDeedsOf(db, visible.report.id, [...Object.keys(ITEM_EVENTS), 'thread-marked'])
  return [
    ...(await commentHistory(db, visible, { place, deeds })),
    ...(await suggestionHistory(db, visible.report.id, place)),
    ...(await itemHistory(db, visible.report.id, { place, deeds })),
  ]
}

type Deeds = Awaited<ReturnType<typeof listDeedsOf>>

const isAbout = ({ indicatorId, holds }: HistoryPlace, anchor: Anchor): boolean =>
  anchor.kind === 'text' ? holds(anchor) : anchor.kind === 'cell' && anchor.indicatorId === indicatorId

async function commentHistory(
  db: Db,
  { report, actor }: VisibleReport,
  { place, deeds }: { place: HistoryPlace; deeds: Deeds },
): Promise<ReviewEntry[]> {
  const threads = (await listThreadRows(db, report.id, visibleTo(actor))).filter(({ anchor }) =>
    isAbout(place, JSON.parse(anchor) as Anchor),
  )
  if (threads.length === 0) return []
  const byId = new Map(threads.map((thread) => [thread.id, thread]))
  const entries: ReviewEntry[] = []
  for (const reply of await listReplyRows(db, { reportId: report.id })) {
    const thread = byId.get(reply.thread_id)
    if (!thread || reply.deleted === 1) continue
    entries.push({
      kind: 'comment',
      at: Number(reply.at),
      userId: reply.user_id,
      role: reply.role,
      threadId: thread.id,
      event: reply.ordinal === 0 ? 'raised' : 'replied',
      quote: thread.quote,
      text: reply.text,
    })
  }
  for (const { at, user_id: userId, action, detail } of deeds) {
    const { threadId = '', to } = JSON.parse(detail) as { threadId?: string; to?: 'open' | 'done' | 'closed' }
    const thread = action === 'thread-marked' ? byId.get(threadId) : undefined
    if (!thread || !to) continue
    const event = to === 'open' ? 'reopened' : to
    entries.push({ kind: 'comment', at, userId, threadId, event, quote: thread.quote, text: '' })
  }
  return entries
}

async function suggestionHistory(db: Db, reportId: string, place: HistoryPlace): Promise<ReviewEntry[]> {
  return (await listSuggestionRows(db, reportId)).flatMap((row): ReviewEntry[] => {
    const proposal = JSON.parse(row.proposal) as Suggestion['proposal']
    const isHere = proposal.kind === 'score' ? proposal.indicatorId === place.indicatorId : place.holds(proposal.anchor)
    if (!isHere) return []
    const common = { kind: 'suggestion', suggestionId: row.id, change: changeOf(proposal) } as const
    const made: ReviewEntry = {
      ...common,
      at: Number(row.at),
      userId: row.user_id,
      role: row.role,
      event: 'made',
      text: row.reason,
    }
    const event = decisionOf(row.status)
    if (event === null || row.decided_at === null) return [made]
    const decided = { at: Number(row.decided_at), userId: row.decided_by ?? '', event, text: row.decision_reason }
    return [made, { ...common, ...decided, ...(row.decided_as === null ? {} : { role: row.decided_as }) }]
  })
}

const decisionOf = (status: SuggestionRow['status']) => (status === 'open' || status === 'accepting' ? null : status)

function changeOf(proposal: Suggestion['proposal']): Extract<Said, { kind: 'suggestion' }>['change'] {
  return proposal.kind === 'score'
    ? { kind: 'score', from: proposal.oldScore, to: proposal.newScore }
    : { kind: 'text', from: proposal.oldText, to: proposal.newText }
}

const ITEM_EVENTS: Readonly<Record<string, 'answered' | 'accepted' | 'reopened'>> = {
  'item-answered': 'answered',
  'item-accepted': 'accepted',
  'item-reopened': 'reopened',
}

async function itemHistory(
  db: Db,
  reportId: string,
  { place, deeds }: { place: HistoryPlace; deeds: Deeds },
): Promise<ReviewEntry[]> {
  const items = (await listReturnItemRows(db, reportId)).filter(({ anchor }) =>
    isAbout(place, JSON.parse(anchor) as Anchor),
  )
  const byId = new Map(items.map((item) => [item.id, item]))
  const entries = items.map((item): ReviewEntry => ({
    kind: 'return-item',
    at: Number(item.at),
    userId: item.user_id,
    role: item.role,
    itemId: item.id,
    event: 'raised',
    problem: item.problem,
    text: item.demand,
  }))
  // An answer may be written anew: the words that are kept are those of the last one.
  const lastAnswers = new Map<string, number>()
  const told = deeds.flatMap(({ id, at, user_id: userId, action, detail }) => {
    const event = ITEM_EVENTS[action]
    const item = byId.get((JSON.parse(detail) as { itemId?: string }).itemId ?? '')
    if (!event || !item) return []
    if (event === 'answered') lastAnswers.set(item.id, id)
    return [{ id, at, userId, event, item }]
  })
  for (const { id, at, userId, event, item } of told) {
    const text = lastAnswers.get(item.id) === id ? item.answer : ''
    entries.push({ kind: 'return-item', at, userId, itemId: item.id, event, problem: item.problem, text })
  }
  return entries
}
