import { randomUUID } from 'node:crypto'
import { may } from '@gongping/permissions'
import type { NewReply, Thread } from '@gongping/protocol/http'
import type { z } from 'zod'
import type { Session } from '../auth/session.ts'
import { insertAudit } from '../db/audit.ts'
import { countReplies, insertReply } from '../db/threads.ts'
import type { Deps } from '../deps.ts'
import { tellMentioned } from '../notices/tell-mentioned.ts'
import { MOST_KEPT } from '../quotas.ts'
import { full, requireYes } from '../reports/request-error.ts'
import { idsOf, listAudience, speakingRole } from './audience.ts'
import { describeThread } from './describe-threads.ts'
import { addressees } from './mentions.ts'
import { idTaken, isReplyStored } from './sent-again.ts'
import { type ThreadPath, getVisibleThread, noSuchThread } from './thread-access.ts'

/** Adds to a thread, whatever its status; it stays what it is. */
export async function replyToThread(
  { db, feed, now }: Pick<Deps, 'db' | 'feed' | 'now'>,
  who: Session,
  { id: replyId = randomUUID(), text, mentions, ...path }: ThreadPath & z.output<typeof NewReply>,
): Promise<Thread> {
  const { report, actor, thread, replies } = await getVisibleThread(db, who, path)
  if (isReplyStored(replies, { id: replyId, userId: who.userId, text })) return describeThread(db, thread.id)
  requireYes(may(actor, { action: 'raise-thread', visibility: thread.visibility }, report.state), report.state)
  const audience = await listAudience(db, report.id, thread.visibility)
  const addressed = addressees(mentions, audience)
  if ((await countReplies(db, report.id)) >= MOST_KEPT.repliesPerReport) throw tooManyReplies()
  const at = now()
  const told = await db.transaction().execute(async (trx) => {
    const reply = {
      id: replyId,
      thread_id: thread.id,
      user_id: who.userId,
      role: speakingRole(actor, thread.visibility),
      text,
      mentions: JSON.stringify(mentions),
      at,
    }
    const outcome = await insertReply(trx, reply)
    if (outcome !== 'stored') throw outcome === 'no-thread' ? noSuchThread() : idTaken()
    await insertAudit(trx, {
      at,
      userId: who.userId,
      action: 'thread-replied',
      reportId: report.id,
      detail: { threadId: thread.id, replyId, visibility: thread.visibility },
    })
    return tellMentioned(trx, { report, by: who.userId, addressed, threadId: thread.id, text, at })
  })
  feed.publish({ type: 'thread', id: report.id }, idsOf(thread.visibility, audience))
  if (told.length > 0) feed.publish({ type: 'notice', id: report.id }, told)
  return describeThread(db, thread.id)
}

const tooManyReplies = () =>
  full({
    zh: `一份报告的批注最多 ${MOST_KEPT.repliesPerReport} 条回复，不能再回复。`,
    en: `The comments of a report have at most ${MOST_KEPT.repliesPerReport} replies; there is no room for more.`,
  })
