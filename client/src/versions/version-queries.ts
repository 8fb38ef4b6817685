import type {
  Comparison,
  History,
  RestoreRequest,
  RestoreResult,
  VerifiedVersions,
  VersionList,
  VersionSummary,
} from '@gongping/protocol/http'
import { queryOptions } from '@tanstack/react-query'
import { api } from '../app/api.ts'
import { fetchReport } from '../sync/fetch-report.ts'

const base = (reportId: string) => `/api/reports/${encodeURIComponent(reportId)}`

export const detailQuery = (reportId: string) =>
  queryOptions({
    queryKey: ['report', reportId, 'detail'],
    queryFn: ({ signal }) => fetchReport(reportId, { signal }),
  })

export const versionsQuery = (reportId: string) =>
  queryOptions({
    queryKey: ['report', reportId, 'versions'],
    queryFn: async ({ signal }) => (await api.get<VersionList>(`${base(reportId)}/versions`, { signal })).versions,
    // What a version changed is counted in the background: ask again while something is missing.
    refetchInterval: ({ state }) => (state.data?.some(({ changes }) => changes === null) ? 2_000 : false),
  })

export const comparisonQuery = (reportId: string, from: string, to: string) =>
  queryOptions({
    queryKey: ['report', reportId, 'compare', from, to],
    queryFn: ({ signal }) =>
      api.get<Comparison>(`${base(reportId)}/versions/${encodeURIComponent(from)}/compare/${encodeURIComponent(to)}`, {
        signal,
      }),
    staleTime: Infinity,
    enabled: from !== '',
  })

export type HistoryOf = { readonly indicatorId: string } | { readonly section: string }

export const historyQuery = (reportId: string, of: HistoryOf) =>
  queryOptions({
    queryKey: ['report', reportId, 'history', of],
    queryFn: ({ signal }) => api.get<History>(`${base(reportId)}/history`, { signal, query: { ...of } }),
    staleTime: 0,
  })

export const verifyQuery = (sha256: string) =>
  queryOptions({
    queryKey: ['verify', sha256],
    queryFn: async ({ signal }) =>
      (await api.get<VerifiedVersions>(`/api/versions/verify/${encodeURIComponent(sha256)}`, { signal })).versions,
    enabled: sha256 !== '',
    retry: false,
  })

export const restoreVersion = (reportId: string, versionId: string, scope: RestoreRequest['scope']) =>
  api.post<RestoreResult>(`${base(reportId)}/versions/${encodeURIComponent(versionId)}/restore`, { scope })

export const nameVersion = (reportId: string, name: string) =>
  api.post<VersionSummary>(`${base(reportId)}/versions`, { name })
