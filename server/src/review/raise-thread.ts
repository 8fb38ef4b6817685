import { randomUUID } from 'node:crypto'
import { may } from '@gongping/permissions'
import type { NewThread, Thread } from '@gongping/protocol/http'
import type { Session } from '../auth/session.ts'
import { insertAudit } from '../db/audit.ts'
import { countThreads, insertReply, insertThread } from '../db/threads.ts'
import type { Deps } from '../deps.ts'
import { MOST_KEPT } from '../quotas.ts'
import { RequestError, full, requireYes } from '../reports/request-error.ts'
import { getVisibleReport } from '../reports/visible-report.ts'
import { tellMentioned } from '../notices/tell-mentioned.ts'
import { idsOf, listAudience, speakingRole } from './audience.ts'
import { describeThread } from './describe-threads.ts'
import { addressees } from './mentions.ts'
import { idTaken, isThreadStored } from './sent-again.ts'

/** Says something about a place of the report. The text itself is not touched. */
export async function raiseThread(
  { db, feed, now }: Pick<Deps, 'db' | 'feed' | 'now'>,
  who: Session,
  { reportId, id: sentAs, anchor, visibility, text, mentions }: NewThread & { reportId: string },
): Promise<Thread> {
  const visible = await getVisibleReport(db, who, reportId)
  const { report, actor } = visible
  const threadId = sentAs ?? randomUUID()
  const sent = { id: threadId, userId: who.userId, anchor, visibility, text }
  if (sentAs !== undefined && (await isThreadStored(db, visible, sent))) return describeThread(db, threadId)
  requireYes(may(actor, { action: 'raise-thread', visibility }, report.state), report.state)
  if (anchor.kind === 'text' && anchor.quote.trim() === '') throw nothingQuoted()
  const audience = await listAudience(db, reportId, visibility)
  const addressed = addressees(mentions, audience)
  if ((await countThreads(db, reportId)) >= MOST_KEPT.threadsPerReport) throw tooManyThreads()
  const own = { user_id: who.userId, role: speakingRole(actor, visibility), at: now() }
  const told = await db.transaction().execute(async (trx) => {
    const isStored = await insertThread(trx, {
      id: threadId,
      report_id: reportId,
      kind: anchor.kind,
      visibility,
      anchor: JSON.stringify(anchor),
      quote: anchor.kind === 'text' ? anchor.quote : '',
      status: 'open',
      round: Math.max(1, report.round),
      ...own,
    })
    if (!isStored) throw idTaken()
    await insertReply(trx, { id: randomUUID(), thread_id: threadId, text, mentions: JSON.stringify(mentions), ...own })
    await insertAudit(trx, {
      at: own.at,
      userId: who.userId,
      action: 'thread-raised',
      reportId,
      detail: { threadId, visibility, place: anchor.kind },
    })
    return tellMentioned(trx, { report, by: who.userId, addressed, threadId, text, at: own.at })
  })
  feed.publish({ type: 'thread', id: reportId }, idsOf(visibility, audience))
  if (told.length > 0) feed.publish({ type: 'notice', id: reportId }, told)
  return describeThread(db, threadId)
}

const tooManyThreads = () =>
  full({
    zh: `一份报告最多 ${MOST_KEPT.threadsPerReport} 条批注，请在已有的批注中回复。`,
    en: `A report has at most ${MOST_KEPT.threadsPerReport} comments; please reply to one that is there.`,
  })

const nothingQuoted = () =>
  new RequestError({
    kind: 'invalid',
    code: 'nothing_quoted',
    text: { zh: '请先选中要批注的文字。', en: 'Select the text you want to comment on first.' },
  })
