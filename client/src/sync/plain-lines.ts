import type { Part } from '@gongping/permissions'
import { FIELD_CHAR, type Line, type ReportData, type Section } from '@gongping/scoring'

/** What people wrote in one part, one paragraph or cell a line. */
export function plainLines(part: Part, data: ReportData): readonly string[] {
  return part === 'narrative' ? data.narrative.sections.flatMap(sectionLines) : cellLines(part, data)
}

/** Lines of `mine` beyond those of `theirs`, in order; a line that stands twice counts twice. */
export function linesOnlyIn(mine: readonly string[], theirs: readonly string[]): readonly string[] {
  const left = new Map<string, number>()
  for (const line of theirs) left.set(line, (left.get(line) ?? 0) + 1)
  return mine.filter((line) => {
    const count = left.get(line) ?? 0
    if (count > 0) left.set(line, count - 1)
    return count === 0
  })
}

function sectionLines(section: Section): readonly string[] {
  const blocks = section.blocks.flatMap((block) => {
    switch (block.type) {
      case 'paragraph':
        return [plain(block)]
      case 'list':
        return block.items.map(plain)
      case 'table':
        return block.rows.map((row) => row.map(plain).join('\t'))
    }
  })
  return [plain(section.title), ...blocks, ...section.children.flatMap(sectionLines)].filter(
    (line) => line.trim() !== '',
  )
}

function cellLines(part: Exclude<Part, 'narrative'>, data: ReportData): readonly string[] {
  const lines: string[] = []
  if (part === 'self') {
    for (const [key, value] of data.cover) lines.push(`${key}\t${value}`)
    for (const [key, value] of data.facts) lines.push(`${key}\t${value}`)
    for (const [id, names] of data.evidence) for (const { name } of names) lines.push(`${id}\t${name}`)
  }
  for (const [id, answer] of data.columns[part]) {
    if (answer.score !== null) lines.push(`${id}\t${answer.score / 100}`)
    if (answer.invalid !== undefined) lines.push(`${id}\t${String(answer.invalid)}`)
    for (const text of [answer.band, answer.reason, answer.measure, answer.opinion]) {
      if (text) lines.push(`${id}\t${text}`)
    }
  }
  return lines
}

const plain = (line: Line) => line.text.replaceAll(FIELD_CHAR, '')
