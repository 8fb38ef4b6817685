import { Fragment, useEffect, useRef, useState } from 'react'
import { formatTotal } from '../app/format.ts'
import { RoleAvatar } from '../app/header.tsx'
import { useLanguage, useWords } from '../app/language.ts'
import { CURRENT, type NamedVersion, type TimelineRound, isNamed, shortTime } from './version-names.ts'
import { versionWords } from './words.ts'

interface TimelineProps {
  readonly rounds: readonly TimelineRound[]
  readonly from: string
  /** The report as it is now is one of the two that are compared. */
  readonly current: boolean
  readonly onPick: (id: string) => void
  /** Null for whoever names no versions. */
  readonly onName: (() => void) | null
}

/** Every version by round, newest first; named ones stand out. */
export function Timeline({ rounds, from, current, onPick, onName }: TimelineProps) {
  const words = useWords(versionWords)
  const [person, setPerson] = useState('')
  const people = new Map(
    rounds.flatMap(({ versions }) =>
      versions.flatMap(({ version }) => (version.changes?.people ?? []).map((one) => [one.userId, one] as const)),
    ),
  )
  // Entries grow when their changes become known, and would push the chosen one out of sight.
  const areCounted = rounds.every(({ versions }) => versions.every(({ version }) => version.changes !== null))
  const isShown = ({ version }: NamedVersion) =>
    person === '' || (version.changes?.people.some(({ userId }) => userId === person) ?? false)
  return (
    <nav className="timeline" aria-label={words.timeline}>
      <div className="timeline-head">
        <h2>{words.timeline}</h2>
        <select aria-label={words.person} value={person} onChange={(event) => setPerson(event.target.value)}>
          <option value="">{words.everybody}</option>
          {[...people.values()].map(({ userId, displayName }) => (
            <option key={userId} value={userId}>
              {displayName}
            </option>
          ))}
        </select>
      </div>
      <button type="button" className="version" aria-pressed={from === CURRENT} onClick={() => onPick(CURRENT)}>
        <b>{words.current}</b>
        <small>{current ? words.currentHint : ''}</small>
      </button>
      {onName ? (
        <button type="button" className="btn small name-version" onClick={onName}>
          {words.naming.title}
        </button>
      ) : null}
      {rounds.map(({ round, versions }) => {
        const shown = versions.filter(isShown)
        return shown.length === 0 ? null : (
          <section key={round}>
            <h3>{words.round({ n: round })}</h3>
            <ul>
              {shown.map((one) => (
                <li key={one.version.id}>
                  <TimelineEntry {...one} selected={one.version.id === from} areCounted={areCounted} onPick={onPick} />
                </li>
              ))}
            </ul>
          </section>
        )
      })}
    </nav>
  )
}

function TimelineEntry({
  version,
  name,
  selected,
  areCounted,
  onPick,
}: NamedVersion & { selected: boolean; areCounted: boolean; onPick: (id: string) => void }) {
  const words = useWords(versionWords)
  const language = useLanguage()
  const entry = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (selected) entry.current?.scrollIntoView({ block: areCounted ? 'nearest' : 'center' })
  }, [selected, areCounted])
  const { changes } = version
  const facts = [
    name.includes(shortTime(version.at, language)) ? '' : shortTime(version.at, language),
    changes && changes.inserted + changes.deleted > 0 ? words.textChange(changes) : '',
    changes && changes.scores > 0 ? words.scoresChanged({ n: changes.scores }) : '',
    version.selfTotal === null ? '' : words.selfTotal({ points: formatTotal(version.selfTotal) }),
  ].filter(Boolean)
  const people = changes && changes.people.length > 0 ? changes.people : []
  return (
    <button
      ref={entry}
      type="button"
      className={isNamed(version) ? 'version named' : 'version'}
      aria-pressed={selected}
      onClick={() => onPick(version.id)}
    >
      <span className="name" title={name}>
        {name}
      </span>
      <small className="num">
        {people.length > 0
          ? people.map(({ userId, role, displayName }) => (
              <RoleAvatar key={userId} role={role} small title={displayName} />
            ))
          : version.role && <RoleAvatar role={version.role} small title={version.by} />}
        <span>
          {facts.map((fact, at) => (
            <Fragment key={fact}>
              {at > 0 ? ' · ' : ''}
              <span className="fact">{fact}</span>
            </Fragment>
          ))}
        </span>
      </small>
    </button>
  )
}
