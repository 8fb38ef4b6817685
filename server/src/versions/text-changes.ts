import type { TextChange, VersionPerson } from '@gongping/protocol/http'
import type { ComparedLine, TextLine } from '@gongping/report-doc'

/** Compared lines as the flat row of runs the interface speaks of. */
export function textChanges(lines: readonly ComparedLine[], people: ReadonlyMap<string, VersionPerson>): TextChange[] {
  return lines.flatMap(({ op, line: { section, sectionId, kind, level, number }, before, runs }, line) => {
    const place = { section, sectionId, fromSectionId: before?.sectionId ?? null, line, kind, level, number }
    const filled = runs.filter(({ text }) => text !== '')
    const last = filled.at(-1)
    // The line's own end goes with the line.
    const closed =
      last?.op === op
        ? [...filled.slice(0, -1), { ...last, text: `${last.text}\n` }]
        : [...filled, { op, text: '\n', by: runs.at(-1)?.op === op ? (runs.at(-1)?.by ?? null) : null }]
    return closed.map((run) => ({
      op: run.op,
      text: run.text,
      ...authorOf(run.by, people),
      ...('isField' in run ? { isField: true } : {}),
      ...place,
    }))
  })
}

export const unchangedLines = (lines: readonly TextLine[]): ComparedLine[] =>
  lines.map((line) => ({ op: 'equal', line, before: line, runs: [{ op: 'equal', text: line.chars.text, by: null }] }))

export function authorOf(
  userId: string | null,
  people: ReadonlyMap<string, VersionPerson>,
): { by?: string; byId?: string; role?: VersionPerson['role'] } {
  if (userId === null) return {}
  const person = people.get(userId)
  return person ? { by: person.displayName, byId: userId, role: person.role } : { by: '', byId: userId }
}
