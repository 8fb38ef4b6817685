import type { Message } from '@gongping/permissions'
import type { ErrorBody } from '@gongping/protocol/http'

/** A request that was refused or failed; `message` of the server in both languages. */
export class ApiError extends Error {
  /** HTTP status; 0 when the server could not be reached. */
  readonly status: number
  readonly code: string
  readonly words: Message
  readonly details: unknown
  /** Seconds until another try makes sense, from `Retry-After`; null when the server did not say. */
  readonly retryAfter: number | null

  constructor(init: { status: number; code: string; words: Message; details?: unknown; retryAfter?: number | null }) {
    super(`${init.status} ${init.code}: ${init.words.en}`)
    this.name = 'ApiError'
    this.status = init.status
    this.code = init.code
    this.words = init.words
    this.details = init.details
    this.retryAfter = init.retryAfter ?? null
  }
}

type Query = Readonly<Record<string, string | number | undefined>>

interface Options {
  readonly query?: Query
  readonly signal?: AbortSignal
}

/**
 * JSON over HTTP under `/api`. Every method throws `ApiError`. An expired session (401) is also announced to
 * `onSignedOut`, except for requests under `/api/auth`, where it mostly means a wrong password.
 */
export const api = {
  get: <T>(path: string, options: Options = {}) => request<T>({ method: 'GET', path, ...options }),
  post: <T>(path: string, body: unknown = {}, options: Options = {}) =>
    request<T>({ method: 'POST', path, body, ...options }),
  patch: <T>(path: string, body: unknown, options: Options = {}) =>
    request<T>({ method: 'PATCH', path, body, ...options }),
  put: <T>(path: string, body: unknown, options: Options = {}) => request<T>({ method: 'PUT', path, body, ...options }),
  delete: <T>(path: string, options: Options = {}) => request<T>({ method: 'DELETE', path, ...options }),
}

/**
 * Says from now on with every request whose page this is: with another account signed in in another tab, the cookie alone
 * would do this user's deeds in that one's name. Null for nobody's.
 */
export function requestAs(userId: string | null): void {
  pageOf = userId
}
let pageOf: string | null = null

/** For links and streams, which bring no header. */
export function withPageOf(path: string): string {
  if (pageOf === null) return path
  return `${path}${path.includes('?') ? '&' : '?'}gongping-user=${encodeURIComponent(pageOf)}`
}

/**
 * Calls back whenever the server says that nobody is signed in. If any listener can ask for the password `inPlace`, only
 * those are called: a page with work on it is not left. Returns the way to stop.
 */
export function onSignedOut(listener: () => void, { inPlace = false } = {}): () => void {
  const listeners = inPlace ? signedOutInPlace : signedOutListeners
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** What to tell the user about anything thrown. */
export function errorMessage(error: unknown): Message {
  if (error instanceof ApiError) return error.words
  return { zh: '操作没有成功，请重试。', en: 'That did not work. Please try again.' }
}

/** Not there, or not allowed: asking again gets the same answer. */
export function isFinal(error: unknown): boolean {
  return error instanceof ApiError && [403, 404].includes(error.status)
}

/** A refusal of what was sent before the last of them says nothing about the session there is now. */
let signIns = 0
const signedOutListeners = new Set<() => void>()
const signedOutInPlace = new Set<() => void>()

async function request<T>(what: Options & { method: string; path: string; body?: unknown }): Promise<T> {
  const signInsBefore = signIns
  const response = await send(what)
  if (response.ok && what.path.startsWith('/api/auth/sign-in/')) signIns += 1
  if (response.ok) return (response.status === 204 ? undefined : await readJson(response)) as T
  const error = await toError(response)
  if (error.status === 401 && signIns === signInsBefore && !what.path.startsWith('/api/auth/')) {
    for (const listener of signedOutInPlace.size > 0 ? signedOutInPlace : signedOutListeners) listener()
  }
  throw error
}

async function send(what: Options & { method: string; path: string; body?: unknown }): Promise<Response> {
  const headers = new Headers({ accept: 'application/json' })
  if (pageOf !== null) headers.set('gongping-user', pageOf)
  const init: RequestInit = { method: what.method, headers }
  if (what.body !== undefined) {
    init.body = JSON.stringify(what.body)
    headers.set('content-type', 'application/json')
  }
  if (what.signal) init.signal = what.signal
  const url = what.path + queryString(what.query)
  try {
    if (!UNUSUAL.has(what.method)) return await fetch(url, init)
    const response = isPostOnly ? null : await fetch(url, init)
    if (response && !(await isOfNetwork(response))) return response
    headers.set('x-http-method-override', what.method)
    const instead = await fetch(url, { ...init, method: 'POST' })
    isPostOnly = !(await isOfNetwork(instead))
    return response && !isPostOnly ? response : instead
  } catch (cause) {
    if (what.signal?.aborted) throw cause
    throw new ApiError({ status: 0, code: 'unreachable', words: UNREACHABLE })
  }
}

/** Some networks let only GET and POST through, and answer the rest themselves. */
let isPostOnly = false
const UNUSUAL = new Set(['PATCH', 'PUT', 'DELETE'])
/** Our server says in words why it refuses. */
async function isOfNetwork(response: Response): Promise<boolean> {
  if (![403, 404, 405, 501].includes(response.status)) return false
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => null)
  return !isErrorBody(body)
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch {
    throw new ApiError({ status: response.status, code: 'bad_answer', words: BY_STATUS[500]! })
  }
}

async function toError(response: Response): Promise<ApiError> {
  const { status } = response
  const retryAfter = Number(response.headers.get('retry-after') ?? response.headers.get('x-retry-after'))
  const rest = { status, retryAfter: retryAfter > 0 ? retryAfter : null }
  const body: unknown = await response.json().catch(() => null)
  if (isErrorBody(body)) {
    return new ApiError({ ...rest, code: body.error.code, words: body.error.message, details: body.error.details })
  }
  return new ApiError({
    ...rest,
    code: `http_${status}`,
    words: BY_STATUS[status] ?? BY_STATUS[status >= 500 ? 500 : 400]!,
  })
}

function isErrorBody(body: unknown): body is ErrorBody {
  const error = (body as Partial<ErrorBody> | null)?.error
  return typeof error?.message?.zh === 'string' && typeof error.message.en === 'string'
}

function queryString(query: Query = {}): string {
  const entries = Object.entries(query).filter((entry) => entry[1] !== undefined && entry[1] !== '')
  if (entries.length === 0) return ''
  return `?${new URLSearchParams(entries.map(([key, value]) => [key, String(value)]))}`
}

const UNREACHABLE: Message = {
  zh: '连接不上服务器，请检查网络后重试。',
  en: 'The server cannot be reached. Check the network and try again.',
}

/** For answers that carry no words of their own, e.g. from a proxy in front of the server. */
const BY_STATUS: Readonly<Record<number, Message>> = {
  400: { zh: '请求有误，没有办理。', en: 'The request was not accepted.' },
  401: { zh: '登录已失效，请重新登录。', en: 'You are signed out. Please sign in again.' },
  403: { zh: '您没有办理此事的权限。', en: 'You may not do this.' },
  404: { zh: '没有找到，或者您无权查看。', en: 'Not found, or not open to you.' },
  413: { zh: '提交的内容太大。', en: 'That is too large.' },
  429: { zh: '操作太频繁，请稍后再试。', en: 'Too many tries. Please wait a moment.' },
  500: { zh: '服务器出错，请稍后再试。', en: 'The server failed. Please try again later.' },
  503: { zh: '服务器正忙或正在重启，请稍后再试。', en: 'The server is busy or restarting. Please try again shortly.' },
}
