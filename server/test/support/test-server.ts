import { pino } from 'pino'
import { type App, createApp } from '../../src/app.ts'
import { type Auth, createAccount, createAuth, migrateAuth } from '../../src/auth/accounts.ts'
import { hashPassword } from '../../src/auth/passwords.ts'
import { type NoteActivity, type ReadSession, createNoteActivity, createSessionReader } from '../../src/auth/session.ts'
import { type Database, openSqlite } from '../../src/db/dialect.ts'
import { listMemberIds } from '../../src/db/memberships.ts'
import { migrate } from '../../src/db/migrate.ts'
import { createPartStore } from '../../src/db/part-store.ts'
import type { Deps } from '../../src/deps.ts'
import { createRegistry } from '../../src/http/metrics.ts'
import { TURNS } from '../../src/http/take-turns.ts'
import { type EventFeed, createEventFeed } from '../../src/reports/event-feed.ts'
import { createFindAccess } from '../../src/reports/find-access.ts'
import { type RefusalCounts, createRefusalCounts } from '../../src/reports/refusal-counts.ts'
import { createScorer } from '../../src/reports/score-on-save.ts'
import { Hub } from '../../src/sync/hub.ts'
import { noMetrics } from '../../src/sync/metrics.ts'
import { realSystem } from '../../src/sync/system.ts'
import { type ChangeCounter, createChangeCounter } from '../../src/versions/count-changes.ts'

const BASE_URL = 'http://127.0.0.1:3000'
export const PASSWORD = 'correct-horse'
/** Cheap to check: signing in costs tests next to nothing. */
const HASHED = { hash: await hashPassword(PASSWORD, { memory: 64, passes: 1 }) }
const SECRET = 'Jq3vT8xZ2mKfP6wLr9YcB4nH7sDgA1eU'

/** One account per role in one unit, a reviewer of finance, and a filler of another unit. */
export const PEOPLE = {
  filler: { role: 'filler', unit: '甲局', displayName: '填报人' },
  head: { role: 'head', unit: '甲局', displayName: '主管部门负责人' },
  finance: { role: 'finance', unit: '财政局', displayName: '财政复核人' },
  admin: { role: 'admin', unit: '财政局', displayName: '管理员' },
  outsider: { role: 'filler', unit: '乙局', displayName: '外单位填报人' },
} as const
export type Who = keyof typeof PEOPLE

export interface TestServer {
  readonly app: App
  readonly database: Database
  readonly auth: Auth
  readonly readSession: ReadSession
  readonly noteActivity: NoteActivity
  readonly feed: EventFeed
  readonly hub: Hub
  readonly changeCounter: ChangeCounter
  readonly refusals: RefusalCounts
  readonly userIds: Readonly<Record<Who, string>>
  /** Milliseconds the server's clock is ahead; set it to let time pass. */
  clock: { ahead: number }
  /** @returns a Cookie header */
  signIn(who: string, password?: string): Promise<string>
  request(path: string, options?: RequestOptions): Promise<Response>
  close(): Promise<void>
}

export interface RequestOptions {
  readonly method?: string
  readonly cookie?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** The whole HTTP side over a real database in memory, without sockets. */
export async function startTestServer(overrides: Partial<Deps> = {}): Promise<TestServer> {
  const database = overrides.database ?? openSqlite(':memory:')
  const { db } = database
  await migrate(database)
  const auth = createAuth({ database, secret: SECRET, baseUrl: BASE_URL, oidc: overrides.oidc })
  await migrateAuth(auth, database)
  const userIds = {} as Record<Who, string>
  for (const [username, person] of Object.entries(PEOPLE)) {
    userIds[username as Who] = await createAccount(auth, db, { username, password: HASHED, ...person })
  }
  const clock = { ahead: 0 }
  const now = () => Date.now() + clock.ahead
  const log = pino({ level: 'silent' })
  const readSession = createSessionReader({ db, secret: SECRET, baseUrl: BASE_URL, now })
  const noteActivity = createNoteActivity({
    db,
    now,
    onError: (error) => {
      throw error
    },
  })
  const findAccess = createFindAccess(db)
  const refusals = createRefusalCounts({
    db,
    now,
    onError: (error) => {
      throw error
    },
  })
  const hub = new Hub({
    store: createPartStore(db),
    findAccess,
    system: realSystem,
    metrics: { ...noMetrics, refused: (code, by) => refusals.count({ code, ...by }) },
    log,
    onSessions: (userId) => (overrides.feed ?? feed).check(userId),
  })
  const feed = createEventFeed({
    listMemberIds: (reportId) => listMemberIds(db, reportId),
    onError: (error) => {
      throw error
    },
    beatMs: 50,
  })
  const scorer = createScorer({ db, documents: hub, system: realSystem, log })
  const changeCounter = createChangeCounter({ db, log })
  const app = createApp({
    baseUrl: BASE_URL,
    database,
    db,
    auth,
    oidc: undefined,
    readSession,
    noteActivity,
    // Tests sign the same people in over and over.
    maxSessions: 1000,
    log,
    registry: createRegistry(),
    feed,
    documents: {
      hold: (reportId, work) => hub.hold(reportId, work),
      accessChanged: (reportId, by) => hub.accessChanged(reportId, by),
      scoreNow: async (reportId) => void (await scorer.scoreNow(reportId)),
      userChanged: (userId) => hub.userChanged(userId),
      readPart: (key) => hub.readPart(key),
      applyAs: (edit) => hub.applyAs(edit),
    },
    changeCounter,
    refusals,
    demoPassword: undefined,
    clientDir: '/nowhere',
    // Nobody works as fast as a test.
    turns: { ...TURNS, burstMs: 60_000 },
    now,
    ...overrides,
  })
  const request = async (path: string, { method = 'GET', cookie, body, headers = {} }: RequestOptions = {}) =>
    app.request(path, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(cookie === undefined ? {} : { cookie }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  return {
    app,
    database,
    auth,
    readSession,
    noteActivity,
    feed,
    hub,
    changeCounter,
    refusals,
    userIds,
    clock,
    request,
    async signIn(username, password = PASSWORD) {
      const answer = await request('/api/auth/sign-in/username', { method: 'POST', body: { username, password } })
      if (!answer.ok) throw new Error(`sign-in of ${username} answered ${answer.status}`)
      return cookieOf(answer)
    },
    async close() {
      feed.close()
      await hub.close()
      await scorer.close()
      await changeCounter.settled()
      await refusals.close()
      await database.close()
    },
  }
}

export const cookieOf = (answer: Response) =>
  answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ')

export const NEW_REPORT = { templateId: 'guangdong-2022', projectName: '测试项目', fiscalYear: 2021 }

/** A report of 甲局 made by `filler`; `head` and `finance` review it. */
export async function aReport(server: TestServer, cookie: string): Promise<string> {
  const answer = await server.request('/api/reports', { method: 'POST', cookie, body: NEW_REPORT })
  if (answer.status !== 201) throw new Error(`creating a report answered ${answer.status}: ${await answer.text()}`)
  return ((await answer.json()) as { id: string }).id
}
