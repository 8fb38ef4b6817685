import { type Part, type ThreadFacts, may } from '@gongping/permissions'
import type { Anchor, Mention } from '@gongping/protocol/http'
import type { Session } from '../auth/session.ts'
import type { Db } from '../db/dialect.ts'
import { type ReplyRow, type ThreadRow, findThreadRow, listReplyRows } from '../db/threads.ts'
import { isPlainId } from '../reports/plain-id.ts'
import { RequestError } from '../reports/request-error.ts'
import { type VisibleReport, getVisibleReport } from '../reports/visible-report.ts'

export interface VisibleThread extends VisibleReport {
  readonly thread: ThreadRow
  readonly replies: readonly ReplyRow[]
}

export interface ThreadPath {
  readonly reportId: string
  readonly threadId: string
}

/**
 * The thread by its own id, then whether it belongs to the report of the path, then whether the caller may see it: the
 * three answers no are the same.
 */
export async function getVisibleThread(
  db: Db,
  who: Session,
  { reportId, threadId }: ThreadPath,
): Promise<VisibleThread> {
  const visible = await getVisibleReport(db, who, reportId)
  const thread = isPlainId(threadId) ? await findThreadRow(db, threadId) : undefined
  if (!thread || thread.report_id !== visible.report.id) throw noSuchThread()
  const { visibility } = thread
  if (!may(visible.actor, { action: 'see-thread', visibility }, visible.report.state).ok) throw noSuchThread()
  return { ...visible, thread, replies: await listReplyRows(db, { threadId }) }
}

export function factsOf({ actor, thread, replies }: VisibleThread, userId: string): ThreadFacts {
  const mentions = replies.flatMap((reply) => JSON.parse(reply.mentions) as Mention[])
  return {
    visibility: thread.visibility,
    raisedAs: thread.role,
    isRaiser: thread.user_id === userId,
    isAddressee: mentions.some(({ kind, id }) =>
      kind === 'member' ? id === userId : actor.roles.some((role) => role === id),
    ),
    part: partOf(JSON.parse(thread.anchor) as Anchor),
  }
}

/** The part a place stands in; null for the report as a whole. */
function partOf(anchor: Anchor): Part | null {
  switch (anchor.kind) {
    case 'text':
      return 'narrative'
    case 'cell':
      return anchor.column
    case 'cover':
    case 'fact':
      return 'self'
    case 'report':
      return null
  }
}

export const noSuchThread = () =>
  new RequestError({
    kind: 'not-found',
    code: 'no_such_thread',
    text: { zh: '这条批注已被删除，或者您无权查看。', en: 'This comment was deleted, or is not open to you.' },
  })
