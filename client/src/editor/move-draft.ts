import type { TransitionAction } from '@gongping/permissions'
import { useEffect, useState } from 'react'
import { useLive } from '../app/use-live.ts'
import { openKeptEntries } from '../review/kept-entries.ts'
import { NO_REASONS, type WarningReasons } from '../review/warning-reasons.tsx'
import type { EditorSession } from '../sync/report-session.ts'

/** What is written for a move of the report. */
export interface MoveDraft {
  readonly reason: string
  /** Why return items stay without an answer. */
  readonly override: string
  readonly aboutWarnings: WarningReasons
}

/** Kept in this browser until the move is done, whatever closes its dialog meanwhile; another round begins with nothing. */
export function useMoveDraft(
  { me, reportId, detail }: EditorSession,
  action: TransitionAction,
): { readonly draft: MoveDraft; change(part: Partial<MoveDraft>): void; letGo(): void } {
  const [kept] = useState(() => openKeptEntries<Stored>(`gongping.move.${me.id}.${reportId}`))
  useEffect(() => kept.close, [kept])
  const key = `${action} ${useLive(detail).round}`
  const { reason = '', override = '', all = '', own = [] } = useLive(kept.all).get(key) ?? {}
  const draft: MoveDraft = {
    reason,
    override,
    aboutWarnings: all === '' && own.length === 0 ? NO_REASONS : { all, own: new Map(own) },
  }
  return {
    draft,
    change(part) {
      const { aboutWarnings, ...texts } = { ...draft, ...part }
      kept.set(key, { ...texts, all: aboutWarnings.all, own: [...aboutWarnings.own] })
    },
    letGo: () => kept.set(key, null),
  }
}

interface Stored {
  readonly reason: string
  readonly override: string
  readonly all: string
  readonly own: readonly (readonly [string, string])[]
}
