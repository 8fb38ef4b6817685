import type { Part } from '@gongping/permissions'
import type { ReportData } from '@gongping/scoring'
import type * as Y from 'yjs'
import { readReviewer, readSelf } from './read-answers.ts'
import { readNarrative } from './read-narrative.ts'

/** A whole report as plain data. Never throws, whatever is in the documents. */
export function readReport(docs: Readonly<Record<Part, Y.Doc>>): ReportData {
  const { answers, ...self } = readSelf(docs.self)
  return {
    ...self,
    columns: { self: answers, department: readReviewer(docs.department), finance: readReviewer(docs.finance) },
    narrative: readNarrative(docs.narrative),
  }
}
