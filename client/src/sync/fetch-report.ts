import type { ReportDetail } from '@gongping/protocol/http'
import { api } from '../app/api.ts'

/** Metadata and rights of a report. @throws ApiError */
export const fetchReport = (reportId: string, options: { readonly signal?: AbortSignal } = {}) =>
  api.get<ReportDetail>(`/api/reports/${encodeURIComponent(reportId)}`, options)
