import { may } from '@gongping/permissions'
import type { Mention, ReplyChange, Thread } from '@gongping/protocol/http'
import type { z } from 'zod'
import type { Session } from '../auth/session.ts'
import { insertAudit } from '../db/audit.ts'
import { type ReplyRow, deleteReply, setReplyText } from '../db/threads.ts'
import type { Deps } from '../deps.ts'
import { retellMentioned, tellMentioned } from '../notices/tell-mentioned.ts'
import { RequestError, requireYes } from '../reports/request-error.ts'
import { idsOf, listAudience } from './audience.ts'
import { describeThread } from './describe-threads.ts'
import { addressees, namedIn } from './mentions.ts'
import { type ThreadPath, type VisibleThread, getVisibleThread } from './thread-access.ts'

interface ReplyPath extends ThreadPath {
  readonly replyId: string
}
type ReplyDeps = Pick<Deps, 'db' | 'feed' | 'now'>

/** Rewrites what the caller wrote; without `mentions` they stay. */
export async function changeReply(
  { db, feed, now }: ReplyDeps,
  who: Session,
  { text, mentions, ...path }: ReplyPath & z.output<typeof ReplyChange>,
): Promise<Thread> {
  const { report, thread, reply } = await getOwnReply({ db }, who, path)
  const audience = await listAudience(db, report.id, thread.visibility)
  const before = JSON.parse(reply.mentions) as Mention[]
  const news = (mentions ?? []).filter(({ id }) => !before.some((mention) => mention.id === id))
  const addressed = addressees(news, audience)
  const at = now()
  const told = await db.transaction().execute(async (trx) => {
    const change = { id: reply.id, text, mentions: JSON.stringify(mentions ?? before), at }
    if (!(await setReplyText(trx, change))) throw noSuchReply()
    await retellMentioned(trx, {
      reportId: report.id,
      by: who.userId,
      addressed: namedIn(before, audience),
      from: reply.text,
      to: text,
    })
    await insertAudit(trx, {
      at,
      userId: who.userId,
      action: 'reply-changed',
      reportId: report.id,
      detail: { threadId: thread.id, replyId: reply.id, visibility: thread.visibility },
    })
    return tellMentioned(trx, { report, by: who.userId, addressed, threadId: thread.id, text, at })
  })
  feed.publish({ type: 'thread', id: report.id }, idsOf(thread.visibility, audience))
  if (told.length > 0) feed.publish({ type: 'notice', id: report.id }, told)
  return describeThread(db, thread.id)
}

/** Takes back what the caller wrote; a thread in which nobody else wrote goes with it. @returns null when it did */
export async function removeReply({ db, feed, now }: ReplyDeps, who: Session, path: ReplyPath): Promise<Thread | null> {
  const { report, thread, reply } = await getOwnReply({ db }, who, path)
  const audience = await listAudience(db, report.id, thread.visibility)
  const addressed = namedIn(JSON.parse(reply.mentions) as Mention[], audience)
  const left = await db.transaction().execute(async (trx) => {
    const outcome = await deleteReply(trx, reply)
    if (!outcome) throw noSuchReply()
    await retellMentioned(trx, { reportId: report.id, by: who.userId, addressed, from: reply.text, to: null })
    await insertAudit(trx, {
      at: now(),
      userId: who.userId,
      action: outcome === 'nothing' ? 'thread-deleted' : 'reply-deleted',
      reportId: report.id,
      detail: { threadId: thread.id, replyId: reply.id, visibility: thread.visibility },
    })
    return outcome
  })
  feed.publish({ type: 'thread', id: report.id }, idsOf(thread.visibility, audience))
  return left === 'nothing' ? null : describeThread(db, thread.id)
}

async function getOwnReply(
  { db }: Pick<Deps, 'db'>,
  who: Session,
  path: ReplyPath,
): Promise<VisibleThread & { reply: ReplyRow }> {
  const visible = await getVisibleThread(db, who, path)
  const reply = visible.replies.find(({ id }) => id === path.replyId)
  if (!reply || reply.deleted === 1) throw noSuchReply()
  const { state } = visible.report
  requireYes(may(visible.actor, { action: 'change-reply', isAuthor: reply.user_id === who.userId }, state), state)
  return { ...visible, reply }
}

const noSuchReply = () =>
  new RequestError({
    kind: 'not-found',
    code: 'no_such_reply',
    text: { zh: '这条回复已被删除。', en: 'This reply was deleted.' },
  })
