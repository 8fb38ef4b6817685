import { PARTS, type Part } from '@gongping/permissions'
import type { OpenedVersion } from '@gongping/protocol/http'
import type { Db } from '../db/dialect.ts'
import type { ReportRow } from '../db/schema.ts'
import { hideInVersion } from '../review/hidden-parts.ts'
import { linesOf } from './compare-versions.ts'
import { getListedVersion } from './list-versions.ts'
import { getVersion, openSnapshot, readVersion } from './snapshot.ts'
import { textChanges, unchangedLines } from './text-changes.ts'

/**
 * A version as it was, with fields as their values then.
 *
 * @param hidden parts the caller may not read
 * @throws RequestError `no_such_version`
 */
export async function openVersion(
  db: Db,
  report: ReportRow,
  { versionId, hidden }: { versionId: string; hidden: readonly Part[] },
): Promise<OpenedVersion> {
  const row = await getVersion(db, report.id, versionId)
  const snapshot = await readVersion(db, row)
  const { body, content } = snapshot
  const open = openSnapshot(snapshot, report)
  try {
    const opened: OpenedVersion = {
      version: await getListedVersion(db, report.id, { versionId, hidden }),
      text: open ? textChanges(unchangedLines(linesOf(open, hidden)), new Map()) : [],
      scores: (['self', 'department', 'finance'] as const).flatMap((column) =>
        Object.entries(body[column].byIndicator).map(([indicatorId, { score }]) => ({ indicatorId, column, score })),
      ),
      totals: {
        self: body.self.total,
        department: body.department.total,
        finance: body.finance.total,
        grade: body.self.grade,
      },
      problem: open ? null : content.kind === 'other-layout' ? OTHER_LAYOUT : DAMAGED,
    }
    return hideInVersion(opened, hidden)
  } finally {
    if (open) for (const part of PARTS) open.docs[part].destroy()
  }
}

const OTHER_LAYOUT = {
  zh: '此版本由另一版程序保存，正文无法在此显示；得分仍然有效。',
  en: 'This version was stored by another version of the program; its text cannot be shown here. The scores are right.',
}
const DAMAGED = {
  zh: '此版本的存储内容已损坏，正文无法显示；得分仍然有效。请联系管理员核对备份。',
  en: 'The stored documents of this version are damaged and cannot be shown. The scores are right. Ask your administrator for a backup.',
}
