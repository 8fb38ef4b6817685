import { isReportState } from '@gongping/permissions'
import type { ReportState } from '@gongping/permissions'

/** What the list shows, kept in the address so that "back" and a sent link show the same. */
export interface ListFilter {
  readonly query: string
  readonly state: ReportState | null
  readonly year: number | null
  readonly unit: string
  /** `-updatedAt` unless chosen by a column head. */
  readonly sort: string
  readonly page: number
  readonly pageSize: number
}

export const NO_FILTER: ListFilter = {
  query: '',
  state: null,
  year: null,
  unit: '',
  sort: '-updatedAt',
  page: 1,
  pageSize: 20,
}
export const PAGE_SIZES = [10, 20, 50, 100]
const SORTS = ['updatedAt', 'projectName', 'selfTotal', 'unit'].flatMap((key) => [key, `-${key}`])

/** Anything unreadable in the address falls back to no filter. */
export function parseFilter(search: string): ListFilter {
  const params = new URLSearchParams(search)
  const state = params.get('state')
  const sort = params.get('sort') ?? ''
  const year = wholeNumber(params.get('year'))
  const pageSize = wholeNumber(params.get('size'))
  return {
    query: (params.get('q') ?? '').slice(0, 100),
    state: isReportState(state) ? state : null,
    year: year !== null && year >= 1900 && year <= 2200 ? year : null,
    unit: (params.get('unit') ?? '').slice(0, 100),
    sort: SORTS.includes(sort) ? sort : NO_FILTER.sort,
    page: Math.max(1, wholeNumber(params.get('page')) ?? 1),
    pageSize: pageSize !== null && PAGE_SIZES.includes(pageSize) ? pageSize : NO_FILTER.pageSize,
  }
}

export function filterSearch(filter: ListFilter): string {
  const params = new URLSearchParams()
  if (filter.query) params.set('q', filter.query)
  if (filter.state) params.set('state', filter.state)
  if (filter.year !== null) params.set('year', String(filter.year))
  if (filter.unit) params.set('unit', filter.unit)
  if (filter.sort !== NO_FILTER.sort) params.set('sort', filter.sort)
  if (filter.page > 1) params.set('page', String(filter.page))
  if (filter.pageSize !== NO_FILTER.pageSize) params.set('size', String(filter.pageSize))
  const text = params.toString()
  return text ? `?${text}` : ''
}

export const isFiltered = (filter: ListFilter) =>
  Boolean(filter.query || filter.state || filter.year !== null || filter.unit)

function wholeNumber(text: string | null): number | null {
  return text && /^\d{1,9}$/.test(text) ? Number(text) : null
}
