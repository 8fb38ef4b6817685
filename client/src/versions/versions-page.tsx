import { may } from '@gongping/permissions'
import type { ReportDetail, VersionSummary } from '@gongping/protocol/http'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { Link, useSearchParams } from 'wouter'
import { errorMessage, isFinal } from '../app/api.ts'
import { LanguageSwitch } from '../app/header.tsx'
import { useLanguage, useMessage, useWords } from '../app/language.ts'
import { useMe } from '../app/me.tsx'
import { appWords } from '../app/messages.ts'
import { reportPath, WORKBENCH_PATH } from '../app/paths.ts'
import { listenToServer } from '../app/server-events.ts'
import { changedSections, toLines } from './change-model.ts'
import { ComparisonText } from './comparison-text.tsx'
import { HistoryDialog, type HistorySubject } from './history-dialog.tsx'
import { NameVersionDialog } from './name-version-dialog.tsx'
import { RestoreDialog, type RestoreSubject } from './restore-dialog.tsx'
import { SideColumn } from './side-column.tsx'
import { Timeline } from './timeline.tsx'
import { usePlaces } from './use-places.ts'
import { comparisonQuery, detailQuery, versionsQuery } from './version-queries.ts'
import { CURRENT, defaultFrom, groupByRound } from './version-names.ts'
import { versionWords } from './words.ts'
import './attribution.css'
import './versions.css'

/** 历史版本: which versions there are, what is different between two, and the way back to one. */
export function VersionsPage({ reportId }: { reportId: string }) {
  const words = useWords(versionWords)
  const app = useWords(appWords)
  const message = useMessage()
  const detail = useQuery(detailQuery(reportId))
  const versions = useQuery(versionsQuery(reportId))
  const error = detail.error ?? versions.error
  const isClosed = isFinal(error)
  if (detail.data && versions.data) return <Versions detail={detail.data} versions={versions.data} />
  if (error) {
    return (
      <main className="state-page" role="alert">
        <h1>{words.failed}</h1>
        <p>{message(errorMessage(error))}</p>
        {isClosed ? (
          <Link className="btn primary" href={WORKBENCH_PATH}>
            {app.backToWorkbench}
          </Link>
        ) : (
          <>
            <button
              type="button"
              className="btn primary"
              onClick={() => void Promise.all([detail.refetch(), versions.refetch()])}
            >
              {words.retry}
            </button>
            <Link className="btn" href={reportPath(reportId)}>
              {words.back}
            </Link>
          </>
        )}
      </main>
    )
  }
  return <output className="state-page">{words.loading}</output>
}

function Versions({ detail, versions }: { detail: ReportDetail; versions: readonly VersionSummary[] }) {
  const words = useWords(versionWords)
  const message = useMessage()
  const language = useLanguage()
  const client = useQueryClient()
  const reportId = detail.id
  const [search, setSearch] = useSearchParams()
  const isKnown = (id: string | null) => id === CURRENT || versions.some((version) => version.id === id)
  const chosen = { from: search.get('from'), to: search.get('to') }
  const from = chosen.from !== null && isKnown(chosen.from) ? chosen.from : defaultFrom(versions)
  const to = chosen.to !== null && isKnown(chosen.to) ? chosen.to : CURRENT
  const choose = (next: { from?: string; to?: string }) => setSearch({ from, to, ...next }, { replace: true })

  const comparison = useQuery(comparisonQuery(reportId, from, to))
  const [showsAll, setShowsAll] = useState(false)
  const [person, setPerson] = useState<string | null>(null)
  const [restoring, setRestoring] = useState<RestoreSubject | null>(null)
  const [history, setHistory] = useState<HistorySubject | null>(null)
  const [naming, setNaming] = useState(false)
  const [notice, setNotice] = useState<string | null>(null)
  const isAdmin = useMe().role === 'admin'
  const mayName = may({ roles: detail.roles, isAdmin }, { action: 'name-version' }, detail.state).ok
  const isStale = useStaleness(reportId, from === CURRENT || to === CURRENT, comparison.dataUpdatedAt)

  const { lines, places } = useMemo(() => toLines(comparison.data?.text ?? [], person), [comparison.data, person])
  const sections = useMemo(() => changedSections(lines), [lines])
  const walk = usePlaces(places)
  const rounds = useMemo(() => groupByRound(versions, language), [versions, language])
  const nameOf = (id: string) =>
    rounds.flatMap((round) => round.versions).find(({ version }) => version.id === id)?.name ?? words.current
  const refresh = () => void client.invalidateQueries({ queryKey: ['report', reportId] })

  return (
    <div className="versions-page">
      <title>{`${words.title} · ${detail.projectName}`}</title>
      <header className="versions-header">
        <Link className="back" href={reportPath(reportId)}>
          ‹ {words.back}
        </Link>
        <h1 title={detail.projectName}>{words.title}</h1>
        <Picker label={words.from} value={from} onPick={(id) => choose({ from: id })} rounds={rounds} />
        <span aria-hidden="true">→</span>
        <Picker label={words.to} value={to} onPick={(id) => choose({ to: id })} rounds={rounds} />
        {detail.differsFromSubmitted === null ? null : (
          <span className={detail.differsFromSubmitted ? 'pill warns' : 'pill'}>
            {detail.differsFromSubmitted ? words.differs : words.same}
          </span>
        )}
        <span className="grow" />
        {isStale ? (
          <output className="stale">
            {words.stale}{' '}
            <button type="button" className="btn link" onClick={refresh}>
              {words.refresh}
            </button>
          </output>
        ) : null}
        <div className="walk">
          <button type="button" className="btn" onClick={() => setShowsAll(!showsAll)}>
            {showsAll ? words.changesOnly : words.wholeText}
          </button>
          <button
            type="button"
            className="btn"
            aria-label={words.previous}
            title={`${words.previous} Alt+↑`}
            disabled={places === 0}
            onClick={() => walk.go(-1)}
          >
            ↑
          </button>
          <button
            type="button"
            className="btn"
            aria-label={words.next}
            title={`${words.next} Alt+↓`}
            disabled={places === 0}
            onClick={() => walk.go(1)}
          >
            ↓
          </button>
          <output className="num count">{words.places({ at: walk.at + 1, n: places })}</output>
        </div>
        <LanguageSwitch />
        <button type="button" className="btn" disabled={from === CURRENT} onClick={() => setRestoring({ kind: 'all' })}>
          {words.restore}
        </button>
      </header>
      <div className="versions-columns">
        <Timeline
          rounds={rounds}
          from={from}
          onPick={(id) => choose(id === CURRENT ? { to: CURRENT } : { from: id })}
          current={to === CURRENT}
          onName={mayName ? () => setNaming(true) : null}
        />
        <main className="versions-centre">
          <p className="historic-banner">
            <b>{words.historic({ name: nameOf(from === CURRENT ? to : from) })}</b>
            <span>{words.historicHint}</span>
          </p>
          {comparison.data?.problem ? (
            <p className="notice error" role="alert">
              {message(comparison.data.problem)}
            </p>
          ) : null}
          {comparison.error ? (
            <div className="notice error" role="alert">
              {message(errorMessage(comparison.error))}{' '}
              <button type="button" className="btn link" onClick={() => void comparison.refetch()}>
                {words.retry}
              </button>
            </div>
          ) : null}
          {comparison.data ? (
            <ComparisonText
              lines={lines}
              showsAll={showsAll}
              at={walk.at}
              restorable={from === CURRENT ? null : sections}
              onRestore={(sectionId, section) => setRestoring({ kind: 'section', sectionId, section })}
              onHistory={(section, name) => setHistory({ of: { section }, name })}
            />
          ) : comparison.error ? null : (
            <output className="versions-loading">{words.loading}</output>
          )}
        </main>
        <SideColumn
          comparison={comparison.data ?? null}
          templateId={detail.templateId}
          person={person}
          onPerson={setPerson}
          names={{ from: nameOf(from), to: nameOf(to) }}
          checksum={versions.find(({ id }) => id === from)?.contentSha256 ?? null}
          onRestore={from === CURRENT ? null : (subject) => setRestoring(subject)}
          onHistory={(indicatorId, name) => setHistory({ of: { indicatorId }, name })}
        />
      </div>
      {restoring ? (
        <RestoreDialog
          reportId={reportId}
          versionId={from}
          versionName={nameOf(from)}
          subject={restoring}
          onClose={() => setRestoring(null)}
          onDone={(text) => {
            setRestoring(null)
            setNotice(text)
            refresh()
          }}
        />
      ) : null}
      {naming ? (
        <NameVersionDialog
          reportId={reportId}
          unsaved={0}
          linksToAll={false}
          onClose={() => setNaming(false)}
          onNamed={(said) => {
            setNaming(false)
            setNotice(message(said))
            void client.invalidateQueries({ queryKey: versionsQuery(reportId).queryKey })
          }}
        />
      ) : null}
      {history ? <HistoryDialog reportId={reportId} subject={history} onClose={() => setHistory(null)} /> : null}
      <output className="versions-notice">
        {notice ? (
          <p>
            {notice}{' '}
            <button type="button" className="btn link" onClick={() => setNotice(null)}>
              {words.close}
            </button>
          </p>
        ) : null}
      </output>
    </div>
  )
}

function Picker(props: {
  label: string
  value: string
  rounds: ReturnType<typeof groupByRound>
  onPick: (id: string) => void
}) {
  const words = useWords(versionWords)
  const { label, value, rounds, onPick } = props
  return (
    <select className="picker" aria-label={label} value={value} onChange={(event) => onPick(event.target.value)}>
      <option value={CURRENT}>{words.current}</option>
      {rounds.map(({ round, versions }) => (
        <optgroup key={round} label={words.round({ n: round })}>
          {versions.map(({ version, name }) => (
            <option key={version.id} value={version.id}>
              {name}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  )
}

/** Whether the report changed since what is shown was fetched. */
function useStaleness(reportId: string, concerns: boolean, fetchedAt: number): boolean {
  const client = useQueryClient()
  const [changedAt, setChangedAt] = useState(0)
  useEffect(() => {
    const stop = listenToServer(
      (event) => {
        if (event.id !== reportId) return
        if (event.type === 'scored') setChangedAt(Date.now())
        else void client.invalidateQueries({ queryKey: ['report', reportId, 'versions'] })
      },
      (why) => {
        if (why === 'over') setChangedAt(Date.now())
        else void client.invalidateQueries({ queryKey: ['report', reportId, 'versions'] })
      },
    )
    return stop
  }, [client, reportId])
  // The comparison itself scores the report, which is told right after it.
  return concerns && fetchedAt > 0 && changedAt > fetchedAt + 1500
}
