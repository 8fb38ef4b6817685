import { PARTS, type Part } from '@gongping/permissions'
import type { ExtFrame } from '@gongping/protocol'
import type { ScoreBody } from '@gongping/protocol/http'
import { disableFormatCleanup, readReport } from '@gongping/report-doc'
import { type OpenReturnItem, type Template, findTemplate } from '@gongping/scoring'
import * as Y from 'yjs'
import { type Db, deriving } from '../db/dialect.ts'
import { storeState } from '../db/part-store.ts'
import { isLeftBehind, listLeftBehind, putNewerScore, takeTurn } from '../db/scores.ts'
import { concatUpdates } from '../sync/concat-updates.ts'
import type { System } from '../sync/system.ts'
import type { LogEntry, OnCommitted, PartKey, SyncLog } from '../sync/types.ts'
import { listOpenReturnItems } from './open-return-items.ts'
import { type Scored, scoreData } from './score-row.ts'
import { findUnopenable } from './check-documents.ts'
import { createLogThinner } from './log-thinner.ts'
import { Pace } from './pace.ts'

/** While people type without a pause, states are folded once a part has so many rows after its state, or so late. */
const FOLD_FROM = 200
const FOLD_AT_LATEST_MS = 5000
/** So many single rows that wait for their score become one. */
const JOIN_FROM = 256
/** While somebody types on without a pause, each score of the report waits twice as long as the one before, up to this. */
const MAX_DELAY_MS = 4000
/** Between two looks at whether the editor could open a report that is being written, milliseconds. */
const CHECK_EVERY_MS = 5000

/** What the scorer asks of the open documents. */
export interface ScoredDocuments {
  onCommitted(listener: OnCommitted): () => void
  readPartAt(key: PartKey): Promise<{ seq: number; state: Uint8Array }>
  fold(key: PartKey, seq: number, state: Uint8Array): void
  push(reportId: string, frame: ExtFrame): void
  /** Brings open documents up to a log that other servers write, too. @returns where it is */
  catchUp?(reportId: string): Promise<ReadonlyMap<Part, number>>
}

export interface ScorerOptions {
  readonly db: Db
  readonly documents: ScoredDocuments
  readonly system: System
  readonly log: SyncLog
  /** From the last edit to the score, milliseconds. */
  readonly delayMs?: number
  /** From the first edit that is not in the score, milliseconds; more while somebody types on and on. */
  readonly maxDelayMs?: number
  /** How long the documents of a quiet report stay in memory, milliseconds. */
  readonly idleMs?: number
  /** How much is kept in memory at most, in bytes of stored documents: in memory they take about ten times as much. */
  readonly maxKeptBytes?: number
  /** How long a stop may go on beginning to score what waits, milliseconds. */
  readonly closeWithinMs?: number
  /** A stored report was found that the editor could not open; once until it can again. */
  readonly onUnopenable?: (reportId: string) => void
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
  /**
   * Scores what a stopped server left behind, one report after another with rests in between. Call it once after start; a
   * stop ends it, the next start goes on.
   *
   * @returns how many reports
   */
  scoreLeftBehind(): Promise<number>
  /** Scores what is waiting, as far as that is done in a short time; the rest is for the next start. */
  close(): Promise<void>
}

/** Whether a score also stores what it was computed from as the parts' states; the log has it in any case. */
type Folding = 'always' | 'when worth it'

/** The scorer's own copy of one part. */
interface Replica {
  readonly doc: Y.Doc
  /** Last log row in `doc`. */
  seq: number
  /** Last log row in the stored state. */
  storedSeq: number
  /** Length of the state. */
  bytes: number
}

interface Active {
  readonly reportId: string
  readonly template: Template
  readonly replicas: Readonly<Record<Part, Replica>>
  /** When its states were folded last, by the monotonic clock. */
  foldedAt: number
}

/** Committed rows of one part, from one number to another. */
interface Piece {
  readonly part: Part
  readonly from: number
  readonly seq: number
  readonly bytes: Uint8Array
}

/** One report's way to its next score. */
interface Work {
  waiting: Piece[]
  /** How many at the end of `waiting` are single rows. */
  single: number
  active: Active | undefined
  dirtySince: number | undefined
  /** The last edit here, by the monotonic clock. */
  editedAt: number
  /** Scores in a row in the middle of typing. */
  inARow: number
  /** When it is to be scored, by the monotonic clock; a timer is set if it is planned. */
  dueAt: number
  isPlanned: boolean
  cancelTimer: () => void
  cancelIdle: () => void
  /** When it was last looked at whether the editor could open it, and why it could not. */
  checkedAt: number
  problem: string | undefined
  /** Runs follow each other. */
  turn: Promise<unknown>
}

/**
 * Scores on save: applies committed edits to its own documents, reads them as plain data, and stores snapshots and score
 * in one transaction. Saving never waits for it, and nothing that people wrote can make saving fail.
 */
export function createScorer(options: ScorerOptions): Scorer {
  const { db, documents, system, log, onScored } = options
  const { delayMs = 200, maxDelayMs = 1000, idleMs = 15_000, maxKeptBytes = 8 * 1024 * 1024 } = options
  const { closeWithinMs = 3000 } = options
  const works = new Map<string, Work>()
  /** Those with copies in memory, the one used last at the end. */
  const recent = new Set<Work>()
  let isClosed = false
  const pace = new Pace(system)
  const thinner = createLogThinner({ db, pace, log })

  const stopListening = documents.onCommitted((reportId, entries, by) => {
    // Whoever stored an edit scores it; others only keep their copies complete.
    if (by === 'elsewhere') {
      const known = works.get(reportId)
      if (known) keepWaiting(known, entries)
      return
    }
    const work = workOf(reportId)
    keepWaiting(work, entries)
    work.editedAt = system.monotonic()
    pace.typed()
    plan(reportId, work)
  })

  function workOf(reportId: string): Work {
    let work = works.get(reportId)
    if (!work) {
      const nothing = () => undefined
      work = {
        waiting: [],
        single: 0,
        active: undefined,
        dirtySince: undefined,
        editedAt: -Infinity,
        inARow: 0,
        dueAt: 0,
        isPlanned: false,
        cancelTimer: nothing,
        cancelIdle: nothing,
        turn: Promise.resolve(),
        checkedAt: -Infinity,
        problem: undefined,
      }
      works.set(reportId, work)
    }
    return work
  }

  /** While a report waits for its turn, a flood of edits waits as few pieces. */
  function keepWaiting(work: Work, entries: readonly LogEntry[]): void {
    for (const { part, seq, bytes } of entries) work.waiting.push({ part, from: seq, seq, bytes })
    work.single += entries.length
    if (work.single < JOIN_FROM) return
    work.waiting.push(...joinPieces(work.waiting.splice(-work.single)))
    work.single = 0
  }

  function takeWaiting(work: Work): readonly Piece[] {
    work.single = 0
    return work.waiting.splice(0)
  }

  function plan(reportId: string, work: Work): void {
    const now = system.monotonic()
    work.dirtySince ??= now
    const atMost = Math.max(maxDelayMs, Math.min(maxDelayMs * 2 ** work.inARow, MAX_DELAY_MS))
    work.dueAt = Math.min(now + delayMs, work.dirtySince + atMost)
    if (!isClosed && !work.isPlanned) arm(reportId, work)
  }

  /** One timer for a whole burst of commits: when it rings too early it is set again. */
  function arm(reportId: string, work: Work): void {
    work.isPlanned = true
    work.cancelTimer = system.after(Math.max(0, Math.ceil(work.dueAt - system.monotonic())), () => {
      if (system.monotonic() < work.dueAt) arm(reportId, work)
      else runInTurn(reportId, work)
    })
  }

  /** With many reports at work each waits longer: typing comes first. */
  function runInTurn(reportId: string, work: Work): void {
    const wait = pace.waitMs
    if (wait > 0) {
      work.cancelTimer = system.after(wait, () => runInTurn(reportId, work))
      return
    }
    const typing = system.monotonic() - work.editedAt < delayMs
    work.inARow = typing ? work.inARow + 1 : 0
    void runAndRest(reportId, typing && mayFoldLater() ? 'when worth it' : 'always')
  }

  /** @returns whether it could be scored */
  async function runAndRest(reportId: string, fold: Folding): Promise<boolean> {
    try {
      await pace.run(() => run(reportId, fold))
      return true
    } catch (error) {
      log.error({ reportId, error: String(error) }, 'a report could not be scored')
      return false
    }
  }

  /** In the middle of typing the next score is near, so it need not be this one that folds. */
  const mayFoldLater = () => !isClosed && documents.catchUp === undefined

  function run(reportId: string, fold: Folding = 'always'): Promise<ScoreNow> {
    const work = workOf(reportId)
    const result = work.turn.then(() => score(reportId, work, fold))
    work.turn = result.catch(() => undefined)
    return result
  }

  async function score(reportId: string, work: Work, fold: Folding): Promise<ScoreNow> {
    work.cancelTimer()
    work.isPlanned = false
    work.dirtySince = undefined
    try {
      const reach = await documents.catchUp?.(reportId)
      work.active ??= await activate(reportId)
      if (!applyWaiting(work.active, takeWaiting(work), reach)) {
        drop(work)
        work.active = await activate(reportId)
      }
      const result = await store(work.active, fold)
      if (isBehind(work.active)) plan(reportId, work)
      keepWithin(work)
      if (system.monotonic() - work.checkedAt >= CHECK_EVERY_MS) check(reportId, work)
      return result
    } catch (error) {
      // Started afresh next time: a copy that went wrong must not stay wrong.
      drop(work)
      throw error
    } finally {
      work.cancelIdle()
      work.cancelIdle = system.after(idleMs, () => leave(reportId, work))
    }
  }

  /** Nobody has written for a while: tidies up and lets its copies go. */
  function leave(reportId: string, work: Work): void {
    if (work.dirtySince !== undefined || isClosed) return
    work.cancelIdle()
    const { active } = work
    const mine = afterTurn(work, async () => {
      if (active && active === work.active) check(reportId, work)
      thinner.finish(reportId)
      // Somebody has asked for its score meanwhile, or written in it.
      if (work.turn !== mine || work.dirtySince !== undefined) return
      drop(work)
      works.delete(reportId)
    })
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
        const storedSeq = Number(stored.find((row) => row.part === part)?.state_seq ?? -1)
        return [part, { doc, seq, storedSeq, bytes: state.length }]
      }),
    )
    const foldedAt = system.monotonic()
    return { reportId, template, replicas: Object.fromEntries(replicas) as Record<Part, Replica>, foldedAt }
  }

  /** @returns false when edits between, or up to where the log is known to reach, are missing */
  function applyWaiting(
    { replicas }: Active,
    pieces: readonly Piece[],
    reach: ReadonlyMap<Part, number> | undefined,
  ): boolean {
    for (const part of PARTS) {
      const replica = replicas[part]
      const news = pieces.filter((piece) => piece.part === part && piece.seq > replica.seq)
      // What the copy has of the first one already does nothing.
      if (news.some(({ from }, index) => from > (news[index - 1] ?? replica).seq + 1)) return false
      const last = news.at(-1)
      if (last) {
        // Joined first: what was typed letter by letter is one struct then.
        const joined = joinIfWhole(news)
        if (!joined) return false
        Y.applyUpdate(replica.doc, joined)
        replica.seq = last.seq
      }
      if (replica.seq < (reach?.get(part) ?? 0)) return false
    }
    return true
  }

  async function store(active: Active, fold: Folding): Promise<ScoreNow> {
    const { reportId, template, replicas } = active
    const at = system.now()
    const seqs = Object.fromEntries(PARTS.map((part) => [part, replicas[part].seq])) as Record<Part, number>
    const openReturnItems = await listOpenReturnItems(db, reportId)
    const outcome = tryScore({ reportId, template, replicas, seqs, at, openReturnItems })
    const behind = PARTS.filter((part) => replicas[part].seq > replicas[part].storedSeq)
    const isWorthIt =
      fold === 'always' ||
      'error' in outcome ||
      system.monotonic() - active.foldedAt >= FOLD_AT_LATEST_MS ||
      behind.some((part) => replicas[part].seq - replicas[part].storedSeq >= FOLD_FROM)
    const folded = (isWorthIt ? behind : []).map((part) => ({
      reportId,
      part,
      seq: seqs[part],
      state: Y.encodeStateAsUpdate(replicas[part].doc),
      at,
    }))
    const isNewest = await deriving(db, async (trx) => {
      await takeTurn(trx, reportId)
      for (const part of folded) await storeState(trx, part)
      const isStored = 'scored' in outcome && (await putNewerScore(trx, outcome.scored.row))
      if (behind.length > 0)
        await trx.updateTable('report').set({ updated_at: at }).where('id', '=', reportId).execute()
      return isStored
    })
    if (isWorthIt) active.foldedAt = system.monotonic()
    for (const { part, seq, state } of folded) {
      replicas[part].storedSeq = seq
      replicas[part].bytes = state.length
      documents.fold({ reportId, part }, seq, state)
      thinner.noteFolded({ reportId, part }, seq)
    }
    if ('error' in outcome) throw outcome.error
    const { body } = outcome.scored
    if (isNewest) {
      documents.push(reportId, scoredFrame(body))
      onScored?.(reportId)
    }
    return { body, seqs }
  }

  /** @param next does not throw */
  function afterTurn(work: Work, next: () => Promise<void>): Promise<unknown> {
    const before = work.turn
    work.turn = (async () => {
      await before
      await next()
    })()
    return work.turn
  }

  /** The copies are what was stored, in real documents: an alarm for operators, nobody's typing waits for it. */
  function check(reportId: string, work: Work): void {
    if (!work.active) return
    work.checkedAt = system.monotonic()
    const problem = findUnopenable(docsOf(work.active.replicas))
    if (problem !== undefined && work.problem === undefined) {
      log.error({ reportId, problem }, 'the editor could not open what is stored')
      options.onUnopenable?.(reportId)
    }
    work.problem = problem
  }

  /** Copies that were used longest ago make room. */
  function keepWithin(used: Work): void {
    recent.delete(used)
    recent.add(used)
    let kept = 0
    for (const work of [...recent].toReversed()) {
      kept += bytesOf(work)
      if (kept <= maxKeptBytes || work === used) continue
      recent.delete(work)
      // One that is at work right now drops out after its turn.
      void afterTurn(work, async () => {
        if (!recent.has(work) && work.dirtySince === undefined) drop(work)
      })
    }
  }

  function drop(work: Work): void {
    if (work.active) for (const part of PARTS) work.active.replicas[part].doc.destroy()
    work.active = undefined
    recent.delete(work)
    // What waits is committed: the next copy starts with it.
    takeWaiting(work)
  }

  return {
    scoreNow: run,
    async scoreLeftBehind() {
      let scored = 0
      for (const reportId of await listLeftBehind(db)) {
        await pace.untilRested()
        if (isClosed) break
        // Somebody waited for it, or wrote in it and had it scored.
        if (!(await isLeftBehind(db, reportId))) continue
        if (await runAndRest(reportId, 'always')) scored += 1
        const work = works.get(reportId)
        if (work && !isClosed) leave(reportId, work)
      }
      return scored
    },
    async close() {
      isClosed = true
      stopListening()
      pace.close()
      await thinner.close()
      const began = system.monotonic()
      for (const [reportId, work] of works) {
        if (system.monotonic() - began >= closeWithinMs) break
        if (work.dirtySince === undefined) continue
        await run(reportId).catch((error: unknown) =>
          log.error({ reportId, error: String(error) }, 'a report could not be scored'),
        )
        drop(work)
      }
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

const docsOf = (replicas: Readonly<Record<Part, Replica>>) =>
  Object.fromEntries(PARTS.map((part) => [part, replicas[part].doc])) as Record<Part, Y.Doc>

/** Undefined where something is missing between them. */
function joinIfWhole(pieces: readonly Piece[]): Uint8Array | undefined {
  try {
    return concatUpdates(pieces.map(({ bytes }) => bytes))
  } catch {
    return undefined
  }
}

/** One piece for each part, where they follow one another. */
function joinPieces(pieces: readonly Piece[]): Piece[] {
  return PARTS.flatMap((part) => {
    const own = pieces.filter((piece) => piece.part === part)
    const [first, last] = [own[0], own.at(-1)]
    const follow = own.every(({ from }, index) => index === 0 || from === own[index - 1]!.seq + 1)
    const bytes = follow ? joinIfWhole(own) : undefined
    return first && last && bytes ? [{ part, from: first.from, seq: last.seq, bytes }] : own
  })
}

const isBehind = ({ replicas }: Active) => PARTS.some((part) => replicas[part].seq > replicas[part].storedSeq)

const bytesOf = ({ active }: Work) => (active ? PARTS.reduce((sum, part) => sum + active.replicas[part].bytes, 0) : 0)

function tryScore(input: {
  reportId: string
  template: Template
  replicas: Readonly<Record<Part, Replica>>
  seqs: Readonly<Record<Part, number>>
  at: number
  openReturnItems: readonly OpenReturnItem[]
}): { scored: Scored } | { error: unknown } {
  const { replicas, ...rest } = input
  try {
    return { scored: scoreData({ ...rest, data: readReport(docsOf(replicas)) }) }
  } catch (error) {
    return { error }
  }
}

/** What lines are told of a score; all of them the same, so with a blind phase nothing of the reviewers' columns. */
export function scoredFrame(body: ScoreBody): ExtFrame {
  const isBlind = findTemplate(body.templateId)?.policies.blindPhase ?? false
  const totalsOf = ({ total, grade, complete }: ScoreBody['self']) => ({ total, grade, complete })
  const reviewer = (column: ScoreBody['self']) =>
    isBlind ? { total: null, grade: null, complete: false } : totalsOf(column)
  const findings = body.findings.filter(({ column }) => !isBlind || column === undefined || column === 'self')
  const count = (severity: string) => findings.filter((finding) => finding.severity === severity).length
  return {
    type: 'scored',
    scoredAt: body.scoredAt,
    totals: { self: totalsOf(body.self), department: reviewer(body.department), finance: reviewer(body.finance) },
    findings: { error: count('error'), warning: count('warning'), info: count('info') },
  }
}
