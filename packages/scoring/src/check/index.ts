import type { Finding } from './finding.ts'
import { type CheckInput, viewReport } from './report-view.ts'
import type { Rule } from './rule.ts'
import { AMOUNT_RULES } from './rules/amounts.ts'
import { COVER_RULES } from './rules/cover.ts'
import { EVIDENCE_RULES } from './rules/evidence.ts'
import { STRUCTURE_RULES } from './rules/structure.ts'
import { SUM_RULES } from './rules/sums.ts'
import { TEXT_RULES } from './rules/text.ts'
import { WORKFLOW_RULES } from './rules/workflow.ts'

const rules: readonly Rule[] = [
  ...COVER_RULES,
  ...SUM_RULES,
  ...TEXT_RULES,
  ...AMOUNT_RULES,
  ...EVIDENCE_RULES,
  ...STRUCTURE_RULES,
  ...WORKFLOW_RULES,
]

/** The ids of all rules, in the order of their findings. */
export const RULE_IDS: readonly string[] = rules.map((rule) => rule.id)

/** Of one rule; the rest shows up when these are dealt with. Keeps a pathological text from flooding lists and wires. */
const maxFindingsPerRule = 200

/** Everything the rules find, rule by rule in reading order. `score` must be that of the same data. Never throws. */
export function checkReport(input: CheckInput): readonly Finding[] {
  const view = viewReport(input)
  return rules.flatMap(({ id, severity, check }) =>
    check(view)
      .slice(0, maxFindingsPerRule)
      .map((hit): Finding => ({ rule: id, severity, ...hit })),
  )
}
