import { may } from '@gongping/permissions'
import type { Anchor, Thread, ThreadChange, ThreadStatus } from '@gongping/protocol/http'
import type { z } from 'zod'
import type { Session } from '../auth/session.ts'
import { insertAudit } from '../db/audit.ts'
import { compareAndSetThreadStatus, setThreadAnchor } from '../db/threads.ts'
import type { Deps } from '../deps.ts'
import { RequestError, requireYes } from '../reports/request-error.ts'
import { idsOf, listAudience } from './audience.ts'
import { describeThread } from './describe-threads.ts'
import { type ThreadPath, type VisibleThread, factsOf, getVisibleThread, noSuchThread } from './thread-access.ts'

/**
 * Moves a thread through its two steps, or attaches it to another place.
 *
 * @throws RequestError conflict when somebody else was quicker
 */
export async function changeThread(
  { db, feed, now }: Pick<Deps, 'db' | 'feed' | 'now'>,
  who: Session,
  { status, anchor, ...path }: ThreadPath & z.output<typeof ThreadChange>,
): Promise<Thread> {
  const visible = await getVisibleThread(db, who, path)
  const { report, thread } = visible
  const isMarked = status !== undefined && status !== thread.status
  if (isMarked) requireMayMark(visible, who, status)
  if (anchor) requireMayAttach(visible, who, anchor)
  if (!isMarked && !anchor) return describeThread(db, thread.id)

  const at = now()
  const deed = { at, userId: who.userId, reportId: report.id }
  const about = { threadId: thread.id, visibility: thread.visibility }
  await db.transaction().execute(async (trx) => {
    if (isMarked) {
      const from = thread.status
      if (!(await compareAndSetThreadStatus(trx, { id: thread.id, from, to: status }))) throw somebodyElse()
      await insertAudit(trx, { ...deed, action: 'thread-marked', detail: { ...about, from, to: status } })
    }
    if (anchor) {
      const quote = anchor.kind === 'text' ? anchor.quote : ''
      const place = { id: thread.id, kind: anchor.kind, anchor: JSON.stringify(anchor), quote }
      if (!(await setThreadAnchor(trx, place))) throw noSuchThread()
      await insertAudit(trx, { ...deed, action: 'thread-attached', detail: { ...about, place: anchor.kind } })
    }
  })
  const audience = await listAudience(db, report.id, thread.visibility)
  feed.publish({ type: 'thread', id: report.id }, idsOf(thread.visibility, audience))
  return describeThread(db, thread.id)
}

function requireMayMark(visible: VisibleThread, who: Session, to: ThreadStatus): void {
  const { actor, report, thread } = visible
  requireYes(
    may(actor, { action: 'mark-thread', to, thread: factsOf(visible, who.userId) }, report.state),
    report.state,
  )
  if (thread.status !== 'closed' || to === 'open') return
  throw new RequestError({
    kind: 'conflict',
    code: 'thread_closed',
    text: { zh: '批注已关闭，请先重新打开。', en: 'The comment is closed; reopen it first.' },
  })
}

function requireMayAttach(visible: VisibleThread, who: Session, anchor: Anchor): void {
  const { actor, report } = visible
  requireYes(may(actor, { action: 'attach-thread', thread: factsOf(visible, who.userId) }, report.state), report.state)
  if (anchor.kind !== 'text' || anchor.quote.trim() !== '') return
  throw new RequestError({
    kind: 'invalid',
    code: 'nothing_quoted',
    text: { zh: '请先选中要重新定位到的文字。', en: 'Select the text it shall be attached to first.' },
  })
}

const somebodyElse = () =>
  new RequestError({
    kind: 'conflict',
    code: 'changed_meanwhile',
    text: {
      zh: '这条批注刚刚被他人处理，请查看最新状态。',
      en: 'Somebody else has just dealt with this comment; look at its new status.',
    },
  })
