import { may } from '@gongping/permissions'
import { SCORE_COLUMNS } from '@gongping/scoring'
import type { ScoreColumnId } from '@gongping/scoring'
import { useMemo } from 'react'
import { useMessage, useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import type { ReportSession } from '../sync/report-session.ts'
import type { CellLock, ColumnRight, ColumnRights } from './cell.ts'
import { scoreWords } from './words.ts'

/** What this person may write now, column by column; follows every change of state. */
export function useColumnRights(session: ReportSession): ColumnRights {
  const { roles } = useLive(session.detail)
  const state = useLive(session.state)
  const pen = useLive(session.pen)
  const loaded = useLive(session.loaded)
  const isAdmin = session.me.role === 'admin'
  return useMemo(() => {
    const right = (part: ScoreColumnId): ColumnRight => {
      const verdict = may({ roles, isAdmin }, { action: 'write', part }, state)
      if (!verdict.ok) return { ok: false, message: verdict.message }
      return loaded[part] && pen[part] ? { ok: true } : { ok: false, message: 'notLoaded' }
    }
    return Object.fromEntries(SCORE_COLUMNS.map((column) => [column, right(column)])) as unknown as ColumnRights
  }, [roles, isAdmin, state, pen, loaded])
}

/** A lock in the reader's words. */
export function useLockText(): (lock: CellLock) => string {
  const words = useWords(scoreWords)
  const message = useMessage()
  return (lock) => {
    if (lock.kind !== 'right') return words[lock.kind]
    return lock.message === 'notLoaded' ? words.notLoaded : message(lock.message)
  }
}
