import type { Thread } from '@gongping/protocol/http'
import type { Db } from '../db/dialect.ts'
import { listReplyRows, listThreadRows } from '../db/threads.ts'
import type { VisibleReport } from '../reports/visible-report.ts'
import { visibleTo } from './audience.ts'
import { describeThreads } from './describe-threads.ts'

/** Every comment the caller may see, oldest first. */
export async function listThreads(db: Db, { report, actor }: VisibleReport): Promise<Thread[]> {
  const threads = await listThreadRows(db, report.id, visibleTo(actor))
  const shown = new Set(threads.map(({ id }) => id))
  const replies = await listReplyRows(db, { reportId: report.id })
  return describeThreads(db, { threads, replies: replies.filter((reply) => shown.has(reply.thread_id)) })
}
