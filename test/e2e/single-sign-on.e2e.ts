import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser, openActor } from '../support/browser.ts'
import { DEMO_PASSWORD, startServer, type TestServer } from '../support/server.ts'

/** What the page makes of single sign-on; that it lets nobody in who has no account is the server's: oidc.test.ts. */
let provider: Server
let server: TestServer
let browser: Browser

beforeAll(async () => {
  let issuer = ''
  provider = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    const [authorization_endpoint, token_endpoint, jwks_uri] = ['authorize', 'token', 'keys'].map(
      (at) => `${issuer}/${at}`,
    )
    response.end(JSON.stringify({ issuer, authorization_endpoint, token_endpoint, jwks_uri }))
  })
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  server = await startServer({ OIDC_ISSUER: issuer, OIDC_CLIENT_ID: 'gongping', OIDC_CLIENT_SECRET: 'not-so-secret' })
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await server?.remove()
  provider?.close()
})

test('[A8] the sign-in screen leads to the identity provider, and says so when that did not work', async () => {
  const page = await browser.newPage({ locale: 'zh-CN' })
  await page.goto(`${server.url}/reports/demo`)
  await page.getByRole('button', { name: '统一身份认证登录' }).click()
  await page.waitForURL(/\/authorize\?/)
  expect(new URL(page.url()).searchParams.get('client_id')).toBe('gongping')
  await page.goto(`${server.url}/sign-in?error=signup_disabled`)
  await page.getByText('统一身份认证没有成功').waitFor()
})

test('[A8] [C13] an ended session goes on in place once its person has signed in in another window', async () => {
  const { page, context } = await openActor(browser, { username: 'filler', password: DEMO_PASSWORD, url: server.url })
  await page.goto(`${server.url}/reports/demo`)
  const saveState = page.getByRole('banner').locator('.save-state')
  await expect.poll(() => saveState.getAttribute('data-state')).toBe('saved')
  const send = (path: string, data: object) =>
    context.request.post(`${server.url}/api/auth/${path}`, { data, headers: { origin: server.url } })
  await send('sign-out', {})
  const question = page.getByRole('dialog', { name: '请重新登录' })
  await question.getByRole('button', { name: '已登录，继续' }).click({ timeout: 60_000 })
  await question.getByRole('alert').waitFor()
  await send('sign-in/username', { username: 'head', password: DEMO_PASSWORD })
  await question.getByRole('button', { name: '已登录，继续' }).click()
  await question.getByText('改用另一个账号登录').waitFor()
  await send('sign-in/username', { username: 'filler', password: DEMO_PASSWORD })
  await question.getByRole('button', { name: '已登录，继续' }).click()
  await question.waitFor({ state: 'detached' })
  await expect.poll(() => saveState.getAttribute('data-state')).toBe('saved')
})
