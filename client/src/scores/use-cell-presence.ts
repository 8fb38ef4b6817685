import { isPart } from '@gongping/permissions'
import { ROLE_COLORS } from '@gongping/protocol'
import type { Presence } from '@gongping/protocol'
import type { IndicatorId } from '@gongping/scoring'
import { useEffect, useState } from 'react'
import type { CSSProperties } from 'react'
import type { ReportSession } from '../sync/report-session.ts'

export interface CellGuest {
  readonly name: string
  readonly color: string
  readonly indicatorId: IndicatorId
  readonly part: string
  /** `score`, or the text being written: `reason`, `opinion`, … */
  readonly column: string
  readonly editing: boolean
}

/** Where in the score table the others are. */
export function useCellGuests(session: ReportSession): readonly CellGuest[] {
  const [guests, setGuests] = useState<readonly CellGuest[]>(NOBODY)
  useEffect(() => {
    const { awareness } = session
    const update = () => {
      const now = readGuests(awareness)
      setGuests((before) => (JSON.stringify(before) === JSON.stringify(now) ? before : now))
    }
    update()
    awareness.on('change', update)
    return () => awareness.off('change', update)
  }, [session])
  return guests
}

const NOBODY: readonly CellGuest[] = []

/** Other people's states are their own words: anything that does not fit is left out. */
function readGuests(awareness: ReportSession['awareness']): readonly CellGuest[] {
  const guests: CellGuest[] = []
  for (const [client, state] of awareness.getStates()) {
    if (client === awareness.clientID) continue
    const { cell, user } = state as Partial<Presence>
    if (!cell || !isPart(cell.part) || typeof cell.indicatorId !== 'string' || typeof cell.column !== 'string') continue
    guests.push({
      name: String(user?.name ?? '').slice(0, 40),
      color: (user && ROLE_COLORS[user.role]) || ROLE_COLORS.admin,
      indicatorId: cell.indicatorId,
      part: cell.part,
      column: cell.column,
      editing: Boolean(cell.editing),
    })
  }
  return guests
}

/** Shows the others where this person is; null when out of the score table. */
export function publishCell(session: ReportSession, cell: Presence['cell']): void {
  const before = (session.awareness.getLocalState() as Partial<Presence> | null)?.cell ?? null
  if (JSON.stringify(before) === JSON.stringify(cell ?? null)) return
  session.awareness.setLocalStateField('cell', cell ?? null)
}

/** The colour of a guest for the style sheet. */
export function guestStyle(guest: CellGuest | null): CSSProperties | undefined {
  return guest ? ({ '--guest': guest.color } as CSSProperties) : undefined
}
