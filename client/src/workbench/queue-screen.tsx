import { STATE_NAMES, type Role } from '@gongping/permissions'
import type { ReportSummary } from '@gongping/protocol/http'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { errorMessage } from '../app/api.ts'
import { formatTotal } from '../app/format.ts'
import { AppHeader } from '../app/header.tsx'
import { useMessage, useWords } from '../app/language.ts'
import { later, PageStandIn } from '../app/later.tsx'
import { useMe } from '../app/me.tsx'
import { queuePath } from '../app/paths.ts'
import { daysOverdue, flagsOf, queueQuery } from './queue.ts'
import { queueWords } from './queue-words.ts'
import { useLiveReports } from './report-queries.ts'
import './queue.css'

const EditorPage = later(async () => (await import('../editor/editor-page.tsx')).EditorPage, {
  StandIn: PageStandIn,
  afterPainting: false,
})

/** 待我审核: the reports that wait at the left, the chosen one beside them; Alt+PgUp and Alt+PgDn go through them. */
export function QueueScreen({ reportId }: { reportId: string | null }) {
  const words = useWords(queueWords)
  const me = useMe()
  return me.role === 'head' || me.role === 'finance' ? (
    <Queue role={me.role} reportId={reportId} />
  ) : (
    <>
      <AppHeader />
      <main className="state-page">{words.empty}</main>
    </>
  )
}

function Queue({ role, reportId }: { role: Role; reportId: string | null }) {
  const words = useWords(queueWords)
  const message = useMessage()
  const [, navigate] = useLocation()
  const list = useQuery(queueQuery(role))
  const reports = list.data ?? []
  const at = reports.findIndex(({ id }) => id === reportId)
  const previous = reports[at - 1]
  const next = reports[at + 1]
  useLiveReports()
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!event.altKey || (event.key !== 'PageUp' && event.key !== 'PageDown')) return
      event.preventDefault()
      const target = event.key === 'PageUp' ? previous : next
      if (target) navigate(queuePath(target.id))
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [navigate, previous, next])

  return (
    <div className={reportId === null ? 'queue-page without-report' : 'queue-page'}>
      {reportId === null ? <AppHeader /> : null}
      <nav className="queue" aria-label={words.title}>
        <div className="queue-head">
          <h1 className="num">{words.count({ n: reports.length })}</h1>
          <span className="grow" />
          <Step report={previous} label={words.previous} keys="Alt+PgUp" />
          <Step report={next} label={words.next} keys="Alt+PgDn" />
        </div>
        {list.isPending ? <p className="quiet">{words.loading}</p> : null}
        {list.isError ? (
          <p role="alert">
            {words.failed} {message(errorMessage(list.error))}{' '}
            <button type="button" className="btn link" onClick={() => void list.refetch()}>
              {words.retry}
            </button>
          </p>
        ) : null}
        {list.data && reports.length === 0 && reportId !== null ? <p className="quiet">{words.empty}</p> : null}
        <ol>
          {reports.map((report) => (
            <QueueEntry key={report.id} report={report} chosen={report.id === reportId} />
          ))}
        </ol>
      </nav>
      {reportId === null ? (
        <main className="queue-none">{list.data ? (reports.length > 0 ? words.choose : words.empty) : null}</main>
      ) : (
        <div className="queue-report">
          <EditorPage key={reportId} reportId={reportId} />
        </div>
      )}
    </div>
  )
}

function QueueEntry({ report, chosen }: { report: ReportSummary; chosen: boolean }) {
  const words = useWords(queueWords)
  const message = useMessage()
  const entry = useRef<HTMLAnchorElement>(null)
  useEffect(() => {
    if (chosen) entry.current?.scrollIntoView({ block: 'nearest' })
  }, [chosen])
  const [today] = useState(() => new Date())
  const late = daysOverdue(report.dueDate, today)
  return (
    <li>
      <Link ref={entry} href={queuePath(report.id)} aria-current={chosen ? 'page' : undefined}>
        <b>{report.projectName}</b>
        <span className="unit">
          {report.unit} · {message(STATE_NAMES[report.state])}
        </span>
        <span className="line num">
          {late > 0 ? (
            <em className="flag late">{words.overdue({ n: late })}</em>
          ) : (
            <span>{report.dueDate === null ? words.noDue : words.due({ date: report.dueDate })}</span>
          )}
          <span className="grow" />
          <span>
            {words.self} {formatTotal(report.selfTotal)}
          </span>
        </span>
        <span className="line num">
          {flagsOf(report).map((flag) => (
            <em key={flag} className={`flag ${flag}`}>
              {flag === 'findings' ? words.flags.findings({ n: report.openFindings }) : words.flags[flag]}
            </em>
          ))}
        </span>
      </Link>
    </li>
  )
}

function Step({ report, label, keys }: { report: ReportSummary | undefined; label: string; keys: string }) {
  const [, navigate] = useLocation()
  return (
    <button
      type="button"
      className="btn plain small"
      title={`${label} (${keys})`}
      disabled={report === undefined}
      onClick={() => report && navigate(queuePath(report.id))}
    >
      {label}
    </button>
  )
}
