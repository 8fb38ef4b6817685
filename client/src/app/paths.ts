/** Addresses of the screens. */
export const WORKBENCH_PATH = '/'
export const SIGN_IN_PATH = '/sign-in'
export const verifyPath = (sha256: string) => `/verify/${encodeURIComponent(sha256)}`
export const QUEUE_PATH = '/queue'
export const queuePath = (reportId: string) => `${QUEUE_PATH}/${encodeURIComponent(reportId)}`
export const versionsPath = (reportId: string) => `${reportPath(reportId)}/versions`
export const auditPath = (reportId: string) => `${reportPath(reportId)}/audit`
/** Opens at one comment, suggestion or return item. */
export const threadPath = (reportId: string, id: string) =>
  `${reportPath(reportId)}#${new URLSearchParams({ thread: id })}`
/** Opens at the list of what a return asks for. */
export const returnItemsPath = (reportId: string) => `${reportPath(reportId)}#review=items`
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
