import { PARTS, type Part } from '@gongping/permissions'
import type { ExtFrame } from '@gongping/protocol'
import type { ScoreBody } from '@gongping/protocol/http'
import { disableFormatCleanup, readReport } from '@gongping/report-doc'
import { type Template, findTemplate } from '@gongping/scoring'
import * as Y from 'yjs'
import type { Db } from '../db/dialect.ts'
import { storeState } from '../db/part-store.ts'
import { putScore } from '../db/scores.ts'
import type { System } from '../sync/system.ts'
import type { LogEntry, OnCommitted, PartKey, SyncLog } from '../sync/types.ts'
import { type Scored, scoreData } from './score-row.ts'

/** What the scorer asks of the open documents. */
interface ScoredDocuments {
  onCommitted(listener: OnCommitted): () => void
  readPartAt(key: PartKey): Promise<{ seq: number; state: Uint8Array }>
  fold(key: PartKey, seq: number, state: Uint8Array): void
  push(reportId: string, frame: ExtFrame): void
}

export interface ScorerOptions {
  readonly db: Db
  readonly documents: ScoredDocuments
  readonly system: System
  readonly log: SyncLog
  /** From the last edit to the score, milliseconds. */
  readonly delayMs?: number
  /** From the first edit that is not in the score, milliseconds. */
  readonly maxDelayMs?: number
  /** How long the documents of a quiet report stay in memory, milliseconds. */
  readonly idleMs?: number
  /** After a new score is stored. */
  readonly onScored?: (reportId: string) => void
}

interface ScoreNow {
  readonly body: ScoreBody
  readonly seqs: Readonly<Record<Part, number>>
}

export interface Scorer {
  /**
   * Stores everything committed as snapshots with its score, now.
   * @throws when the report can't be read or scored; what people wrote is stored all the same
   */
  scoreNow(reportId: string): Promise<ScoreNow>
  /** Scores what a stopped server left behind. Call it once after start; @returns how many reports. */
  scoreLeftBehind(): Promise<number>
  /** Scores what is waiting, then stops. */
  close(): Promise<void>
}

/** The scorer's own copy of one part. */
interface Replica {
  readonly doc: Y.Doc
  /** Last log row in `doc`. */
  seq: number
  /** Last log row in the stored state. */
  storedSeq: number
}

interface Active {
  readonly reportId: string
  readonly template: Template
  readonly replicas: Readonly<Record<Part, Replica>>
}

/** One report's way to its next score. */
interface Work {
  waiting: LogEntry[]
  active: Active | undefined
  dirtySince: number | undefined
  cancelTimer: () => void
  cancelIdle: () => void
  /** Runs follow each other. */
  turn: Promise<unknown>
}

/**
 * Scores on save: applies committed edits to its own documents, reads them as plain data, and stores snapshots and score
 * in one transaction. Saving never waits for it, and nothing that people wrote can make saving fail.
 */
export function createScorer(options: ScorerOptions): Scorer {
  const { db, documents, system, log, onScored } = options
  const { delayMs = 200, maxDelayMs = 1000, idleMs = 60_000 } = options
  const works = new Map<string, Work>()
  let isClosed = false

  const stopListening = documents.onCommitted((reportId, entries) => {
    const work = workOf(reportId)
    work.waiting.push(...entries)
    plan(reportId, work)
  })

  function workOf(reportId: string): Work {
    let work = works.get(reportId)
    if (!work) {
      const nothing = () => undefined
      work = {
        waiting: [],
        active: undefined,
        dirtySince: undefined,
        cancelTimer: nothing,
        cancelIdle: nothing,
        turn: Promise.resolve(),
      }
      works.set(reportId, work)
    }
    return work
  }

  function plan(reportId: string, work: Work): void {
    const now = system.monotonic()
    work.dirtySince ??= now
    work.cancelTimer()
    if (isClosed) return
    const wait = Math.max(0, Math.min(delayMs, work.dirtySince + maxDelayMs - now))
    work.cancelTimer = system.after(wait, () => {
      run(reportId).catch((error: unknown) =>
        log.error({ reportId, error: String(error) }, 'a report could not be scored'),
      )
    })
  }

  function run(reportId: string): Promise<ScoreNow> {
    const work = workOf(reportId)
    const result = work.turn.then(() => score(reportId, work))
    work.turn = result.catch(() => undefined)
    return result
  }

  async function score(reportId: string, work: Work): Promise<ScoreNow> {
    work.cancelTimer()
    work.dirtySince = undefined
    try {
      work.active ??= await activate(reportId)
      applyWaiting(work.active, work.waiting.splice(0))
      return await store(work.active)
    } catch (error) {
      // Started afresh next time: a copy that went wrong must not stay wrong.
      drop(work)
      throw error
    } finally {
      work.cancelIdle()
      work.cancelIdle = system.after(idleMs, () => {
        if (work.dirtySince !== undefined) return
        drop(work)
        works.delete(reportId)
      })
    }
  }

  async function activate(reportId: string): Promise<Active> {
    const report = await db.selectFrom('report').select(['template_id']).where('id', '=', reportId).executeTakeFirst()
    if (!report) throw new Error(`no report ${reportId}`)
    const template = findTemplate(report.template_id)
    if (!template) throw new Error(`no template ${report.template_id}`)
    const stored = await db.selectFrom('part').select(['part', 'state_seq']).where('report_id', '=', reportId).execute()
    const replicas = await Promise.all(
      PARTS.map(async (part): Promise<[Part, Replica]> => {
        const { seq, state } = await documents.readPartAt({ reportId, part })
        const doc = new Y.Doc()
        // The snapshot must hold what the log holds, not what Yjs would tidy up by itself.
        disableFormatCleanup(doc)
        Y.applyUpdate(doc, state)
        return [part, { doc, seq, storedSeq: Number(stored.find((row) => row.part === part)?.state_seq ?? -1) }]
      }),
    )
    return { reportId, template, replicas: Object.fromEntries(replicas) as Record<Part, Replica> }
  }

  /** @throws when edits between are missing */
  function applyWaiting({ replicas }: Active, entries: readonly LogEntry[]): void {
    for (const part of PARTS) {
      const replica = replicas[part]
      const news = entries.filter((entry) => entry.part === part && entry.seq > replica.seq)
      if (news.length === 0) continue
      replica.doc.transact(() => {
        for (const { seq, bytes } of news) {
          if (seq !== replica.seq + 1) throw new Error(`row ${replica.seq + 1} of ${part} did not come`)
          Y.applyUpdate(replica.doc, bytes)
          replica.seq = seq
        }
      })
    }
  }

  async function store({ reportId, template, replicas }: Active): Promise<ScoreNow> {
    const at = system.now()
    const seqs = Object.fromEntries(PARTS.map((part) => [part, replicas[part].seq])) as Record<Part, number>
    const folded = PARTS.filter((part) => replicas[part].seq > replicas[part].storedSeq).map((part) => ({
      reportId,
      part,
      seq: seqs[part],
      state: Y.encodeStateAsUpdate(replicas[part].doc),
      at,
    }))
    const outcome = tryScore({ reportId, template, replicas, seqs, at })
    await db.transaction().execute(async (trx) => {
      for (const part of folded) await storeState(trx, part)
      if ('scored' in outcome) await putScore(trx, outcome.scored.row)
      if (folded.length > 0)
        await trx.updateTable('report').set({ updated_at: at }).where('id', '=', reportId).execute()
    })
    for (const { part, seq, state } of folded) {
      replicas[part].storedSeq = seq
      documents.fold({ reportId, part }, seq, state)
    }
    if ('error' in outcome) throw outcome.error
    const { body } = outcome.scored
    documents.push(reportId, scoredFrame(body))
    onScored?.(reportId)
    return { body, seqs }
  }

  function drop(work: Work): void {
    if (work.active) for (const part of PARTS) work.active.replicas[part].doc.destroy()
    work.active = undefined
    // What waits is committed: the next copy starts with it.
    work.waiting = []
  }

  return {
    scoreNow: run,
    async scoreLeftBehind() {
      const rows = await db
        .selectFrom('part')
        .select('report_id')
        .distinct()
        .where((eb) =>
          eb.exists(
            eb
              .selectFrom('update_log')
              .select('seq')
              .whereRef('update_log.report_id', '=', 'part.report_id')
              .whereRef('update_log.part', '=', 'part.part')
              .whereRef('update_log.seq', '>', 'part.state_seq'),
          ),
        )
        .execute()
      for (const { report_id } of rows) {
        await run(report_id).catch((error: unknown) =>
          log.error({ reportId: report_id, error: String(error) }, 'a report could not be scored'),
        )
      }
      return rows.length
    },
    async close() {
      isClosed = true
      stopListening()
      const waiting = [...works].filter(([, work]) => work.dirtySince !== undefined)
      await Promise.allSettled(waiting.map(([reportId]) => run(reportId)))
      await Promise.allSettled([...works.values()].map(({ turn }) => turn))
      for (const work of works.values()) {
        work.cancelTimer()
        work.cancelIdle()
        drop(work)
      }
      works.clear()
    },
  }
}

function tryScore(input: {
  reportId: string
  template: Template
  replicas: Readonly<Record<Part, Replica>>
  seqs: Readonly<Record<Part, number>>
  at: number
}): { scored: Scored } | { error: unknown } {
  const { replicas, ...rest } = input
  try {
    const docs = Object.fromEntries(PARTS.map((part) => [part, replicas[part].doc])) as Record<Part, Y.Doc>
    return { scored: scoreData({ ...rest, data: readReport(docs) }) }
  } catch (error) {
    return { error }
  }
}

function scoredFrame(body: ScoreBody): ExtFrame {
  const totalsOf = ({ total, grade, complete }: ScoreBody['self']) => ({ total, grade, complete })
  const count = (severity: string) => body.findings.filter((finding) => finding.severity === severity).length
  return {
    type: 'scored',
    scoredAt: body.scoredAt,
    totals: { self: totalsOf(body.self), department: totalsOf(body.department), finance: totalsOf(body.finance) },
    findings: { error: count('error'), warning: count('warning'), info: count('info') },
  }
}
