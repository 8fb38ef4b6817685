import { formatPoints } from '@gongping/scoring'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import { useSectionThreads } from '../review/open-marks.ts'
import { useReview } from '../review/review-context.ts'
import type { EditorSession } from '../sync/report-session.ts'
import { HistoryDialog, type HistorySubject } from '../versions/history-button.tsx'
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
  const threads = useSectionThreads(useReview())
  const entries = useMemo(() => {
    const coverDone = session.template.cover.every(
      (field) => !field.required || field.fixed !== null || cover.get(field.key)?.trim(),
    )
    return buildOutline({ narrative, score, findings, coverDone })
  }, [narrative, score, findings, cover, session.template])
  const shown = useMemo(() => visibleEntries(entries, current), [entries, current])
  const { done, of } = countDone(entries)
  const list = useRef<HTMLOListElement>(null)
  // Stays open when the place of the caret or the page changes.
  const [history, setHistory] = useState<HistorySubject | null>(null)

  useEffect(() => {
    if (current !== null) list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' })
  }, [current])

  /** What is deeper than what is shown is shown at the nearest line above. */
  const lineOf = (section: string): string | undefined => {
    if (shown.some(({ id }) => id === section)) return section
    const path = entries.find(({ id }) => id === section)?.path ?? []
    return path.findLast((id) => shown.some((one) => one.id === id))
  }
  const peopleAt = ({ id }: OutlineEntry) =>
    people.filter(({ isMe, section }) => !isMe && section !== null && lineOf(section) === id)
  const threadsAt = new Map<string, number>()
  for (const [section, count] of threads) {
    const line = lineOf(section)
    if (line !== undefined) threadsAt.set(line, (threadsAt.get(line) ?? 0) + count)
  }

  return (
    <nav className="outline" aria-label={words.outline} data-pane="outline">
      <h2 className="num">{words.outlineDone({ n: done, m: of })}</h2>
      <ol ref={list}>
        {shown.map((entry) => (
          <li key={entry.id} className={entry.id === current ? 'current' : undefined}>
            <button
              type="button"
              className={`level-${entry.level}`}
              aria-current={entry.id === current ? 'location' : undefined}
              onClick={() => session.jump({ kind: 'section', sectionId: entry.id })}
            >
              <span className="title" title={`${entry.number}${entry.title}`}>
                {entry.id === COVER_PLACE ? words.cover : `${entry.number}${entry.title || words.untitled}`}
              </span>
              <span className="marks">
                {peopleAt(entry).map((person) => (
                  <Avatar key={person.id} role={person.role} title={words.here({ name: person.name })} small />
                ))}
                <Comments count={threadsAt.get(entry.id) ?? 0} />
                <Mark mark={entry.mark} />
              </span>
            </button>
            {entry.id === current && entry.id !== COVER_PLACE ? (
              <button
                type="button"
                className="section-history"
                aria-label={words.sectionHistory}
                title={words.sectionHistory}
                onClick={() =>
                  setHistory({ of: { section: entry.id }, name: `${entry.number}${entry.title || words.untitled}` })
                }
              >
                <ClockIcon />
              </button>
            ) : null}
          </li>
        ))}
      </ol>
      {history ? (
        <HistoryDialog reportId={session.reportId} subject={history} onClose={() => setHistory(null)} />
      ) : null}
    </nav>
  )
}

function Comments({ count }: { count: number }) {
  const words = useWords(editorWords)
  if (count === 0) return null
  return (
    <span className="comments num" title={words.commentsHere({ n: count })}>
      <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
        <path d="M2 3h12v8H7l-3 3v-3H2Z" fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinejoin="round" />
      </svg>
      <span aria-hidden="true">{count}</span>
      <span className="visually-hidden">{words.commentsHere({ n: count })}</span>
    </span>
  )
}

function ClockIcon() {
  return (
    <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path
        d="M8 4.5V8l2.5 1.5M2.6 6A5.6 5.6 0 1 1 2.4 9M2.2 3v3h3"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.4"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
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
