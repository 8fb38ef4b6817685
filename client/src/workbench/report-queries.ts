import type { ReportList, TemplateSummary } from '@gongping/protocol/http'
import { keepPreviousData, queryOptions, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { api } from '../app/api.ts'
import { listenToServer } from '../app/server-events.ts'
import type { ListFilter } from './list-filter.ts'

export const reportListQuery = (filter: ListFilter) =>
  queryOptions({
    queryKey: ['reports', 'list', filter],
    queryFn: ({ signal }) =>
      api.get<ReportList>('/api/reports', {
        signal,
        query: {
          query: filter.query,
          state: filter.state ?? undefined,
          year: filter.year ?? undefined,
          unit: filter.unit,
          sort: filter.sort,
          page: filter.page,
          pageSize: filter.pageSize,
        },
      }),
    placeholderData: keepPreviousData,
  })

/** Years and units to offer in the filter, from the hundred most recent reports. */
export const choicesQuery = queryOptions({
  queryKey: ['reports', 'choices'],
  queryFn: async ({ signal }) => {
    const { reports } = await api.get<ReportList>('/api/reports', { signal, query: { pageSize: 100 } })
    return {
      years: [...new Set(reports.map((report) => report.fiscalYear))].toSorted((a, b) => b - a),
      units: [...new Set(reports.map((report) => report.unit))].toSorted((a, b) => a.localeCompare(b, 'zh')),
    }
  },
  staleTime: 60_000,
})

export const templatesQuery = queryOptions({
  queryKey: ['templates'],
  queryFn: async () => (await api.get<{ templates: TemplateSummary[] }>('/api/templates')).templates,
  staleTime: Infinity,
})

/** Asks for the lists again when the server says something changed; a busy report asks at most once a second. */
export function useLiveReports(): void {
  const client = useQueryClient()
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const refresh = () => {
      timer ??= setTimeout(() => {
        timer = undefined
        void client.invalidateQueries({ queryKey: ['reports'] })
      }, REFRESH_MS)
    }
    const stop = listenToServer(refresh, refresh)
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [client])
}

const REFRESH_MS = 1_000
