import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { AntdProvider } from '../app/antd-provider.tsx'
import { errorMessage } from '../app/api.ts'
import { AppHeader } from '../app/header.tsx'
import { useMessage, useWords } from '../app/language.ts'
import { useMe } from '../app/me.tsx'
import { reportPath, WORKBENCH_PATH } from '../app/paths.ts'
import { filterSearch, isFiltered, NO_FILTER, parseFilter } from './list-filter.ts'
import type { ListFilter } from './list-filter.ts'
import { NewReportDialog } from './new-report-dialog.tsx'
import { FilterRow } from './filter-row.tsx'
import { reportListQuery, useLiveReports } from './report-queries.ts'
import { ReportTable } from './report-table.tsx'
import { StateCounters } from './state-counters.tsx'
import { workbenchWords } from './words.ts'
import './workbench.css'

export function WorkbenchScreen() {
  const words = useWords(workbenchWords)
  const message = useMessage()
  const me = useMe()
  const [, navigate] = useLocation()
  const filter = parseFilter(useSearch())
  const list = useQuery(reportListQuery(filter))
  const [creating, setCreating] = useState(false)
  useLiveReports()

  const show = (next: ListFilter) => {
    // Searching for the same again asks the server again.
    if (filterSearch(next) === filterSearch(filter)) void list.refetch()
    else navigate(WORKBENCH_PATH + filterSearch(next))
  }
  const mayCreate = me.role === 'filler' || me.role === 'admin'
  return (
    <AntdProvider>
      <AppHeader />
      <main className="workbench">
        <h1 className="visually-hidden">{words.title}</h1>
        <StateCounters
          counts={list.data?.counts ?? null}
          chosen={filter.state}
          onChoose={(state) => show({ ...filter, state, page: 1 })}
        />
        <section className="card">
          <FilterRow
            filter={filter}
            onFilter={show}
            onReset={() => show({ ...NO_FILTER, pageSize: filter.pageSize })}
            onCreate={mayCreate ? () => setCreating(true) : null}
          />
          {list.isError && list.data ? <output className="notice">{words.stale}</output> : null}
          {list.isError && !list.data ? (
            <div className="list-failed" role="alert">
              <h2>{words.loadFailed}</h2>
              <p>{message(errorMessage(list.error))}</p>
              <button type="button" className="btn" onClick={() => void list.refetch()}>
                {words.retry}
              </button>
            </div>
          ) : (
            <ReportTable
              list={list.data ?? null}
              filter={filter}
              onFilter={show}
              empty={<NothingToShow filtered={isFiltered(filter)} mayCreate={mayCreate} />}
            />
          )}
        </section>
      </main>
      {creating ? (
        <NewReportDialog onClose={() => setCreating(false)} onCreated={(id) => navigate(reportPath(id))} />
      ) : null}
    </AntdProvider>
  )
}

function NothingToShow({ filtered, mayCreate }: { filtered: boolean; mayCreate: boolean }) {
  const words = useWords(workbenchWords)
  if (filtered) return <p className="nothing">{words.nothingFound}</p>
  return (
    <div className="nothing">
      <b>{words.emptyTitle}</b>
      <p>{mayCreate ? words.emptyForFiller : words.emptyForOthers}</p>
    </div>
  )
}
