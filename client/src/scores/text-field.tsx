import { textOf } from '@gongping/report-doc'
import type { ColumnPart } from '@gongping/report-doc'
import { useId } from 'react'
import { useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import type { ReportSession } from '../sync/report-session.ts'
import { scoreDesk } from './score-desk.ts'
import { guestStyle, publishCell } from './use-cell-presence.ts'
import type { CellGuest } from './use-cell-presence.ts'
import { scoreWords } from './words.ts'
import { YTextArea } from './y-text-area.tsx'

interface Props {
  readonly session: ReportSession
  readonly part: ColumnPart
  readonly indicatorId: string
  /** Last part of the key: `reason`, `measure`, `evidence`, `opinion`. */
  readonly field: string
  readonly textKey: string
  readonly label: string
  readonly hint?: string
  readonly lock: string | null
  readonly guests: readonly CellGuest[]
  readonly invalid?: boolean
}

/** A labelled shared text, with who else is writing in it. */
export function TextField(props: Props) {
  const { session, part, indicatorId, field, textKey, label, hint, lock, guests, invalid = false } = props
  const words = useWords(scoreWords)
  const desk = scoreDesk(session)
  const id = useId()
  // The text appears with the first load of its part.
  useLive(session.loaded)
  const text = textOf(session.docs[part], part, textKey)
  const guest = guests.find((one) => one.part === part && one.indicatorId === indicatorId && one.column === field)
  return (
    <div className="text-field" data-field={`${indicatorId}.${field}`} data-part={part}>
      <div className="field-head">
        <label htmlFor={id}>{label}</label>
        {hint && lock === null ? <span className="hint">{hint}</span> : null}
        {guest ? (
          <span className="guest-note" style={guestStyle(guest)}>
            {words.isEditing({ who: guest.name })}
          </span>
        ) : null}
      </div>
      {text === null ? (
        <p className="hint">{words.noField}</p>
      ) : lock !== null && text.length === 0 ? (
        <p className="empty-text" id={id} title={lock}>
          {words.empty}
        </p>
      ) : (
        <YTextArea
          key={textKey}
          id={id}
          text={text}
          origin={desk.origin}
          readOnly={lock !== null}
          title={lock ?? undefined}
          invalid={invalid}
          onUndo={() => desk.undo()}
          onRedo={() => desk.redo()}
          onFocus={() => {
            desk.endUndoStep()
            if (lock === null) publishCell(session, { part, indicatorId, column: field, editing: true })
          }}
          onBlur={() => {
            desk.endUndoStep()
            publishCell(session, null)
          }}
        />
      )}
    </div>
  )
}
