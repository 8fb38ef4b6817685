import { REPORT_STATES, STATE_NAMES } from '@gongping/permissions'
import type { ReportState } from '@gongping/permissions'
import { EMPTY } from '../app/format.ts'
import { useMessage, useWords } from '../app/language.ts'
import { useMe } from '../app/me.tsx'
import { statesWaitingFor } from './next-action.ts'
import { workbenchWords } from './words.ts'

interface Props {
  /** By state over everything the caller may see; null while loading. */
  readonly counts: Readonly<Record<string, number>> | null
  readonly chosen: ReportState | null
  onChoose(state: ReportState | null): void
}

/** How many reports stand where; each number is a filter. What waits for the reader comes in the accent colour. */
export function StateCounters({ counts, chosen, onChoose }: Props) {
  const words = useWords(workbenchWords)
  const message = useMessage()
  const me = useMe()
  const mine = me.role === 'admin' ? [] : statesWaitingFor(me.role)
  const all = counts ? Object.values(counts).reduce((sum, n) => sum + n, 0) : null
  // What waits for the reader first, the rest in the order a report goes through them.
  const states = [...mine, ...REPORT_STATES.filter((state) => !mine.includes(state))]
  return (
    <section className="counters num" aria-label={words.counters}>
      <Counter name={words.all} value={all} chosen={chosen === null} onClick={() => onChoose(null)} />
      {states.map((state) => (
        <Counter
          key={state}
          name={mine.includes(state) ? words.mine[state] : message(STATE_NAMES[state])}
          value={counts ? (counts[state] ?? 0) : null}
          urgent={mine.includes(state)}
          chosen={chosen === state}
          onClick={() => onChoose(chosen === state ? null : state)}
        />
      ))}
    </section>
  )
}

interface CounterProps {
  readonly name: string
  readonly value: number | null
  readonly urgent?: boolean
  readonly chosen: boolean
  onClick(): void
}

function Counter({ name, value, urgent = false, chosen, onClick }: CounterProps) {
  return (
    <button
      type="button"
      className={urgent && value ? 'counter urgent' : 'counter'}
      aria-pressed={chosen}
      onClick={onClick}
    >
      <span>{name}</span>
      <b>{value ?? EMPTY}</b>
    </button>
  )
}
