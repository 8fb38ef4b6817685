/** Addresses of the screens. */
export const WORKBENCH_PATH = '/'
export const SIGN_IN_PATH = '/sign-in'
export const verifyPath = (sha256: string) => `/verify/${encodeURIComponent(sha256)}`
export const QUEUE_PATH = '/queue'
export const queuePath = (reportId: string) => `${QUEUE_PATH}/${encodeURIComponent(reportId)}`
export const versionsPath = (reportId: string) => `${reportPath(reportId)}/versions`
export const auditPath = (reportId: string) => `${reportPath(reportId)}/audit`
export const reportPath = (reportId: string) => `/reports/${encodeURIComponent(reportId)}`

export function signInPath({ returnTo, expired }: { returnTo?: string; expired?: boolean }): string {
  const query = new URLSearchParams()
  if (returnTo && returnTo !== WORKBENCH_PATH) query.set('return', returnTo)
  if (expired) query.set('expired', '1')
  const text = query.toString()
  return text ? `${SIGN_IN_PATH}?${text}` : SIGN_IN_PATH
}

/** Only paths of this site: a link must not lead a person who just signed in to a foreign page. */
export function safeReturnPath(search: string): string {
  const path = new URLSearchParams(search).get('return')
  return path && /^\/(?![/\\])/.test(path) && !path.startsWith(SIGN_IN_PATH) ? path : WORKBENCH_PATH
}
