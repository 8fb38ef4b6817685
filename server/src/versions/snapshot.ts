import { PARTS, type Part } from '@gongping/permissions'
import { DOC_LAYOUT } from '@gongping/protocol'
import { ScoreBody } from '@gongping/protocol/http'
import { disableFormatCleanup, readReport } from '@gongping/report-doc'
import { type ReportData, type ReportScore, type Template, findTemplate, scoreReport } from '@gongping/scoring'
import * as Y from 'yjs'
import type { Db } from '../db/dialect.ts'
import { listParts } from '../db/reports.ts'
import type { ReportRow } from '../db/schema.ts'
import { findScore } from '../db/scores.ts'
import { DamagedVersionError, type VersionRow, findVersion, readVersionStates } from '../db/versions.ts'
import type { Deps } from '../deps.ts'
import { isPlainId } from '../reports/plain-id.ts'
import { RequestError } from '../reports/request-error.ts'

/** A report at one moment: a version, or as it is now. */
export interface Snapshot {
  /** Null for the current state. */
  readonly version: VersionRow | null
  readonly seqs: Readonly<Record<Part, number>>
  /** What counted then. */
  readonly body: ScoreBody
  readonly content: SnapshotContent
}

type SnapshotContent =
  | { readonly kind: 'readable'; readonly states: Readonly<Record<Part, Uint8Array>> }
  /** Damaged on disk, or written by a program with another layout of documents. */
  | { readonly kind: 'damaged' | 'other-layout' }

/** A snapshot with its documents open. */
export interface OpenSnapshot extends Snapshot {
  readonly docs: Readonly<Record<Part, Y.Doc>>
  readonly data: ReportData
  readonly score: ReportScore
  readonly template: Template
}

/** @throws RequestError `no_such_version`, also for a version of another report */
export async function getVersion(db: Db, reportId: string, versionId: string): Promise<VersionRow> {
  const row = isPlainId(versionId) ? await findVersion(db, reportId, versionId) : undefined
  if (row) return row
  throw new RequestError({
    kind: 'not-found',
    code: 'no_such_version',
    text: { zh: '这份报告没有这个版本。', en: 'This report has no such version.' },
  })
}

export async function readVersion(db: Db, row: VersionRow): Promise<Snapshot> {
  return {
    version: row,
    seqs: JSON.parse(row.seqs) as Record<Part, number>,
    body: parseBody(row.score),
    content: await readContent(db, row),
  }
}

/** The report as it is now, with everything stored that was accepted. */
export async function readCurrent(
  { db, documents }: Pick<Deps, 'db' | 'documents'>,
  reportId: string,
): Promise<Snapshot> {
  await documents.scoreNow(reportId)
  return db.transaction().execute(async (trx) => {
    const rows = await listParts(trx, reportId)
    const score = await findScore(trx, reportId)
    if (!score) throw new Error(`report ${reportId} has no score after scoring`)
    return {
      version: null,
      seqs: byPart(rows, (row) => Number(row.state_seq)),
      body: parseBody(score.body),
      content: { kind: 'readable', states: byPart(rows, (row) => new Uint8Array(row.state)) },
    }
  })
}

/** Null when it can't be read; the documents are the caller's to destroy. */
export function openSnapshot(snapshot: Snapshot, report: Pick<ReportRow, 'template_id'>): OpenSnapshot | null {
  const template = findTemplate(report.template_id)
  if (snapshot.content.kind !== 'readable' || !template) return null
  const docs = {} as Record<Part, Y.Doc>
  for (const part of PARTS) {
    const doc = openState(snapshot.content.states[part])
    if (!doc) return null
    docs[part] = doc
  }
  const data = readReport(docs)
  return { ...snapshot, docs, data, score: scoreReport(template, data), template }
}

/** Null when the bytes are no complete document. */
export function openState(state: Uint8Array): Y.Doc | null {
  const doc = new Y.Doc()
  disableFormatCleanup(doc)
  try {
    Y.applyUpdate(doc, state)
    if (doc.store.pendingStructs === null && doc.store.pendingDs === null) return doc
  } catch {
    // Told below, like a document with holes.
  }
  doc.destroy()
  return null
}

async function readContent(db: Db, row: VersionRow): Promise<SnapshotContent> {
  if (row.layout !== DOC_LAYOUT) return { kind: 'other-layout' }
  try {
    return { kind: 'readable', states: await readVersionStates(db, row) }
  } catch (error) {
    if (error instanceof DamagedVersionError) return { kind: 'damaged' }
    throw error
  }
}

function byPart<Row extends { part: Part }, T>(rows: readonly Row[], read: (row: Row) => T): Record<Part, T> {
  return Object.fromEntries(
    PARTS.map((part) => {
      const found = rows.find((row) => row.part === part)
      if (!found) throw new Error(`a report lacks its part ${part}`)
      return [part, read(found)]
    }),
  ) as Record<Part, T>
}

/** Scores of versions are kept as they were stored; what an older program did not store is simply not there. */
function parseBody(json: string): ScoreBody {
  const parsed = ScoreBody.safeParse(JSON.parse(json))
  if (parsed.success) return parsed.data
  const column = { total: null, partial: 0, grade: null, complete: false, byIndicator: {} }
  return {
    self: column,
    department: column,
    finance: column,
    findings: [],
    scoredAt: '',
    templateId: '',
    templateVersion: 0,
    rulesVersion: '',
  }
}
