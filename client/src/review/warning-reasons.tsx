import type { TransitionRequest } from '@gongping/protocol/http'
import type { Finding } from '@gongping/scoring'
import { useEffect, useId, useRef, useState } from 'react'
import { useMessage, useWords } from '../app/language.ts'
import { findingKey } from './accepted-warnings.ts'
import { roundWords } from './round-words.ts'

/** Why warnings stay: one reason for all, and own ones by `findingKey`. */
export interface WarningReasons {
  readonly all: string
  readonly own: ReadonlyMap<string, string>
}

export const NO_REASONS: WarningReasons = { all: '', own: new Map() }

/** Whether a warning is left about which nothing is said. */
export const lacksReason = (warnings: readonly Finding[], { all, own }: WarningReasons): boolean =>
  all.trim() === '' && warnings.some((warning) => !own.get(findingKey(warning))?.trim())

/** As the server takes it; nothing when nothing is said. */
export function toAccepted(
  warnings: readonly Finding[],
  { all, own }: WarningReasons,
): Pick<TransitionRequest, 'accepted'> {
  const each = warnings.flatMap((warning) => {
    const reason = own.get(findingKey(warning))?.trim()
    return reason ? [{ rule: warning.rule, where: { ...warning.where }, reason }] : []
  })
  return all.trim() === '' && each.length === 0 ? {} : { accepted: { reason: all.trim(), each } }
}

interface WarningFieldsProps {
  readonly warnings: readonly Finding[]
  readonly reasons: WarningReasons
  readonly onChange: (reasons: WarningReasons) => void
}

/** The warnings that may stay, with a field for all of them and, where asked for, one for a single one. */
export function WarningFields({ warnings, reasons, onChange }: WarningFieldsProps) {
  const words = useWords(roundWords)
  const message = useMessage()
  const id = useId()
  const { all, own } = reasons
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set(own.keys()))
  const hasOwn = [...own.values()].some((reason) => reason.trim() !== '')
  return (
    <>
      <details className="notice warnings" open={warnings.length <= FEW}>
        <summary>{words.warnings({ n: warnings.length })}</summary>
        <ul className="blocking">
          {warnings.map((finding) => {
            const key = findingKey(finding)
            return (
              <li key={key}>
                {message(finding.message)}
                {opened.has(key) ? (
                  <OwnReason
                    warning={message(finding.message)}
                    reason={own.get(key) ?? ''}
                    isAskedFor={!own.has(key)}
                    onChange={(reason) => onChange({ all, own: new Map(own).set(key, reason) })}
                  />
                ) : (
                  <button type="button" className="btn link" onClick={() => setOpened(new Set([...opened, key]))}>
                    {words.ownReason}
                  </button>
                )}
              </li>
            )
          })}
        </ul>
      </details>
      <label htmlFor={id}>{hasOwn ? words.warningsReasonRest : words.warningsReason}</label>
      <textarea
        id={id}
        className="input"
        rows={2}
        maxLength={900}
        value={all}
        onChange={(event) => onChange({ all: event.target.value, own })}
      />
    </>
  )
}

interface OwnReasonProps {
  readonly warning: string
  readonly reason: string
  /** It comes in place of the button that had the focus. */
  readonly isAskedFor: boolean
  readonly onChange: (reason: string) => void
}

function OwnReason({ warning, reason, isAskedFor, onChange }: OwnReasonProps) {
  const words = useWords(roundWords)
  const field = useRef<HTMLInputElement>(null)
  const [takesFocus] = useState(isAskedFor)
  useEffect(() => {
    if (takesFocus) field.current?.focus()
  }, [takesFocus])
  return (
    <input
      ref={field}
      className="input"
      aria-label={words.ownReasonOf({ warning })}
      placeholder={words.ownReason}
      maxLength={900}
      value={reason}
      onChange={(event) => onChange(event.target.value)}
    />
  )
}

/** As many as are shown without being asked for. */
const FEW = 4
