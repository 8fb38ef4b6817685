import { isDeepStrictEqual } from 'node:util'
import type { AcceptedWarning, AcceptedWarnings, FindingBody, TransitionRequest } from '@gongping/protocol/http'
import { insertAcceptedWarnings, listAcceptedWarnings } from '../db/accepted-warnings.ts'
import type { Db, Trx } from '../db/dialect.ts'
import { listNames } from '../db/profiles.ts'

/**
 * Keeps what the filler says about warnings of the text and the self-evaluation that stay. Which there are is taken from
 * the score the submission is judged by; of the request only the reasons count.
 *
 * @returns those that have a reason
 */
export async function storeAcceptedWarnings(
  trx: Trx,
  submission: {
    reportId: string
    round: number
    userId: string
    at: number
    accepted: NonNullable<TransitionRequest['accepted']>
    findings: readonly FindingBody[]
  },
): Promise<readonly AcceptedWarning[]> {
  const { reportId, round, userId, at, accepted, findings } = submission
  const warnings = findings
    .filter(({ severity, column }) => severity === 'warning' && (column ?? 'self') === 'self')
    .map(({ rule, where, message }): AcceptedWarning => {
      const own = accepted.each.find((one) => one.rule === rule && isDeepStrictEqual(one.where, where))
      return { rule, where, message, reason: own?.reason || accepted.reason }
    })
    .filter(({ reason }) => reason !== '')
  if (warnings.length === 0) return []
  const row = { report_id: reportId, round, user_id: userId, at, warnings: JSON.stringify(warnings) }
  await insertAcceptedWarnings(trx, row)
  return warnings
}

/** By round. */
export async function describeAcceptedWarnings(db: Db, reportId: string): Promise<AcceptedWarnings[]> {
  const rows = await listAcceptedWarnings(db, reportId)
  const names = await listNames(
    db,
    rows.map(({ user_id }) => user_id),
  )
  return rows.map(({ round, user_id, at, warnings }) => ({
    round,
    author: { userId: user_id, displayName: names.get(user_id) ?? '', role: 'filler' },
    at: new Date(Number(at)).toISOString(),
    warnings: JSON.parse(warnings) as AcceptedWarning[],
  }))
}
