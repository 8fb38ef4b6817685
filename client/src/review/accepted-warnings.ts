import type { AcceptedWarnings, AcceptedWarningsList } from '@gongping/protocol/http'
import type { Message } from '@gongping/permissions'
import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { api } from '../app/api.ts'
import { useLive } from '../app/use-live.ts'
import type { ReportSession } from '../sync/report-session.ts'

/** What somebody said about a warning that stayed. */
export interface AcceptedReason {
  readonly reason: string
  readonly by: string
  readonly round: number
}

/** By `findingKey`, what was said with the last submission that said something about it. */
export function useAcceptedWarnings({ reportId, state, detail }: ReportSession): ReadonlyMap<string, AcceptedReason> {
  const now = useLive(state)
  const { round } = useLive(detail)
  const found = useQuery({
    queryKey: ['report', reportId, 'accepted-warnings', now, round],
    enabled: round > 0,
    queryFn: async ({ signal }) => {
      const path = `/api/reports/${encodeURIComponent(reportId)}/accepted-warnings`
      return (await api.get<AcceptedWarningsList>(path, { signal })).rounds
    },
  })
  return useMemo(() => byFinding(found.data ?? []), [found.data])
}

export function byFinding(rounds: readonly AcceptedWarnings[]): ReadonlyMap<string, AcceptedReason> {
  return new Map(
    rounds.flatMap(({ round, author, warnings }) =>
      warnings.map((warning) => [findingKey(warning), { reason: warning.reason, by: author.displayName, round }]),
    ),
  )
}

/** A rule finds at most one thing in one place. */
export const findingKey = ({ rule, where, message }: { rule: string; where: object; message: Message }) =>
  `${rule} ${JSON.stringify(where)} ${message.zh}`
