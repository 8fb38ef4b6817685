import { NOTICE_KINDS, type NoticeKind, type NoticeList, type NoticeSettings } from '@gongping/protocol/http'
import type { Session } from '../auth/session.ts'
import { listNoticeSwitches, listNoticesOf, putNoticeSwitch } from '../db/notices.ts'
import type { Db } from '../db/dialect.ts'
import { listNames } from '../db/profiles.ts'

/** Notices shown at most; the newest. */
const MAX_NOTICES = 200

/** What the caller was told, newest first, of reports they may still see. */
export async function listNotices(db: Db, who: Session): Promise<NoticeList> {
  const rows = await listNoticesOf(db, { userId: who.userId, isAdmin: who.role === 'admin' }, MAX_NOTICES)
  const names = await listNames(
    db,
    rows.map((row) => row.by_user),
  )
  const notices = rows.map((row) => ({
    id: row.id,
    kind: row.kind as NoticeKind,
    reportId: row.report_id,
    projectName: row.project_name,
    by: names.get(row.by_user) ?? '',
    text: row.text,
    threadId: row.thread_id,
    at: new Date(row.at).toISOString(),
    readAt: row.read_at === null ? null : new Date(row.read_at).toISOString(),
  }))
  return { notices, unread: notices.filter(({ readAt }) => readAt === null).length }
}

/** Every kind is on until somebody switches it off. */
export async function readNoticeSettings(db: Db, userId: string): Promise<NoticeSettings> {
  const switches = await listNoticeSwitches(db, userId)
  return Object.fromEntries(NOTICE_KINDS.map((kind) => [kind, switches.get(kind) ?? true])) as NoticeSettings
}

export async function putNoticeSettings(
  db: Db,
  userId: string,
  settings: Partial<Record<NoticeKind, boolean | undefined>>,
): Promise<NoticeSettings> {
  await db.transaction().execute(async (trx) => {
    for (const kind of NOTICE_KINDS) {
      const isEnabled = settings[kind]
      if (isEnabled !== undefined) await putNoticeSwitch(trx, { userId, kind, isEnabled })
    }
  })
  return readNoticeSettings(db, userId)
}
