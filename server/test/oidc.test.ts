import { generateKeyPairSync, sign } from 'node:crypto'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestServer, cookieOf, startTestServer } from './support/test-server.ts'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

let provider: Server
let issuer: string
let server: TestServer
/** Who the identity provider says has signed in. */
let username = 'filler'
let nonce = ''

/** A small identity provider: discovery, keys and a token endpoint that hands out signed id tokens. */
beforeAll(async () => {
  provider = createServer((request, response) => {
    const answer = (body: unknown) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify(body))
    }
    if (request.url === '/.well-known/openid-configuration') {
      answer({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
        id_token_signing_alg_values_supported: ['ES256'],
      })
    } else if (request.url === '/keys') {
      answer({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256', use: 'sig' }] })
    } else {
      const now = Math.floor(Date.now() / 1000)
      const claims = {
        iss: issuer,
        aud: 'gongping',
        sub: `sub-${username}`,
        iat: now,
        exp: now + 300,
        nonce,
        preferred_username: username,
        name: username,
        email: `${username}@id.example`,
      }
      const text = `${encode({ alg: 'ES256', kid: 'k' })}.${encode(claims)}`
      const signature = sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' })
      answer({
        access_token: 'a',
        token_type: 'Bearer',
        expires_in: 300,
        id_token: `${text}.${signature.toString('base64url')}`,
      })
    }
  })
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  server = await startTestServer({ oidc: { issuer, clientId: 'gongping', clientSecret: 'not-so-secret' } })
})
afterAll(async () => {
  await server.close()
  await new Promise((resolve) => provider.close(resolve))
})

const signInBy = async (name: string, state?: string) => {
  username = name
  const started = await server.request('/api/auth/sign-in/oidc', { method: 'POST' })
  expect(started.status).toBe(200)
  const { url } = (await started.json()) as { url: string }
  const target = new URL(url)
  nonce = target.searchParams.get('nonce') ?? ''
  const back = new URLSearchParams({ code: 'c', state: state ?? target.searchParams.get('state') ?? '' })
  const answer = await server.request(`http://127.0.0.1:3000/api/auth/callback/oidc?${back}`, {
    cookie: cookieOf(started),
  })
  return { target, answer }
}

test('[A8] somebody the identity provider vouches for enters the account of that user name', async () => {
  const { target, answer } = await signInBy('filler')
  expect(target.origin).toBe(issuer)
  expect(target.searchParams.get('code_challenge_method')).toBe('S256')
  expect(target.searchParams.get('redirect_uri')).toBe('http://127.0.0.1:3000/api/auth/callback/oidc')
  expect(answer.status).toBe(302)
  const me = await server.request('/api/me', { cookie: cookieOf(answer) })
  expect(await me.json()).toMatchObject({ id: server.userIds.filler, username: 'filler', role: 'filler' })
})

test('[A8] the page is told of it, and comes back to where it was and nowhere else', async () => {
  expect(await (await server.request('/api/auth/ways')).json()).toEqual({ oidc: true })
  const lead = async (returnTo: unknown) => {
    username = 'filler'
    const started = await server.request('/api/auth/sign-in/oidc', { method: 'POST', body: { returnTo } })
    const { url } = (await started.json()) as { url: string }
    nonce = new URL(url).searchParams.get('nonce') ?? ''
    const back = new URLSearchParams({ code: 'c', state: new URL(url).searchParams.get('state') ?? '' })
    const answer = await server.request(`http://127.0.0.1:3000/api/auth/callback/oidc?${back}`, {
      cookie: cookieOf(started),
    })
    return answer.headers.get('location')
  }
  expect(await lead('/reports/r1')).toBe('http://127.0.0.1:3000/reports/r1')
  for (const elsewhere of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '@evil.example',
    7,
    undefined,
  ]) {
    expect(await lead(elsewhere)).toBe('http://127.0.0.1:3000/')
  }
})

test('[A8] without an account made by the operator nobody enters', async () => {
  const { answer } = await signInBy('stranger')
  expect((await server.request('/api/me', { cookie: cookieOf(answer) })).status).toBe(401)
  expect(answer.headers.get('location')).toContain('/sign-in')
})

test('[A8] a forged state is refused', async () => {
  const { answer } = await signInBy('filler', 'forged')
  expect((await server.request('/api/me', { cookie: cookieOf(answer) })).status).toBe(401)
})

test('[A9] sign-ins by the identity provider, and those that failed, are in the audit trail like any other', async () => {
  const trail = async () =>
    (await server.database.db.selectFrom('audit').select(['action', 'user_id', 'detail']).orderBy('id').execute()).map(
      ({ action, user_id, detail }) => ({ action, userId: user_id, detail: JSON.parse(detail) as unknown }),
    )
  const before = (await trail()).length
  await signInBy('head')
  await signInBy('stranger')
  await signInBy('head', 'forged')
  const detail = { address: 'local', by: 'oidc' }
  expect((await trail()).slice(before)).toEqual([
    { action: 'sign-in', userId: server.userIds.head, detail },
    { action: 'sign-in-refused', userId: '', detail },
    { action: 'sign-in-refused', userId: '', detail },
  ])
})

test('[A9] whoever calls the way back without end waits, and the trail does not grow', async () => {
  const count = async () => (await server.database.db.selectFrom('audit').select('id').execute()).length
  const call = () => server.request('http://127.0.0.1:3000/api/auth/callback/oidc?code=c&state=made-up')
  for (let tries = 0; tries < 5; tries += 1) await call()
  const before = await count()
  expect((await call()).status).toBe(429)
  expect(await count()).toBe(before)
})
