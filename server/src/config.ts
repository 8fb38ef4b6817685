import { isIP } from 'node:net'
import type { Message } from '@gongping/permissions'
import { MailAddress } from '@gongping/protocol/http'

/** Everything the operator decides, read once from the environment. */
export interface Config {
  readonly host: string
  /** 0 takes any free port; `baseUrl` is then completed after listening. */
  readonly port: number
  /** One folder is the whole state of the embedded database. */
  readonly dataDir: string
  readonly database: { readonly kind: 'sqlite' } | { readonly kind: 'postgres'; readonly url: string }
  /** Public origin without a trailing slash; undefined means: from host and port. */
  readonly baseUrl: string | undefined
  readonly demo: { readonly password: string | undefined } | undefined
  readonly logLevel: LogLevel
  /** How long after an edit the server stores and scores, milliseconds; at latest 1000. */
  readonly scoreDelayMs: number
  readonly syncLimits: {
    readonly socketsPerUser: number
    readonly socketsPerAddress: number
    /** Of one user. */
    readonly upgradesPerMinute: number
  }
  /** Quiet after the last edit before an automatic version is kept, milliseconds. */
  readonly autoVersionIdleMs: number
  /** Signs session cookies; undefined means: made once and kept in the data folder. */
  readonly authSecret: string | undefined
  readonly oidc: OidcConfig | undefined
  /** Sessions one account may have at the same time; one more ends the oldest. */
  readonly maxSessions: number
  /** Carries hints between several nodes; undefined means: they follow each other by the database alone. */
  readonly redisUrl: string | undefined
  /** Addresses and networks whose X-Forwarded-For counts; undefined means nobody's does. */
  readonly trustProxy: readonly string[] | undefined
  /** Opens `GET /metrics` from elsewhere; undefined means: on this machine only. */
  readonly metricsToken: string | undefined
  /** Sends notices by mail; undefined means: nobody is written to. */
  readonly mail: MailConfig | undefined
}

export interface MailConfig {
  /** `smtp://` or `smtps://`, may hold a password. */
  readonly url: string
  readonly from: { readonly name: string; readonly address: string }
}

export interface OidcConfig {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
type LogLevel = (typeof LOG_LEVELS)[number]

/** The server can't start, and why, in the operator's words. Printed without a stack trace. */
export class StartError extends Error {
  override name = 'StartError'
  readonly text: Message
  constructor(zh: string, en: string) {
    super(en)
    this.text = { zh, en }
  }
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * @param defaults what an entry point assumes where the environment says nothing
 * @throws StartError naming the variable that is wrong
 */
export function readConfig(env: Environment, defaults: { demo: boolean } = { demo: false }): Config {
  const text = (name: string) => env[name]?.trim() || undefined
  const readLimit = (name: string, fallback: number) =>
    readInteger({ name, value: text(name), fallback, min: 4, max: 1_000_000 })
  const host = text('HOST') ?? '127.0.0.1'
  const databaseUrl = text('DATABASE_URL')
  const wantsDemo = readSwitch('DEMO', text('DEMO')) ?? defaults.demo
  if (wantsDemo && !isLoopback(host)) {
    throw new StartError(
      `演示模式（DEMO=1）只能在本机地址上运行，当前 HOST=${host}。请设置 DEMO=0，或把 HOST 改为 127.0.0.1。`,
      `Demo mode (DEMO=1) runs on a loopback address only; HOST is ${host}. Set DEMO=0 or HOST=127.0.0.1.`,
    )
  }
  return {
    host,
    port: readInteger({ name: 'PORT', value: text('PORT'), fallback: 3000, min: 0, max: 65_535 }),
    dataDir: text('DATA_DIR') ?? './data',
    database: databaseUrl ? readDatabaseUrl(databaseUrl) : { kind: 'sqlite' },
    baseUrl: readBaseUrl(text('BASE_URL')),
    demo: wantsDemo ? { password: readDemoPassword(text('DEMO_PASSWORD')) } : undefined,
    logLevel: readLogLevel(text('LOG_LEVEL')),
    scoreDelayMs: readInteger({
      name: 'SCORE_DELAY_MS',
      value: text('SCORE_DELAY_MS'),
      fallback: 200,
      min: 0,
      max: 1000,
    }),
    autoVersionIdleMs: readInteger({
      name: 'AUTO_VERSION_IDLE_MS',
      value: text('AUTO_VERSION_IDLE_MS'),
      fallback: 600_000,
      min: 0,
      max: 86_400_000,
    }),
    syncLimits: {
      socketsPerUser: readLimit('SYNC_MAX_SOCKETS_PER_USER', 64),
      socketsPerAddress: readLimit('SYNC_MAX_SOCKETS_PER_ADDRESS', 2000),
      upgradesPerMinute: readLimit('SYNC_MAX_UPGRADES_PER_MINUTE', 240),
    },
    authSecret: readSecret(text('AUTH_SECRET')),
    oidc: readOidc(text('OIDC_ISSUER'), text('OIDC_CLIENT_ID'), text('OIDC_CLIENT_SECRET')),
    // Everybody who tries the product out shares the demo accounts.
    maxSessions: readInteger({
      name: 'MAX_SESSIONS_PER_USER',
      value: text('MAX_SESSIONS_PER_USER'),
      fallback: wantsDemo ? 1000 : 3,
      min: 1,
      max: 1000,
    }),
    redisUrl: readRedisUrl(text('REDIS_URL'), { databaseUrl, authSecret: text('AUTH_SECRET') }),
    trustProxy: readNetworks('TRUST_PROXY', text('TRUST_PROXY')),
    metricsToken: readMetricsToken(text('METRICS_TOKEN')),
    mail: readMail(text('SMTP_URL'), text('MAIL_FROM')),
  }
}

/** The origin people use when the operator gave none. */
export function originOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return new URL(`http://${name}:${port}`).origin
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

function readRedisUrl(
  url: string | undefined,
  others: { databaseUrl: string | undefined; authSecret: string | undefined },
): string | undefined {
  if (!url) return undefined
  if (!/^rediss?:\/\//.test(url) || !URL.canParse(url)) {
    throw new StartError(
      'REDIS_URL 必须是 redis:// 或 rediss:// 开头的地址。',
      'REDIS_URL must begin with redis:// or rediss://.',
    )
  }
  if (!others.databaseUrl) {
    throw new StartError(
      '设置了 REDIS_URL 但没有设置 DATABASE_URL：多节点必须共用一个 PostgreSQL。请设置 DATABASE_URL，或去掉 REDIS_URL。',
      'REDIS_URL is set without DATABASE_URL: several nodes need one shared PostgreSQL. Set DATABASE_URL or remove REDIS_URL.',
    )
  }
  if (!others.authSecret) {
    throw new StartError(
      '设置了 REDIS_URL 但没有设置 AUTH_SECRET：多个节点必须使用同一个 AUTH_SECRET，登录状态才能通用。',
      'REDIS_URL is set without AUTH_SECRET: all nodes need the same AUTH_SECRET, or a session is good at one of them only.',
    )
  }
  return url
}

/** Addresses or networks (`10.0.0.0/8`), separated by commas. */
function readNetworks(name: string, value: string | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined
  const networks = value.split(',').map((one) => one.trim())
  const wrong = networks.find((network) => !isNetwork(network))
  if (wrong === undefined) return networks
  throw new StartError(
    `${name} 须为用逗号分隔的 IP 地址或网段（如 10.0.0.0/8），“${wrong}”不是。`,
    `${name} lists IP addresses or networks (like 10.0.0.0/8) separated by commas; "${wrong}" is neither.`,
  )
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
}

function readInteger(o: {
  name: string
  value: string | undefined
  fallback: number
  min: number
  max: number
}): number {
  if (o.value === undefined) return o.fallback
  const value = /^\d+$/.test(o.value) ? Number(o.value) : Number.NaN
  if (value >= o.min && value <= o.max) return value
  throw new StartError(
    `${o.name} 必须是 ${o.min} 到 ${o.max} 之间的整数，当前为“${o.value}”。`,
    `${o.name} must be a whole number from ${o.min} to ${o.max}; it is "${o.value}".`,
  )
}

function readSwitch(name: string, value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined
  if (value === '1' || value === 'true') return true
  if (value === '0' || value === 'false') return false
  throw new StartError(`${name} 只能是 1 或 0，当前为“${value}”。`, `${name} is 1 or 0; it is "${value}".`)
}

function readDatabaseUrl(url: string): Config['database'] {
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) return { kind: 'postgres', url }
  throw new StartError(
    'DATABASE_URL 必须是 postgres://用户:密码@主机/数据库 形式的地址。不设置则使用内置数据库。',
    'DATABASE_URL must look like postgres://user:password@host/database. Leave it out for the embedded database.',
  )
}

function readBaseUrl(value: string | undefined): string | undefined {
  if (value === undefined) return undefined
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (
    url &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.pathname === '/' &&
    !url.search &&
    !url.hash
  ) {
    return url.origin
  }
  throw new StartError(
    `BASE_URL 必须是 http:// 或 https:// 开头、不带路径的网址，当前为“${value}”。`,
    `BASE_URL must be an http:// or https:// origin without a path; it is "${value}".`,
  )
}

function readDemoPassword(value: string | undefined): string | undefined {
  if (value === undefined || value.length >= MIN_PASSWORD_LENGTH) return value
  throw new StartError(
    `DEMO_PASSWORD 至少 ${MIN_PASSWORD_LENGTH} 个字符。`,
    `DEMO_PASSWORD needs at least ${MIN_PASSWORD_LENGTH} characters.`,
  )
}

function readSecret(value: string | undefined): string | undefined {
  if (value === undefined || value.length >= 32) return value
  throw new StartError('AUTH_SECRET 至少 32 个字符。', 'AUTH_SECRET needs at least 32 characters.')
}

function readMetricsToken(value: string | undefined): string | undefined {
  if (value === undefined || /^[\x21-\x7e]{16,}$/.test(value)) return value
  throw new StartError(
    'METRICS_TOKEN 至少 16 个字符，不含空格和中文。',
    'METRICS_TOKEN needs at least 16 ASCII characters without spaces.',
  )
}

function readLogLevel(value: string | undefined): LogLevel {
  if (value === undefined) return 'info'
  const level = LOG_LEVELS.find((one) => one === value)
  if (level) return level
  throw new StartError(
    `LOG_LEVEL 只能是 ${LOG_LEVELS.join('、')} 之一，当前为“${value}”。`,
    `LOG_LEVEL is one of ${LOG_LEVELS.join(', ')}; it is "${value}".`,
  )
}

function readOidc(issuer: string | undefined, clientId: string | undefined, clientSecret: string | undefined) {
  if (!issuer && !clientId && !clientSecret) return undefined
  if (issuer && clientId && clientSecret && URL.canParse(issuer)) return { issuer, clientId, clientSecret }
  throw new StartError(
    '统一身份认证需要同时设置 OIDC_ISSUER（网址）、OIDC_CLIENT_ID 和 OIDC_CLIENT_SECRET。',
    'Single sign-on needs OIDC_ISSUER (a URL), OIDC_CLIENT_ID and OIDC_CLIENT_SECRET together.',
  )
}

function readMail(url: string | undefined, from: string | undefined): MailConfig | undefined {
  if (url === undefined && from === undefined) return undefined
  if (url === undefined || !/^smtps?:\/\/[^/]/.test(url) || !URL.canParse(url)) {
    throw new StartError(
      '发送邮件提醒须设置 SMTP_URL，形如 smtp://用户:密码@主机:587 或 smtps://主机。',
      'Notices by mail need SMTP_URL, like smtp://user:password@host:587 or smtps://host.',
    )
  }
  const [, name = '共评', bracketed, bare] = /^(?:([^<>"\r\n]*?)\s*<([^<>]+)>|([^<>]+))$/.exec(from ?? '') ?? []
  const address = MailAddress.safeParse(bracketed ?? bare)
  if (address.success) return { url, from: { name, address: address.data } }
  throw new StartError(
    '发送邮件提醒须设置 MAIL_FROM：发件地址，形如 gongping@example.gov.cn 或“共评 <gongping@example.gov.cn>”。',
    'Notices by mail need MAIL_FROM, the sender: gongping@example.gov.cn or "Gongping <gongping@example.gov.cn>".',
  )
}

/** Characters; the longest better-auth hashes is 128. */
export const MIN_PASSWORD_LENGTH = 8
