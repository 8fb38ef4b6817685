import { ChangePassword, SignIn, SignInWays } from '@gongping/protocol/http'
import { createRoute } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { z } from 'zod'
import { CLIENT_ADDRESS_HEADER, OIDC_PROVIDER, normalizeUsername } from '../../auth/accounts.ts'
import { IDLE_MS } from '../../auth/session.ts'
import { insertAudit, type Deed } from '../../db/audit.ts'
import { endSessions, keepNewestSessions } from '../../db/sessions.ts'
import type { Deps } from '../../deps.ts'
import { RequestError } from '../../reports/request-error.ts'
import type { AppEnv } from '../app-env.ts'
import { limitBody } from '../body-limit.ts'
import { createClientAddress } from '../client-address.ts'
import { answerTooManyTries } from '../errors.ts'
import { isPageOfOther, requireSession } from '../guards.ts'
import { createRoutes, INVALID, jsonAnswer, jsonBody, SIGNED_OUT, TOO_MANY } from '../openapi.ts'
import { createSignInLimit } from '../sign-in-limit.ts'

/** Of one account at the same time. */
const MAX_SESSIONS = 3
/** Names and passwords, bytes. */
const MAX_BODY_BYTES = 8 * 1024

type AuthDeps = Pick<
  Deps,
  'auth' | 'db' | 'baseUrl' | 'oidc' | 'readSession' | 'documents' | 'now' | 'trustProxy' | 'maxSessions'
>

/** Sign-in and sign-out. Of better-auth's own routes only these are reachable. */
export function authRoutes(deps: AuthDeps) {
  const { auth, db, baseUrl, oidc, readSession, documents, now, trustProxy, maxSessions = MAX_SESSIONS } = deps
  const clientAddress = createClientAddress(trustProxy)
  const limit = createSignInLimit(db, now)
  const audit = (deed: Omit<Deed, 'at'>) => db.transaction().execute((trx) => insertAudit(trx, { at: now(), ...deed }))
  /** Whoever signs in once more than is allowed is signed out where they signed in first. */
  const endOldest = async (userId: string) => {
    const [at, idleSince] = [new Date(now()), new Date(now() - IDLE_MS)]
    const ended = await keepNewestSessions(db, { userId, keep: maxSessions, at, idleSince })
    if (ended > 0) await documents.userChanged(userId)
  }
  // better-auth judges cookies by the Origin; ours has been checked already and scripts need not send one.
  const headersFor = (c: Context<AppEnv>) => {
    const headers = new Headers(c.req.raw.headers)
    headers.set('origin', baseUrl)
    headers.set(CLIENT_ADDRESS_HEADER, clientAddress(c))
    headers.delete('content-length')
    return headers
  }

  const routes = createRoutes()
  routes.use(limitBody(MAX_BODY_BYTES))

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/sign-in/username',
      request: jsonBody(SignIn.meta({ id: 'SignIn' })),
      responses: {
        200: jsonAnswer('Signed in; the session cookie is set', Done),
        ...INVALID,
        ...SIGNED_OUT,
        ...TOO_MANY,
      },
    }),
    async (c) => {
      const { username, password } = c.req.valid('json')
      const name = normalizeUsername(username)
      const address = clientAddress(c)
      // Counted before the slow check of the password, so that tries sent at once don't all slip through.
      const waitSeconds = await limit.begin(address, name)
      if (waitSeconds > 0) return answerTooManyTries(c, waitSeconds) as never
      const answer = await auth.api.signInUsername({
        body: { username: name, password },
        headers: headersFor(c),
        asResponse: true,
      })
      if (!answer.ok) {
        if (answer.status >= 500) throw new Error(`better-auth answered ${answer.status} to a sign-in`)
        await audit({ userId: '', action: 'sign-in-refused', detail: { username: name.slice(0, 64), address } })
        throw wrongPassword()
      }
      await limit.succeeded(address, name)
      copyCookies(answer, c)
      const { user } = (await answer.json()) as { user: { id: string } }
      await audit({ userId: user.id, action: 'sign-in', detail: { address } })
      await endOldest(user.id)
      return c.json({ ok: true as const }, 200)
    },
  )

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/sign-out',
      responses: { 200: jsonAnswer('Signed out; also when nobody was signed in', Done) },
    }),
    async (c) => {
      const session = await readSession(c.req.header('cookie'))
      // The session is that of whoever signed in after this page was opened.
      if (session && isPageOfOther(c, session.userId)) return c.json({ ok: true as const }, 200)
      const answer = await auth.api.signOut({ headers: headersFor(c), asResponse: true })
      copyCookies(answer, c)
      if (session) {
        await audit({ userId: session.userId, action: 'sign-out' })
        await documents.userChanged(session.userId)
      }
      // Storage stays: it may hold edits that have not reached the server yet.
      c.header('Clear-Site-Data', '"cache"')
      return c.json({ ok: true as const }, 200)
    },
  )

  routes.use('/sign-out-everywhere', requireSession(readSession))
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/sign-out-everywhere',
      responses: { 200: jsonAnswer('Every session of the account has ended, this one too', Done), ...SIGNED_OUT },
    }),
    async (c) => {
      const { userId } = c.get('session')
      const answer = await auth.api.signOut({ headers: headersFor(c), asResponse: true })
      copyCookies(answer, c)
      const others = await endSessions(db, userId)
      await audit({ userId, action: 'sign-out', detail: { everywhere: true, others } })
      await documents.userChanged(userId)
      c.header('Clear-Site-Data', '"cache"')
      return c.json({ ok: true as const }, 200)
    },
  )

  routes.use('/change-password', requireSession(readSession))
  routes.openapi(
    createRoute({
      method: 'post',
      path: '/change-password',
      request: jsonBody(ChangePassword.meta({ id: 'ChangePassword' })),
      responses: {
        200: jsonAnswer('Changed; every other session of the account has ended', Done),
        ...INVALID,
        ...SIGNED_OUT,
      },
    }),
    async (c) => {
      const { currentPassword, newPassword } = c.req.valid('json')
      const { userId, username } = c.get('session')
      const address = clientAddress(c)
      const waitSeconds = await limit.begin(address, username)
      if (waitSeconds > 0) return answerTooManyTries(c, waitSeconds) as never
      const answer = await auth.api.changePassword({
        body: { currentPassword, newPassword, revokeOtherSessions: true },
        headers: headersFor(c),
        asResponse: true,
      })
      if (!answer.ok) throw wrongCurrentPassword()
      await limit.succeeded(address, username)
      copyCookies(answer, c)
      await audit({ userId, action: 'password-changed' })
      await documents.userChanged(userId)
      return c.json({ ok: true as const }, 200)
    },
  )

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/ways',
      responses: { 200: jsonAnswer('How people may sign in', SignInWays.meta({ id: 'SignInWays' })) },
    }),
    (c) => c.json({ oidc: oidc !== undefined }, 200),
  )
  if (oidc) {
    routes.post('/sign-in/oidc', async (c) => {
      const { returnTo } = OidcStart.parse(await c.req.json().catch(() => ({})))
      const answer = await auth.api.signInSocial({
        body: { provider: OIDC_PROVIDER, callbackURL: baseUrl + returnTo, errorCallbackURL: `${baseUrl}/sign-in` },
        headers: headersFor(c),
        asResponse: true,
      })
      if (!answer.ok) throw new Error(`the identity provider can't be used: ${answer.status}`)
      copyCookies(answer, c)
      const { url } = (await answer.json()) as { url: string }
      return c.json({ url })
    })
    routes.get(`/callback/${OIDC_PROVIDER}`, async (c) => {
      const address = clientAddress(c)
      // Everybody can call this: without a limit the trail could be filled with what never was a sign-in.
      const attempt = `${OIDC_PROVIDER} ${(c.req.query('state') ?? '').slice(0, 64)}`
      const waitSeconds = await limit.begin(address, attempt)
      if (waitSeconds > 0) return answerTooManyTries(c, waitSeconds)
      const answer = await auth.handler(new Request(c.req.url, { headers: headersFor(c) }))
      const cookies = answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0])
      const session = await readSession(cookies.join('; '))
      const detail = { address, by: OIDC_PROVIDER }
      if (session) {
        await limit.succeeded(address, attempt)
        await endOldest(session.userId)
      }
      await audit({ userId: session?.userId ?? '', action: session ? 'sign-in' : 'sign-in-refused', detail })
      return new Response(answer.body, { status: answer.status, headers: answer.headers })
    })
  }
  return routes
}

const Done = z.object({ ok: z.literal(true) })

/** A page of ours to come back to; anything else is the first page. */
const OidcStart = z
  .object({
    returnTo: z
      .string()
      .max(500)
      .regex(/^\/(?![/\\])/)
      .catch('/'),
  })
  .catch({ returnTo: '/' })

function copyCookies(from: Response, c: Context<AppEnv>): void {
  for (const cookie of from.headers.getSetCookie()) c.header('Set-Cookie', cookie, { append: true })
}

/** The same for an unknown name, so that nobody can probe for accounts. */
const wrongPassword = () =>
  new RequestError({
    kind: 'signed-out',
    code: 'wrong_password',
    text: { zh: '用户名或密码不正确。', en: 'The user name or the password is wrong.' },
  })

const wrongCurrentPassword = () =>
  new RequestError({
    kind: 'invalid',
    code: 'wrong_password',
    text: { zh: '当前密码不正确。', en: 'The current password is wrong.' },
  })
