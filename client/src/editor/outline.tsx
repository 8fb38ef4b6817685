import { formatPoints } from '@gongping/scoring'
import { useEffect, useMemo, useRef } from 'react'
import { useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import type { EditorSession } from '../sync/report-session.ts'
import { Avatar } from './avatar.tsx'
import { COVER_PLACE } from './finding-places.ts'
import type { Paper } from './open-paper.ts'
import { buildOutline, countDone, visibleEntries, type OutlineEntry, type OutlineMark } from './outline-model.ts'
import { usePeople } from './use-people.ts'
import { useCalm } from '../app/use-selected.ts'
import { editorWords } from './words.ts'

export function Outline({ session, paper }: { session: EditorSession; paper: Paper }) {
  const words = useWords(editorWords)
  const { narrative, cover } = useCalm(session.data, 150)
  const score = useCalm(session.score, 150)
  const findings = useLive(session.findings)
  const current = useLive(paper.section)
  const people = usePeople(session)
  const entries = useMemo(() => {
    const coverDone = session.template.cover.every(
      (field) => !field.required || field.fixed !== null || cover.get(field.key)?.trim(),
    )
    return buildOutline({ narrative, score, findings, coverDone })
  }, [narrative, score, findings, cover, session.template])
  const shown = useMemo(() => visibleEntries(entries, current), [entries, current])
  const { done, of } = countDone(entries)
  const list = useRef<HTMLOListElement>(null)

  useEffect(() => {
    if (current !== null) list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' })
  }, [current])

  /** People deeper than what is shown are shown at the nearest line above. */
  const peopleAt = (entry: OutlineEntry) =>
    people.filter((person) => {
      if (person.isMe || person.section === null) return false
      if (person.section === entry.id) return true
      const theirs = entries.find((one) => one.id === person.section)
      return (
        theirs !== undefined &&
        !shown.includes(theirs) &&
        theirs.path.findLast((id) => shown.some((one) => one.id === id)) === entry.id
      )
    })

  return (
    <nav className="outline" aria-label={words.outline} data-pane="outline">
      <h2 className="num">{words.outlineDone({ n: done, m: of })}</h2>
      <ol ref={list}>
        {shown.map((entry) => (
          <li key={entry.id}>
            <button
              type="button"
              className={`level-${entry.level}`}
              aria-current={entry.id === current ? 'location' : undefined}
              onClick={() => session.jump({ kind: 'section', sectionId: entry.id })}
            >
              <span className="title">
                {entry.id === COVER_PLACE ? words.cover : `${entry.number}${entry.title || words.untitled}`}
              </span>
              {peopleAt(entry).map((person) => (
                <Avatar key={person.id} role={person.role} title={words.here({ name: person.name })} small />
              ))}
              <Mark mark={entry.mark} />
            </button>
          </li>
        ))}
      </ol>
    </nav>
  )
}

function Mark({ mark }: { mark: OutlineMark }) {
  const words = useWords(editorWords)
  switch (mark.kind) {
    case 'findings':
      return <span className={mark.severe ? 'mark severe' : 'mark warn'}>{words.findingsHere({ n: mark.count })}</span>
    case 'score':
      return (
        <span className="mark num">
          {mark.findings > 0 ? (
            <i className="dot">
              <span className="visually-hidden">{words.findingsHere({ n: mark.findings })}</span>
            </i>
          ) : null}
          {mark.score === null ? words.missing : formatPoints(mark.score)} / {formatPoints(mark.weight)}
        </span>
      )
    case 'count':
      return (
        <span className="mark num">
          {mark.answered} / {mark.of}
        </span>
      )
    case 'done':
      return (
        <span className="mark done">
          ✓<span className="visually-hidden">{words.sectionDone}</span>
        </span>
      )
    case 'empty':
      return (
        <span className="mark">
          –<span className="visually-hidden">{words.sectionEmpty}</span>
        </span>
      )
  }
}
