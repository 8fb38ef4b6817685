import { type Message, type Part, PARTS } from '@gongping/permissions'
import type { Comparison, ScoreBody, ScoreChange } from '@gongping/protocol/http'
import {
  type ComparedLine,
  type Ownership,
  type TextRun,
  bandKey,
  compareLines,
  readLines,
  scoreKey,
} from '@gongping/report-doc'
import { NO_VALUE, type Template, fieldText, findTemplate, indicatorIndex } from '@gongping/scoring'
import type { Db } from '../db/dialect.ts'
import type { ReportRow } from '../db/schema.ts'
import type { Deps } from '../deps.ts'
import { hideInComparison } from '../review/hidden-parts.ts'
import { type ComparedField, answersMap, compareFields, writerOf } from './compare-fields.ts'
import { readOwnership } from './ownership.ts'
import { findPeople } from './people.ts'
import { type OpenSnapshot, type Snapshot, getVersion, openSnapshot, readCurrent, readVersion } from './snapshot.ts'
import { authorOf, textChanges } from './text-changes.ts'

/** The id that stands for the report as it is now. */
const CURRENT = 'current'

/**
 * What is different in `b` from what it was in `a`; either may be `current`. Scores and totals are compared as they were
 * stored, so they are told even when the documents of one side can't be read.
 *
 * @param hidden parts the caller may not read: neither told nor counted
 *
 * @throws RequestError `no_such_version`
 */
export async function compareVersions(
  deps: Pick<Deps, 'db' | 'documents'>,
  report: ReportRow,
  { a, b, hidden }: { a: string; b: string; hidden: readonly Part[] },
): Promise<Comparison> {
  const [before, after] = [await readSide(deps, report, a), await readSide(deps, report, b)]
  // Authors are asked of the time between the two, whichever comes first.
  const isBackwards = sum(before.seqs) > sum(after.seqs)
  const [old, recent] = isBackwards ? [after, before] : [before, after]
  const compared = await compareOpen(deps.db, report, { old, recent, hidden })
  const scores = scoreChanges(before.body, after.body, report)
  const userIds = compared === null ? [] : [...userIdsOf(compared), ...scores.map(compared.scoreWriter)]
  const people = await findPeople(deps.db, report.id, userIds)
  const result: Comparison = {
    scores: scores.map((change) => {
      const userId = compared?.scoreWriter(change) ?? null
      const reason = compared?.reasonOf(change) ?? ''
      const { by = '', byId = null, role = null } = authorOf(userId, people)
      return { ...change, by, byId, role, reason }
    }),
    totals: totalsOf(before.body, after.body),
    fields: (compared?.fields ?? []).map(({ part, kind, key, runs }) => ({
      part,
      kind,
      key,
      runs: runs.map(({ op, text, by }) => ({ op, text, ...authorOf(by, people) })),
    })),
    text: compared === null ? [] : textChanges(compared.lines, people),
    people: [],
    problem: compared === null ? unreadable(before, after) : null,
  }
  return countPeople(hideInComparison(isBackwards ? turnedAround(result) : result, hidden), people)
}

async function readSide(deps: Pick<Deps, 'db' | 'documents'>, report: ReportRow, id: string): Promise<Snapshot> {
  if (id === CURRENT) return readCurrent(deps, report.id)
  return readVersion(deps.db, await getVersion(deps.db, report.id, id))
}

interface Compared {
  readonly lines: readonly ComparedLine[]
  readonly fields: readonly ComparedField[]
  scoreWriter(change: Pick<ScoreChange, 'indicatorId' | 'column'>): string | null
  reasonOf(change: Pick<ScoreChange, 'indicatorId' | 'column'>): string
}

async function compareOpen(
  db: Db,
  report: ReportRow,
  { old, recent, hidden }: { old: Snapshot; recent: Snapshot; hidden: readonly Part[] },
): Promise<Compared | null> {
  const before = openSnapshot(old, report)
  const after = openSnapshot(recent, report)
  try {
    if (!before || !after) return null
    const ownership = await readOwnership(db, {
      reportId: report.id,
      after: old.seqs,
      upTo: recent.seqs,
      seededBy: report.created_by,
    })
    return compareSnapshots(before, after, { ownership, hidden })
  } finally {
    for (const open of [before, after]) if (open) for (const part of PARTS) open.docs[part].destroy()
  }
}

function compareSnapshots(
  before: OpenSnapshot,
  after: OpenSnapshot,
  { ownership, hidden }: { ownership: Readonly<Record<Part, Ownership>>; hidden: readonly Part[] },
): Compared {
  const lines = compareLines(linesOf(before, hidden), linesOf(after, hidden), ownership.narrative)
  const writers = new Map<string, string | null>()
  const reasons = new Map<string, string>()
  for (const column of ['self', 'department', 'finance'] as const) {
    const maps = [answersMap(before, column), answersMap(after, column)] as const
    for (const id of indicatorIndex(after.template).keys()) {
      const by = writerOf(...maps, scoreKey(id), ownership[column]) ?? writerOf(...maps, bandKey(id), ownership[column])
      writers.set(`${column} ${id}`, by)
      const answer = after.data.columns[column].get(id)
      reasons.set(`${column} ${id}`, (column === 'self' ? answer?.reason : answer?.opinion) ?? '')
    }
  }
  return {
    lines,
    fields: compareFields(before, after, ownership),
    scoreWriter: ({ indicatorId, column }) => writers.get(`${column} ${indicatorId}`) ?? null,
    reasonOf: ({ indicatorId, column }) => reasons.get(`${column} ${indicatorId}`) ?? '',
  }
}

/** Fields of the text that are bound to a hidden column show nothing. */
export const linesOf = ({ docs, template, score, data }: OpenSnapshot, hidden: readonly Part[] = []) =>
  readLines(docs.narrative, (ref) =>
    ref.kind === 'score' && hidden.includes(ref.column) ? NO_VALUE : fieldText(ref, template, score, data.facts),
  )

type PlainScoreChange = Omit<ScoreChange, 'by' | 'byId' | 'role' | 'reason'>

/** In the order of the template; what it does not know comes last. */
function scoreChanges(before: ScoreBody, after: ScoreBody, report: ReportRow): PlainScoreChange[] {
  const template = findTemplate(report.template_id)
  const order = template ? [...indicatorIndex(template).keys()] : []
  return (['self', 'department', 'finance'] as const).flatMap((column) => {
    const [old, now] = [before[column].byIndicator, after[column].byIndicator]
    const ids = new Set([...order, ...Object.keys(old), ...Object.keys(now)])
    return [...ids].flatMap((indicatorId): PlainScoreChange[] => {
      const from = old[indicatorId]?.score ?? null
      const to = now[indicatorId]?.score ?? null
      return from === to ? [] : [{ indicatorId, column, from, to, isSum: isSum(template, indicatorId) }]
    })
  })
}

const isSum = (template: Template | undefined, indicatorId: string) =>
  template !== undefined && (indicatorIndex(template).get(indicatorId)?.children.length ?? 0) > 0

function totalsOf(before: ScoreBody, after: ScoreBody): Comparison['totals'] {
  const one = (column: 'self' | 'department' | 'finance') => ({
    from: before[column].total,
    to: after[column].total,
    gradeFrom: before[column].grade,
    gradeTo: after[column].grade,
  })
  return { self: one('self'), department: one('department'), finance: one('finance') }
}

function userIdsOf({ lines, fields }: Compared): Set<string | null> {
  const ids = new Set<string | null>()
  const add = (runs: readonly TextRun[]) => {
    for (const { by } of runs) ids.add(by)
  }
  for (const { runs } of lines) add(runs)
  for (const { runs } of fields) add(runs)
  return ids
}

const sum = (seqs: Readonly<Record<Part, number>>) => PARTS.reduce((total, part) => total + seqs[part], 0)

function turnedAround(comparison: Comparison): Comparison {
  const turned = { equal: 'equal', insert: 'delete', delete: 'insert' } as const
  const ops = Map.groupBy(comparison.text, ({ line }) => line)
  const deletedLines = new Set(
    [...ops].flatMap(([line, runs]) => (runs.every(({ op }) => op === 'delete') ? [line] : [])),
  )
  return {
    ...comparison,
    text: comparison.text.map((run) => ({
      ...run,
      op: turned[run.op],
      sectionId: run.fromSectionId ?? run.sectionId,
      // A line that was deleted on the way forward is new on the way back.
      fromSectionId: deletedLines.has(run.line) ? null : run.sectionId,
    })),
    fields: comparison.fields.map((field) => ({
      ...field,
      runs: field.runs.map((run) => ({ ...run, op: turned[run.op] })),
    })),
  }
}

function countPeople(comparison: Comparison, people: ReadonlyMap<string, { userId: string }>): Comparison {
  const counts = new Map<string, { text: number; inserted: number; deleted: number; scores: number; fields: number }>()
  const of = (id: string) => {
    const found = counts.get(id) ?? { text: 0, inserted: 0, deleted: 0, scores: 0, fields: 0 }
    counts.set(id, found)
    return found
  }
  let previous: Comparison['text'][number] | undefined
  for (const run of comparison.text) {
    if (run.op !== 'equal' && run.byId !== undefined) {
      const count = of(run.byId)
      // A deletion with the insertion beside it is one place.
      if (previous?.op === 'equal' || previous?.byId !== run.byId) count.text += 1
      if (run.op === 'insert') count.inserted += run.text.length
      else count.deleted += run.text.length
    }
    previous = run
  }
  for (const { byId } of comparison.scores) if (byId !== null) of(byId).scores += 1
  for (const { runs } of comparison.fields) {
    for (const id of new Set(runs.flatMap(({ byId }) => byId ?? []))) of(id).fields += 1
  }
  return {
    ...comparison,
    people: [...counts].flatMap(([id, count]) => {
      const person = people.get(id) as Comparison['people'][number] | undefined
      return person ? [{ ...person, ...count }] : []
    }),
  }
}

function unreadable(before: Snapshot, after: Snapshot): Message {
  const sides = [before, after].map(({ content }) => content.kind)
  if (sides.includes('other-layout')) {
    return {
      zh: '其中一个版本由另一版程序保存，正文无法在此比对；得分变化仍然有效。',
      en: 'One of the two was stored by another version of the program; its text cannot be compared here. The scores are right.',
    }
  }
  return {
    zh: '其中一个版本的存储内容已损坏，正文无法比对；得分变化仍然有效。请联系管理员核对备份。',
    en: 'The stored documents of one of the two are damaged; the text cannot be compared. The scores are right. Ask your administrator for a backup.',
  }
}
