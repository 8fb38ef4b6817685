import type { Anchor, Author, Mention, Thread } from '@gongping/protocol/http'
import type { Db } from '../db/dialect.ts'
import { listNames } from '../db/profiles.ts'
import { type ReplyRow, type ThreadRow, findThreadRow, listReplyRows } from '../db/threads.ts'
import { noSuchThread } from './thread-access.ts'

/** Rows as the page gets them, in the same order. */
export async function describeThreads(
  db: Db,
  { threads, replies }: { threads: readonly ThreadRow[]; replies: readonly ReplyRow[] },
): Promise<Thread[]> {
  const names = await listNames(
    db,
    [...threads, ...replies].map((row) => row.user_id),
  )
  const authorOf = ({ user_id, role }: ThreadRow | ReplyRow): Author => ({
    userId: user_id,
    displayName: names.get(user_id) ?? '',
    role,
  })
  const byThread = Map.groupBy(replies, (reply) => reply.thread_id)
  return threads.map((thread) => ({
    id: thread.id,
    kind: thread.kind as Thread['kind'],
    visibility: thread.visibility,
    anchor: JSON.parse(thread.anchor) as Anchor,
    quote: thread.quote,
    status: thread.status,
    round: thread.round,
    author: authorOf(thread),
    at: new Date(thread.at).toISOString(),
    replies: (byThread.get(thread.id) ?? []).map((reply) => ({
      id: reply.id,
      author: authorOf(reply),
      text: reply.text,
      mentions: JSON.parse(reply.mentions) as Mention[],
      at: new Date(reply.at).toISOString(),
      editedAt: reply.edited_at === null ? null : new Date(reply.edited_at).toISOString(),
      deleted: reply.deleted === 1,
    })),
  }))
}

/** One thread as it is now. @throws RequestError when it is gone */
export async function describeThread(db: Db, threadId: string): Promise<Thread> {
  const thread = await findThreadRow(db, threadId)
  const replies = await listReplyRows(db, { threadId })
  const [described] = thread ? await describeThreads(db, { threads: [thread], replies }) : []
  if (!described) throw noSuchThread()
  return described
}
