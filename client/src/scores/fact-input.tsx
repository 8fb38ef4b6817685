import { setFact } from '@gongping/report-doc'
import { useId, useRef, useState } from 'react'
import { EMPTY } from '../app/format.ts'
import { useWords } from '../app/language.ts'
import { useSelected } from '../app/use-selected.ts'
import type { Leaving, ReportSession } from '../sync/report-session.ts'
import { useOnLeaving } from '../sync/use-on-leaving.ts'
import { formatFact, readTypedFact } from './fact-value.ts'
import type { FactProblem, FactType } from './fact-value.ts'
import { scoreDesk } from './score-desk.ts'
import { scoreWords } from './words.ts'

interface Props {
  readonly session: ReportSession
  /** Where the fact is kept. */
  readonly factKey: string
  readonly type: FactType
  readonly unit: string | null
  readonly values?: readonly string[]
  readonly mayBeNegative?: boolean
  readonly label: string
  readonly placeholder?: string
  /** Why it takes no input, null when it does. */
  readonly lock: string | null
  readonly missing?: boolean
  onFocus?(): void
}

/** One typed fact. Written when left or with Enter; what can't be understood stays in the field with the reason below. */
export function FactInput(props: Props) {
  const {
    session,
    factKey,
    type,
    unit,
    values = [],
    mayBeNegative = false,
    label,
    placeholder,
    lock,
    missing = false,
  } = props
  const words = useWords(scoreWords)
  const desk = scoreDesk(session)
  const facts = useSelected(session.data, (data) => data.facts)
  const [typed, setTypedState] = useState<string | null>(null)
  const [problem, setProblem] = useState<FactProblem | 'locked' | null>(null)
  // Leaving comes without another render.
  const typing = useRef<string | null>(null)
  const setTyped = (text: string | null) => {
    typing.current = text
    setTypedState(text)
  }
  const id = useId()
  const stored = facts.get(factKey)
  const shown = formatFact(stored, { type, unit })

  function put(text: string, why?: Leaving) {
    if (text === shown) return forget()
    const fact = readTypedFact(text, { type, unit, mayBeNegative })
    if (!fact.ok) return setProblem(fact.problem)
    // Somebody else has the pen by now: what was typed stays to be copied.
    if (why !== 'aside' && lock !== null && fact.value !== (stored ?? null)) return setProblem('locked')
    forget()
    if (fact.value === (stored ?? null)) return
    desk.endUndoStep()
    setFact({ doc: session.docs.self, origin: desk.origin, key: factKey, value: fact.value })
    desk.endUndoStep()
  }
  function forget() {
    setTyped(null)
    setProblem(null)
  }

  useOnLeaving(session, (why) => typing.current !== null && put(typing.current, why))

  const common = {
    className: missing && !typed ? 'input fact missing' : 'input fact',
    'data-fact': factKey,
    'aria-label': label,
    title: lock ?? undefined,
    onFocus: props.onFocus,
  }
  if (type === 'enum') {
    return (
      <select {...common} disabled={lock !== null} value={shown} onChange={(event) => put(event.target.value)}>
        <option value="">{EMPTY}</option>
        {values.map((value) => (
          <option key={value}>{value}</option>
        ))}
      </select>
    )
  }
  return (
    <>
      <input
        {...common}
        readOnly={lock !== null}
        inputMode={type === 'text' || type === 'numberOrText' ? 'text' : 'decimal'}
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
        aria-invalid={problem !== null}
        aria-describedby={problem ? `${id}-problem` : undefined}
        value={typed ?? shown}
        onChange={(event) => lock === null && setTyped(event.target.value)}
        onBlur={(event) => typed !== null && put(event.target.value)}
        onKeyDown={(event) => {
          event.stopPropagation()
          if (event.nativeEvent.isComposing) return
          if (event.key === 'Enter') put(event.currentTarget.value)
          else if (event.key === 'Escape') forget()
          else if ((event.ctrlKey || event.metaKey) && typed === null) undoByKey(event, desk)
        }}
      />
      {problem ? (
        <span id={`${id}-problem`} className="field-problem" role="alert">
          {problem === 'locked' ? words.factLocked : `${words.factInvalid[problem]} ${words.factNotSaved}`}
        </span>
      ) : null}
    </>
  )
}

function undoByKey(event: React.KeyboardEvent, desk: ReturnType<typeof scoreDesk>) {
  const key = event.key.toLowerCase()
  if (key !== 'z' && key !== 'y') return
  event.preventDefault()
  if (key === 'y' || event.shiftKey) desk.redo()
  else desk.undo()
}
