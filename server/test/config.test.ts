import { describe, expect, test } from 'vitest'
import { StartError, originOf, readConfig } from '../src/config.ts'

const problemOf = (env: Record<string, string>, defaults?: { demo: boolean }) => {
  try {
    readConfig(env, defaults)
  } catch (error) {
    if (error instanceof StartError) return error.text
    throw error
  }
  return undefined
}

describe('environment', () => {
  test('[C1] an empty environment is a loopback server on the embedded database, without demo', () => {
    expect(readConfig({})).toEqual({
      host: '127.0.0.1',
      port: 3000,
      dataDir: './data',
      database: { kind: 'sqlite' },
      baseUrl: undefined,
      demo: undefined,
      logLevel: 'info',
      scoreDelayMs: 200,
      syncLimits: { socketsPerUser: 64, socketsPerAddress: 2000, upgradesPerMinute: 240 },
      autoVersionIdleMs: 600_000,
      authSecret: undefined,
      maxSessions: 3,
      oidc: undefined,
    })
  })

  test('[C1] blank means not set', () => {
    expect(readConfig({ PORT: ' ', DATABASE_URL: '', DEMO_PASSWORD: '' }).port).toBe(3000)
  })

  const wrong: readonly [string, Record<string, string>, RegExp][] = [
    ['a port that is none', { PORT: '80x' }, /PORT/],
    ['a port out of range', { PORT: '65536' }, /PORT/],
    ['a negative port', { PORT: '-1' }, /PORT/],
    ['demo mode beyond this machine', { DEMO: '1', HOST: '0.0.0.0' }, /HOST/],
    ['demo mode on a look-alike of loopback', { DEMO: '1', HOST: '127.0.0.1.example' }, /HOST/],
    ['a switch that is neither', { DEMO: 'maybe' }, /DEMO/],
    ['a short demo password', { DEMO: '1', DEMO_PASSWORD: 'short' }, /DEMO_PASSWORD/],
    ['Redis without PostgreSQL', { REDIS_URL: 'redis://127.0.0.1' }, /DATABASE_URL/],
    [
      'several nodes without a common secret',
      { REDIS_URL: 'redis://127.0.0.1', DATABASE_URL: 'postgres://127.0.0.1/x' },
      /AUTH_SECRET/,
    ],
    ['a Redis that is none', { REDIS_URL: 'http://127.0.0.1', DATABASE_URL: 'postgres://127.0.0.1/x' }, /REDIS_URL/],
    ['a proxy by name', { TRUST_PROXY: '10.0.0.0/8, proxy.example' }, /TRUST_PROXY/],
    ['a network too narrow', { TRUST_PROXY: '10.0.0.1/33' }, /TRUST_PROXY/],
    ['another database', { DATABASE_URL: 'mysql://127.0.0.1/x' }, /DATABASE_URL/],
    ['a base URL with a path', { BASE_URL: 'https://example.gov.cn/app' }, /BASE_URL/],
    ['a base URL of another kind', { BASE_URL: 'ftp://example.gov.cn' }, /BASE_URL/],
    ['a short secret', { AUTH_SECRET: 'short' }, /AUTH_SECRET/],
    ['an unknown log level', { LOG_LEVEL: 'loud' }, /LOG_LEVEL/],
    ['a slow scorer', { SCORE_DELAY_MS: '1001' }, /SCORE_DELAY_MS/],
    ['mail without a sender', { SMTP_URL: 'smtp://127.0.0.1' }, /MAIL_FROM/],
    ['mail from no address', { SMTP_URL: 'smtp://127.0.0.1', MAIL_FROM: 'Gongping' }, /MAIL_FROM/],
    ['mail from two', { SMTP_URL: 'smtp://127.0.0.1', MAIL_FROM: 'a@b.example, c@d.example' }, /MAIL_FROM/],
    ['a mail server that is none', { SMTP_URL: 'http://127.0.0.1', MAIL_FROM: 'a@b.example' }, /SMTP_URL/],
    ['a sender without a mail server', { MAIL_FROM: 'a@b.example' }, /SMTP_URL/],
    ['half of single sign-on', { OIDC_ISSUER: 'https://id.example' }, /OIDC_CLIENT_ID/],
  ]
  for (const [name, env, named] of wrong) {
    test(`[C2] ${name} stops the start, in both languages`, () => {
      const problem = problemOf(env)
      expect(problem?.zh).toMatch(/\p{Script=Han}/u)
      expect(problem?.zh).toMatch(named)
      expect(problem?.en).toMatch(named)
    })
  }

  test('[C1] the sender of mails has a name or gets ours', () => {
    const url = 'smtps://user:secret@mail.example'
    const senderOf = (from: string) => readConfig({ SMTP_URL: url, MAIL_FROM: from }).mail?.from
    expect(senderOf('no-reply@office.example')).toEqual({ name: '共评', address: 'no-reply@office.example' })
    expect(senderOf('某县财政局 <no-reply@office.example>')).toMatchObject({ name: '某县财政局' })
  })

  test('[C3] demo mode follows the entry point unless the environment says otherwise', () => {
    expect(readConfig({}, { demo: true }).demo).toEqual({ password: undefined })
    expect(readConfig({ DEMO: '0' }, { demo: true }).demo).toBeUndefined()
    expect(readConfig({ DEMO: '1', DEMO_PASSWORD: 'long-enough', HOST: '::1' }).demo).toEqual({
      password: 'long-enough',
    })
  })

  test('[C4] the public origin has no trailing slash and a usable name', () => {
    expect(readConfig({ BASE_URL: 'https://example.gov.cn/' }).baseUrl).toBe('https://example.gov.cn')
    expect(originOf('127.0.0.1', 3000)).toBe('http://127.0.0.1:3000')
    expect(originOf('::1', 80)).toBe('http://[::1]')
    expect(originOf('0.0.0.0', 3000)).toBe('http://localhost:3000')
  })
})
