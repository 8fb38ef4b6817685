import { may } from '@gongping/permissions'
import type { Anchor } from '@gongping/protocol/http'
import type { Db } from '../db/dialect.ts'
import { findThreadRow, isIdUsed, listReplyRows, type ReplyRow, type ThreadRow } from '../db/threads.ts'
import { RequestError } from '../reports/request-error.ts'
import type { VisibleReport } from '../reports/visible-report.ts'

interface SentThread {
  readonly id: string
  readonly userId: string
  readonly anchor: Anchor
  readonly visibility: ThreadRow['visibility']
  readonly text: string
}

/** @returns whether this very comment is stored already. @throws RequestError when its id stands for something else */
export async function isThreadStored(
  db: Db,
  { report, actor }: VisibleReport,
  { id, userId, anchor, visibility, text }: SentThread,
): Promise<boolean> {
  const stored = await findThreadRow(db, id)
  if (!stored) {
    if (await isIdUsed(db, { reportId: report.id, id })) throw idTaken()
    return false
  }
  const [first] = await listReplyRows(db, { threadId: id })
  const isSame =
    stored.report_id === report.id &&
    stored.user_id === userId &&
    stored.visibility === visibility &&
    stored.anchor === JSON.stringify(anchor) &&
    first?.text === text &&
    may(actor, { action: 'see-thread', visibility }, report.state).ok
  if (!isSame) throw idTaken()
  return true
}

/** @returns whether this very reply is among those of its thread. @throws RequestError when its id stands for another */
export function isReplyStored(
  replies: readonly ReplyRow[],
  { id, userId, text }: { id: string; userId: string; text: string },
): boolean {
  const stored = replies.find((reply) => reply.id === id)
  if (!stored) return false
  if (stored.user_id !== userId || stored.text !== text) throw idTaken()
  return true
}

/** Also when the same is being stored at this moment. */
export const idTaken = () =>
  new RequestError({
    kind: 'conflict',
    code: 'id_taken',
    text: {
      zh: '这条内容已经发出过，没有再存一次；请看列表里的那一条。',
      en: 'This was sent before and is not stored again; see the one in the list.',
    },
  })
