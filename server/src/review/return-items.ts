import { type ReviewRequest, may } from '@gongping/permissions'
import type { Anchor, ReturnItem, ReturnItemChange } from '@gongping/protocol/http'
import type { Session } from '../auth/session.ts'
import { insertAudit } from '../db/audit.ts'
import type { Db } from '../db/dialect.ts'
import { listNames } from '../db/profiles.ts'
import {
  type ReturnItemRow,
  compareAndSetReturnItem,
  findReturnItemRow,
  listReturnItemRows,
} from '../db/return-items.ts'
import type { Deps } from '../deps.ts'
import { isPlainId } from '../reports/plain-id.ts'
import { RequestError, requireYes } from '../reports/request-error.ts'
import { getVisibleReport } from '../reports/visible-report.ts'

/** Items of every return, by round. */
export async function listReturnItems(db: Db, reportId: string): Promise<ReturnItem[]> {
  return describeItems(db, await listReturnItemRows(db, reportId))
}

/**
 * The filler answers an item, or a reviewer judges the answer.
 *
 * @throws RequestError conflict when somebody else was quicker, or there is nothing to judge
 */
export async function changeReturnItem(
  { db, documents, feed, now }: Pick<Deps, 'db' | 'documents' | 'feed' | 'now'>,
  who: Session,
  { reportId, itemId, change }: { reportId: string; itemId: string; change: ReturnItemChange },
): Promise<ReturnItem> {
  const { report, actor } = await getVisibleReport(db, who, reportId)
  const item = isPlainId(itemId) ? await findReturnItemRow(db, itemId) : undefined
  if (!item || item.report_id !== report.id) throw noSuchItem()
  const request: ReviewRequest =
    'answer' in change ? { action: 'answer-item' } : { action: 'judge-item', raisedAs: item.role }
  requireYes(may(actor, request, report.state), report.state)
  const to: ReturnItem['status'] = 'answer' in change ? 'answered' : change.status
  if ('answer' in change && item.status === 'accepted') throw wrongStatus('accepted')
  if (!('answer' in change) && item.status === 'open') throw wrongStatus('open')
  const at = now()
  await db.transaction().execute(async (trx) => {
    const set = { id: item.id, from: item.status, status: to, ...('answer' in change ? { answer: change.answer } : {}) }
    if (!(await compareAndSetReturnItem(trx, set))) throw changedMeanwhile()
    await insertAudit(trx, {
      at,
      userId: who.userId,
      action: to === 'open' ? 'item-reopened' : `item-${to}`,
      reportId,
      detail: { itemId: item.id, round: item.round },
    })
  })
  // Whether it is answered is among the findings. The answer is stored: should this fail, the next edit scores again.
  if ((item.status === 'open') !== (to === 'open')) await documents.scoreNow(reportId).catch(() => undefined)
  feed.publish({ type: 'thread', id: reportId })
  const row = await findReturnItemRow(db, itemId)
  const [described] = row ? await describeItems(db, [row]) : []
  if (!described) throw noSuchItem()
  return described
}

async function describeItems(db: Db, rows: readonly ReturnItemRow[]): Promise<ReturnItem[]> {
  const names = await listNames(
    db,
    rows.map((row) => row.user_id),
  )
  return rows.map((row) => ({
    id: row.id,
    round: row.round,
    anchor: JSON.parse(row.anchor) as Anchor,
    quote: row.quote,
    problem: row.problem,
    demand: row.demand,
    dueDate: row.due_date,
    status: row.status,
    answer: row.answer,
    author: { userId: row.user_id, displayName: names.get(row.user_id) ?? '', role: row.role },
    at: new Date(row.at).toISOString(),
  }))
}

const noSuchItem = () =>
  new RequestError({
    kind: 'not-found',
    code: 'no_such_item',
    text: { zh: '没有这条退回意见。', en: 'There is no such return item.' },
  })

const wrongStatus = (status: 'open' | 'accepted') =>
  new RequestError({
    kind: 'conflict',
    code: 'wrong_status',
    text:
      status === 'open'
        ? { zh: '这条退回意见还没有答复。', en: 'This item has not been answered yet.' }
        : { zh: '这条退回意见的答复已被确认。', en: 'The answer to this item was accepted already.' },
  })

const changedMeanwhile = () =>
  new RequestError({
    kind: 'conflict',
    code: 'changed_meanwhile',
    text: {
      zh: '这条退回意见刚刚被他人处理，请查看最新状态。',
      en: 'Somebody else has just dealt with this item; look at its new status.',
    },
  })
