import { isReportState, STATE_NAMES, type Message } from '@gongping/permissions'
import type { AuditList } from '@gongping/protocol/http'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { api, errorMessage, isFinal, withPageOf } from '../app/api.ts'
import { AppHeader } from '../app/header.tsx'
import { LOCALES, useLanguage, useMessage, useWords } from '../app/language.ts'
import { reportPath } from '../app/paths.ts'
import { detailQuery } from '../versions/version-queries.ts'
import { auditWords } from './words.ts'
import './audit.css'

interface Filter {
  readonly action: string
  readonly user: string
  /** Calendar days, empty for none. */
  readonly from: string
  readonly to: string
  readonly page: number
}

const NO_FILTER: Filter = { action: '', user: '', from: '', to: '', page: 1 }
const PAGE_SIZE = 100
/** Browsers take years of six digits otherwise. */
const LAST_DAY = '9999-12-31'

/** Who did what when on one report; for finance and administrators. */
export function AuditPage({ reportId }: { reportId: string }) {
  const words = useWords(auditWords)
  const message = useMessage()
  const language = useLanguage()
  const [filter, setFilter] = useState(NO_FILTER)
  const base = `/api/reports/${encodeURIComponent(reportId)}`
  const detail = useQuery(detailQuery(reportId))
  const { page, ...what } = filter
  const list = useQuery({
    queryKey: ['report', reportId, 'audit', filter],
    queryFn: ({ signal }) =>
      api.get<AuditList>(`${base}/audit`, { signal, query: { ...what, page, pageSize: PAGE_SIZE } }),
    placeholderData: keepPreviousData,
  })
  const set = (change: Partial<Filter>) => setFilter({ ...filter, page: 1, ...change })
  const nameOf = (action: string) => words.names[action] ?? action
  const pages = Math.max(1, Math.ceil((list.data?.total ?? 0) / PAGE_SIZE))
  const exportPath = (format: 'csv' | 'json') => {
    const query = new URLSearchParams(Object.entries(what).filter(([, value]) => value !== ''))
    query.set('format', format)
    return `${base}/audit/export?${query}`
  }
  const isClosed = isFinal(list.error)
  const time = new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'medium', timeStyle: 'medium' })
  return (
    <>
      <AppHeader />
      <main className="audit">
        <p>
          <Link href={reportPath(reportId)}>‹ {words.back}</Link>
        </p>
        <h1>
          {words.title} <small>{detail.data?.projectName}</small>
        </h1>
        <search className="audit-filter" hidden={isClosed}>
          <label>
            {words.action}
            <select value={filter.action} onChange={(event) => set({ action: event.target.value })}>
              <option value="">{words.all}</option>
              {(list.data?.actions ?? []).map((action) => (
                <option key={action} value={action}>
                  {nameOf(action)}
                </option>
              ))}
            </select>
          </label>
          <label>
            {words.person}
            <select value={filter.user} onChange={(event) => set({ user: event.target.value })}>
              <option value="">{words.all}</option>
              {(list.data?.users ?? []).map(({ id, displayName }) => (
                <option key={id} value={id}>
                  {displayName || words.nobody}
                </option>
              ))}
            </select>
          </label>
          <label>
            {words.from}
            <input
              type="date"
              max={LAST_DAY}
              value={filter.from}
              onChange={(event) => set({ from: event.target.value })}
            />
          </label>
          <label>
            {words.to}
            <input type="date" max={LAST_DAY} value={filter.to} onChange={(event) => set({ to: event.target.value })} />
          </label>
          <button type="button" className="btn" onClick={() => setFilter(NO_FILTER)}>
            {words.reset}
          </button>
          <span className="grow" />
          <span>{words.export}</span>
          <a className="btn" href={withPageOf(exportPath('csv'))} download>
            {words.exportCsv}
          </a>
          <a className="btn" href={withPageOf(exportPath('json'))} download>
            {words.exportJson}
          </a>
        </search>
        {list.isPending ? <output>{words.loading}</output> : null}
        {list.isError ? (
          <div className="notice error" role="alert">
            {message(errorMessage(list.error))}{' '}
            {isClosed ? null : (
              <button type="button" className="btn link" onClick={() => void list.refetch()}>
                {words.retry}
              </button>
            )}
          </div>
        ) : null}
        {list.data ? (
          <>
            <table className="num">
              <thead>
                <tr>
                  <th scope="col">{words.number}</th>
                  <th scope="col">{words.at}</th>
                  <th scope="col">{words.person}</th>
                  <th scope="col">{words.action}</th>
                  <th scope="col">{words.detail}</th>
                </tr>
              </thead>
              <tbody>
                {list.data.entries.map((entry) => (
                  <tr key={entry.id}>
                    <td>{entry.id}</td>
                    <td>
                      <time dateTime={entry.at}>{time.format(new Date(entry.at))}</time>
                    </td>
                    <td>{entry.by || words.nobody}</td>
                    <td>{nameOf(entry.action)}</td>
                    <td className="detail">{detailOf(entry.detail, { words, message })}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {list.data.entries.length === 0 ? <p className="none">{words.none}</p> : null}
            <div className="pages">
              <span>{words.total({ n: list.data.total })}</span>
              <span className="grow" />
              <button
                type="button"
                className="btn"
                disabled={page <= 1}
                onClick={() => setFilter({ ...filter, page: page - 1 })}
              >
                {words.previous}
              </button>
              <span>{words.page({ n: page, of: pages })}</span>
              <button
                type="button"
                className="btn"
                disabled={page >= pages}
                onClick={() => setFilter({ ...filter, page: page + 1 })}
              >
                {words.next}
              </button>
            </div>
          </>
        ) : null}
      </main>
    </>
  )
}

interface DetailWords {
  readonly parts: Readonly<Record<string, string>>
  readonly values: Readonly<Record<string, string>>
}

/** What is worth reading of a deed, in one line. */
function detailOf(
  detail: Readonly<Record<string, unknown>>,
  { words, message }: { words: DetailWords; message: (message: Message) => string },
): string {
  const { from, to, ...rest } = detail
  const isStep = isReportState(from) && isReportState(to)
  const step = isStep ? [`${message(STATE_NAMES[from])} → ${message(STATE_NAMES[to])}`] : []
  const parts = Object.entries(isStep ? rest : detail)
    .filter(([key]) => key in words.parts)
    .map(([key, value]) => {
      const text = typeof value === 'string' ? value : (reasonsIn(value) ?? JSON.stringify(value))
      const shown = isReportState(text) ? message(STATE_NAMES[text]) : (words.values[text] ?? text)
      return `${words.parts[key]} ${shown}`
    })
  return [...step, ...parts].join(' · ')
}

/** Of a list with reasons, each reason once. */
function reasonsIn(value: unknown): string | null {
  if (!Array.isArray(value)) return null
  const reasons = value.map((one: { reason?: unknown } | null) => one?.reason)
  return reasons.every((reason) => typeof reason === 'string') ? [...new Set(reasons)].join('；') : null
}
