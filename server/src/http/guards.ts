import type { Context, MiddlewareHandler } from 'hono'
import type { NoteActivity, ReadSession } from '../auth/session.ts'
import type { Deps } from '../deps.ts'
import { RequestError } from '../reports/request-error.ts'
import type { AppEnv } from './app-env.ts'
import { answerForbidden, answerUnavailable, answerUnsupportedType } from './errors.ts'
import { SAFE_METHODS } from './safe-methods.ts'

/**
 * State-changing requests come from our own page, or from a script that sends a cookie and no Origin. A foreign page
 * can't leave its Origin out, and can't send JSON without asking first.
 */
export function requireOwnOrigin(baseUrl: string): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (SAFE_METHODS.has(c.req.method)) return next()
    const origin = c.req.header('origin')
    const site = c.req.header('sec-fetch-site')
    const isForeign = origin === undefined ? site !== undefined && !OWN_SITES.has(site) : origin !== baseUrl
    if (isForeign) return answerForbidden(c, 'foreign_origin', FOREIGN)
    if (!hasAcceptedType(c.req.raw)) return answerUnsupportedType(c)
    return next()
  }
}

/** Answers 503 at once while the database is out of reach, so that a proxy asks another node. */
export function refuseWhenCutOff({ isCutOff }: Pick<Deps, 'isCutOff'>): MiddlewareHandler<AppEnv> {
  return async (c, next) => (isCutOff?.() ? answerUnavailable(c) : next())
}

/**
 * Answers 401 to everybody who is not signed in, and to a page that says whose it is when its browser has been signed in
 * as somebody else meanwhile: what its user does would be done, and stand in the trail, in that other name.
 */
export function requireSession(readSession: ReadSession): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const session = c.get('session') ?? (await readSession(c.req.header('cookie')))
    if (!session) throw signedOut()
    if (isPageOfOther(c, session.userId)) throw otherUser()
    c.set('session', session)
    return next()
  }
}

/** Whose page a request comes from: a header or, of links and streams, in the address. Scripts need not say. */
const PAGE_OF = 'gongping-user'

export function isPageOfOther(c: Context<AppEnv>, userId: string): boolean {
  const pageOf = c.req.header(PAGE_OF) ?? c.req.query(PAGE_OF)
  return pageOf !== undefined && pageOf !== userId
}

const otherUser = () =>
  new RequestError({
    kind: 'signed-out',
    code: 'other_user',
    text: {
      zh: '这个浏览器已改用另一个账号登录，刚才的操作没有执行。请重新登录。',
      en: 'This browser is signed in with another account now. Nothing was done; please sign in again.',
    },
  })

export const signedOut = () =>
  new RequestError({
    kind: 'signed-out',
    code: 'signed_out',
    text: {
      zh: '您尚未登录或登录已失效，请重新登录。',
      en: 'You are not signed in, or your session has ended. Please sign in.',
    },
  })

/**
 * What keeps a session from being idle: writing, and asking who is signed in, which a page does when it is opened and now
 * and then while somebody moves in it. What a page reads because others did something is no deed of its own.
 */
export function noteDeeds(noteActivity: NoteActivity): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await next()
    const session = c.get('session') as AppEnv['Variables']['session'] | undefined
    if (session && (!SAFE_METHODS.has(c.req.method) || c.req.path === '/api/me')) noteActivity(session.sessionId)
  }
}

const OWN_SITES = new Set(['same-origin', 'none'])
const FOREIGN = {
  zh: '请求来自其他网站，已拒绝。请从本系统页面操作。',
  en: 'The request came from another site and was refused. Please use the pages of this system.',
}

/** A request without a body needs no type. */
function hasAcceptedType(request: Request): boolean {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type === 'application/json' || type === 'multipart/form-data') return true
  return (
    type === undefined &&
    Number(request.headers.get('content-length') ?? 0) === 0 &&
    !request.headers.has('transfer-encoding')
  )
}
