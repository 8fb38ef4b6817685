import type { ErrorBody, ReportDetail } from '@gongping/protocol/http'
import { ApiError } from '../app/api.ts'

/**
 * Metadata and rights of a report. Unlike `api.get` it leaves the page where it is when the session has ended:
 * in an open report signing in again happens in place.
 *
 * @throws ApiError
 */
export async function fetchReport(reportId: string): Promise<ReportDetail> {
  let response: Response
  try {
    response = await fetch(`/api/reports/${encodeURIComponent(reportId)}`, { headers: { accept: 'application/json' } })
  } catch {
    throw new ApiError({
      status: 0,
      code: 'unreachable',
      words: { zh: '连接不上服务器。', en: 'The server cannot be reached.' },
    })
  }
  if (response.ok) return (await response.json()) as ReportDetail
  const body = (await response.json().catch(() => null)) as ErrorBody | null
  throw new ApiError({
    status: response.status,
    code: body?.error.code ?? `http_${response.status}`,
    words: body?.error.message ?? { zh: '报告没有打开，请重试。', en: 'The report did not open. Please try again.' },
  })
}
