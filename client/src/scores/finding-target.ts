import type { Finding } from '@gongping/scoring'
import { targetOfFinding } from '../editor/finding-places.ts'
import type { JumpTarget } from '../sync/report-session.ts'

/** Where 定位 leads: to the field that has to be filled in where there is one, else to the words in the text. */
export function targetOf(finding: Finding): JumpTarget | null {
  const { indicatorId } = finding.where
  const column = FIELD_OF_RULE[finding.rule]
  if (indicatorId && column) return { kind: 'indicator', indicatorId, column }
  return targetOfFinding(finding)
}

/** Rules about something missing in a text field of the score table. */
const FIELD_OF_RULE: Readonly<Record<string, 'reason' | 'evidence'>> = {
  'TXT-05': 'reason',
  'EVD-01': 'evidence',
  'EVD-03': 'evidence',
}
