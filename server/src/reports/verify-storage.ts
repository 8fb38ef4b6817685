import { PARTS, type Message } from '@gongping/permissions'
import * as Y from 'yjs'
import { countAudit, findBrokenLinks } from '../db/audit.ts'
import type { Database } from '../db/dialect.ts'
import { DamagedPartError, listLog, loadPart } from '../db/part-store.ts'
import { listReportIds } from '../db/reports.ts'
import { DamagedVersionError, findVersionStates, hashStates, listVersions } from '../db/versions.ts'

export interface Verification {
  readonly problems: readonly Message[]
  readonly counts: Readonly<Record<'reports' | 'parts' | 'logRows' | 'versions' | 'auditRows', number>>
}

/** Reads everything once: checksums of documents and versions, logs without gaps, the chain of the audit trail. */
export async function verifyStorage(database: Database): Promise<Verification> {
  const { db } = database
  const problems: Message[] = []
  const counts = { reports: 0, parts: 0, logRows: 0, versions: 0, auditRows: await countAudit(db) }
  const found = (zh: string, en: string) => problems.push({ zh, en })

  if (!(await database.isSound())) found('数据库文件有损坏的页。', 'The database file has damaged pages.')
  for (const reportId of await listReportIds(db)) {
    counts.reports += 1
    for (const part of PARTS) {
      counts.parts += 1
      try {
        const stored = await loadPart(db, { reportId, part })
        if (!stored) found(`报告 ${reportId} 缺少文档 ${part}。`, `Report ${reportId} lacks the document ${part}.`)
        else if (!isReadable([stored.state, ...stored.tail])) {
          found(`文档 ${reportId}/${part} 无法读取。`, `The document ${reportId}/${part} can't be read.`)
        }
      } catch (error) {
        if (!(error instanceof DamagedPartError)) throw error
        found(`文档 ${reportId}/${part} 与其校验和或日志不符。`, `${reportId}/${part} is damaged: ${error.message}.`)
      }
      const log = await listLog(db, { reportId, part })
      counts.logRows += log.length
      for (const { seq, isSound } of log) {
        if (isSound) continue
        found(
          `文档 ${reportId}/${part} 日志第 ${seq} 条与其校验和不符。`,
          `Row ${seq} of the log of ${reportId}/${part} fails its checksum.`,
        )
      }
      // Rows may be joined into bursts; each still says for how many numbers it stands.
      const missing = (log.at(-1)?.seq ?? 0) + 1 - log.reduce((sum, { numbers }) => sum + numbers, 0)
      const gap = log.every(({ numbers }) => numbers === 1) ? log.findIndex(({ seq }, index) => seq !== index) : -1
      if (log.length === 0 || gap >= 0) {
        const at = Math.max(gap, 0)
        found(`文档 ${reportId}/${part} 的日志缺第 ${at} 条。`, `The log of ${reportId}/${part} lacks row ${at}.`)
      } else if (missing !== 0) {
        found(
          `文档 ${reportId}/${part} 的日志缺 ${missing} 条。`,
          `The log of ${reportId}/${part} lacks ${missing} rows.`,
        )
      } else if (log.every(({ isSound }) => isSound) && !isReadable(log.map(({ bytes }) => bytes))) {
        found(
          `文档 ${reportId}/${part} 的日志无法还原成文档。`,
          `The log of ${reportId}/${part} does not make a document.`,
        )
      }
    }
    for (const { id } of await listVersions(db, reportId)) {
      counts.versions += 1
      if (!(await isIntactVersion(db, id))) {
        found(
          `报告 ${reportId} 的版本 ${id} 与其校验和不符。`,
          `Version ${id} of report ${reportId} fails its checksum.`,
        )
      }
    }
  }
  for (const id of await findBrokenLinks(db)) {
    found(`审计记录第 ${id} 条被改动，或其前有缺失。`, `Audit row ${id} was changed, or a row before it is missing.`)
  }
  return { problems, counts }
}

async function isIntactVersion(db: Database['db'], id: string): Promise<boolean> {
  try {
    const version = await findVersionStates(db, id)
    return !version || hashStates(version) === version.sha256
  } catch (error) {
    if (error instanceof DamagedVersionError) return false
    throw error
  }
}

/** Every update decodes and none waits for one that is not there. */
function isReadable(updates: readonly Uint8Array[]): boolean {
  const doc = new Y.Doc()
  try {
    for (const update of updates) Y.applyUpdate(doc, update)
    return doc.store.pendingStructs === null && doc.store.pendingDs === null
  } catch {
    return false
  } finally {
    doc.destroy()
  }
}
