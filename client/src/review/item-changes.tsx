import { dataFieldIndex, indicatorIndex } from '@gongping/scoring'
import { EMPTY } from '../app/format.ts'
import { useWords } from '../app/language.ts'
import type { EditorSession } from '../sync/report-session.ts'
import { Runs } from '../versions/runs.tsx'
import type { Change } from './since-return.ts'
import { reviewWords } from './words.ts'

interface ItemChangesProps {
  readonly session: EditorSession
  readonly changes: readonly Change[]
  /** Says before each where it is; not below something that says so. */
  readonly named: boolean
}

/** What was changed since the return: scores, what is written beside them, lines of the text. */
export function ItemChanges({ session, changes, named }: ItemChangesProps) {
  const words = useWords(reviewWords)
  return (
    <ul className="item-changes">
      {changes.map((change) => {
        const name = nameOf(change)
        return (
          <li key={change.key}>
            {named || change.kind !== 'line' ? <span className="quiet">{name}</span> : null}
            <Body change={change} />
          </li>
        )
      })}
    </ul>
  )

  function nameOf(change: Change): string {
    const indicator = (id: string) => indicatorIndex(session.template).get(id)?.name
    switch (change.kind) {
      case 'line':
        return change.line.section || words.reportText
      case 'score': {
        const { column, indicatorId } = change.score
        const what = `${words.column[column]}${words.aspect.score}`
        return named ? `${indicator(indicatorId) ?? indicatorId} · ${what}` : what
      }
      case 'field': {
        const { kind, key, part } = change.field
        if (kind === 'cover') return session.template.cover.find((field) => field.key === key)?.label ?? key
        if (kind === 'fact') return dataFieldIndex(session.template).get(key)?.label ?? key
        const column = part === 'narrative' ? '' : words.column[part]
        const what = kind === 'band' ? words.band : `${column}${words.aspect[kind]}`
        return named ? `${indicator(key) ?? words.wholeReport} · ${what}` : what
      }
    }
  }
}

function Body({ change }: { change: Change }) {
  switch (change.kind) {
    case 'score': {
      const shown = (points: number | null) => (points === null ? EMPTY : String(points))
      const { from, to, reason } = change.score
      return (
        <p className="num">
          <del>{shown(from)}</del> → <b>{shown(to)}</b>
          {reason === '' ? '' : ` · ${reason}`}
        </p>
      )
    }
    case 'field':
      return <Runs runs={change.field.runs} />
    case 'line':
      return <Runs runs={change.line.runs} />
  }
}
