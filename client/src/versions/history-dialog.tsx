import type { HistoryEntry } from '@gongping/protocol/http'
import { useQuery } from '@tanstack/react-query'
import { errorMessage } from '../app/api.ts'
import { EMPTY } from '../app/format.ts'
import { RoleAvatar } from '../app/header.tsx'
import { useLanguage, useMessage, useWords } from '../app/language.ts'
import { Dialog } from '../editor/dialog.tsx'
import { type HistoryOf, historyQuery } from './version-queries.ts'
import { shortTime } from './version-names.ts'
import { Runs, shortened } from './runs.tsx'
import { versionWords } from './words.ts'
import './history.css'

export interface HistorySubject {
  readonly of: HistoryOf
  /** What the reader calls it. */
  readonly name: string
}

/** How one indicator or section came to be what it is, oldest first. */
export function HistoryDialog(props: { reportId: string; subject: HistorySubject; onClose: () => void }) {
  const words = useWords(versionWords)
  const message = useMessage()
  const language = useLanguage()
  const { reportId, subject, onClose } = props
  const { data, error } = useQuery(historyQuery(reportId, subject.of))
  return (
    <Dialog title={words.historyOf({ name: subject.name })} wide onClose={onClose}>
      {error ? (
        <p className="notice error" role="alert">
          {message(errorMessage(error))}
        </p>
      ) : null}
      {data || error ? null : <p>{words.loading}</p>}
      {data?.entries.length === 0 ? <p>{words.emptyHistory}</p> : null}
      <ol className="history">
        {data?.entries.map((entry, index) => (
          // Entries have no id; the list is fetched as a whole.
          <li key={index}>
            <p className="who">
              <RoleAvatar role={entry.role} small />
              <b>{entry.by}</b>
              <time dateTime={entry.at}>{shortTime(entry.at, language)}</time>
            </p>
            <Entry entry={entry} />
          </li>
        ))}
      </ol>
      <div className="dialog-foot">
        <button type="button" className="btn" onClick={onClose}>
          {words.close}
        </button>
      </div>
    </Dialog>
  )
}

function Entry({ entry }: { entry: HistoryEntry }) {
  const words = useWords(versionWords)
  switch (entry.kind) {
    case 'score': {
      const shown = (value: number | null) => (value === null ? EMPTY : String(value))
      const column = words.columns[entry.column]
      return (
        <p className="num">
          {entry.from === null
            ? words.scoreAtFirst({ column, to: shown(entry.to) })
            : words.scoreFromTo({ column, from: shown(entry.from), to: shown(entry.to) })}
        </p>
      )
    }
    case 'version':
      return (
        <>
          <p>{entry.name || words.kinds[entry.versionKind]}</p>
          <Said text={entry.reason} />
        </>
      )
    case 'comment':
      return (
        <>
          <p className="label">{words.commentEvents[entry.event]}</p>
          {entry.quote === '' ? null : <Quote text={entry.quote} />}
          <Said text={entry.text} />
        </>
      )
    case 'suggestion':
      return (
        <>
          <p className="label">{words.suggestionEvents[entry.event]}</p>
          <Change change={entry.change} />
          <Said text={entry.text} />
        </>
      )
    case 'return-item':
      return (
        <>
          <p className="label">{words.itemEvents[entry.event]}</p>
          <Quote text={entry.problem} />
          <Said text={entry.text} />
        </>
      )
    case 'field':
      return (
        <>
          <p className="label">{`${words.columns[entry.column]} · ${words.fields[entry.field]}`}</p>
          <Runs runs={entry.runs} role={entry.role} />
        </>
      )
    case 'text':
      return <Runs runs={entry.runs} role={entry.role} />
  }
}

const Quote = ({ text }: { text: string }) => <blockquote>{shortened(text)}</blockquote>

const Said = ({ text }: { text: string }) => (text === '' ? null : <p>{text}</p>)

function Change({ change }: { change: Extract<HistoryEntry, { kind: 'suggestion' }>['change'] }) {
  if (change.kind === 'score') {
    const shown = (value: number | null) => (value === null ? EMPTY : String(value))
    return <p className="num">{`${shown(change.from)} → ${shown(change.to)}`}</p>
  }
  return (
    <p className="runs">
      {change.from === '' ? null : <del>{change.from}</del>}
      {change.to === '' ? null : <ins>{change.to}</ins>}
    </p>
  )
}
