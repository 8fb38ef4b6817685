import { type RequestListener, type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { getRequestListener } from '@hono/node-server'
import type { ScoreBody } from '@gongping/protocol/http'
import type { Logger } from 'pino'
import { createApp } from './app.ts'
import { runAfterStart } from './after-start.ts'
import { createNoteActivity, createSessionReader } from './auth/session.ts'
import { type Config, originOf } from './config.ts'
import { readOrMakeDemoPassword } from './db/data-dir.ts'
import { listMemberIds } from './db/memberships.ts'
import { createPartStore } from './db/part-store.ts'
import { deleteFullShares } from './db/rate-shares.ts'
import { findScore } from './db/scores.ts'
import { deleteSessionsEndedBefore } from './db/sessions.ts'
import { deleteTriesBefore } from './db/sign-in-tries.ts'
import { seedDemo } from './demo/seed-demo.ts'
import { createFindAddress } from './http/client-address.ts'
import { createRegistry } from './http/metrics.ts'
import { createMailer } from './mail/mailer.ts'
import { openSmtpPost } from './mail/smtp-post.ts'
import { tellDue } from './notices/tell-due.ts'
import { createDiskShares } from './disk-shares.ts'
import { openStorage } from './open-storage.ts'
import { type EventFeed, createEventFeed } from './reports/event-feed.ts'
import { createFindAccess } from './reports/find-access.ts'
import type { LiveDocuments } from './reports/live-documents.ts'
import { createRefusalCounts } from './reports/refusal-counts.ts'
import { createScorer, scoredFrame } from './reports/score-on-save.ts'
import { startCluster } from './start-cluster.ts'
import { finishAccepting } from './review/accept-suggestion.ts'
import { finishRestoring } from './versions/finish-restore.ts'
import { createHandBack } from './sync/hand-back.ts'
import { Hub } from './sync/hub.ts'
import { type SyncStats, syncMetrics } from './sync/metrics.ts'
import { realSystem } from './sync/system.ts'
import { attachSync } from './sync/upgrade.ts'
import { createAutoVersions } from './versions/auto-versions.ts'
import { createChangeCounter } from './versions/count-changes.ts'

export interface RunningServer {
  readonly url: string
  /** Undefined outside demo mode. */
  readonly demoPassword: string | undefined
  /** Takes nothing new in, stores what was accepted, closes everything. */
  stop(): Promise<void>
}

const HOUR_MS = 3_600_000
const DAY_MS = 86_400_000

/** The built client, seen from source and from the bundle alike. */
const CLIENT_DIR = fileURLToPath(new URL('../../client/dist', import.meta.url))

/**
 * Puts the server together: port, storage, documents, routes. The port is taken first, so that a second server on it
 * stops before it touches any data; until all is ready requests are answered 503.
 */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  const door = await openDoor(config)
  try {
    return await furnish({ config, log, door })
  } catch (error) {
    door.server.closeAllConnections()
    await new Promise((resolve) => door.server.close(resolve))
    throw error
  }
}

const WATCH_MS = 250
/** After so long nobody is at what was begun any more. */
const HALF_DONE_MS = 60_000
/** Between two looks for mails to try again. */
const MAIL_MS = 15_000

interface Door {
  readonly server: Server
  readonly port: number
  serve(listener: RequestListener): void
}

async function openDoor({ host, port }: Config): Promise<Door> {
  let listener: RequestListener = (_, response) => {
    response.writeHead(503, {
      'Retry-After': '1',
      'Content-Type': 'text/plain; charset=utf-8',
      'Cache-Control': 'no-store',
    })
    response.end('正在启动。 Starting.\n')
  }
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 60_000, maxHeaderSize: 16 * 1024 },
    (request, response) => listener(request, response),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
  return { server, port: (server.address() as AddressInfo).port, serve: (next) => (listener = next) }
}

async function furnish({ config, log, door }: { config: Config; log: Logger; door: Door }): Promise<RunningServer> {
  const { server } = door
  const baseUrl = config.baseUrl ?? originOf(config.host, door.port)
  const storage = await openStorage(config, baseUrl)
  const { database, auth, secret } = storage
  const { db } = database
  try {
    const demoPassword = config.demo && (config.demo.password ?? readOrMakeDemoPassword(config.dataDir))
    if (demoPassword !== undefined) await seedDemo({ db, auth, password: demoPassword, at: Date.now() })

    const forgetOld = async () => {
      await deleteSessionsEndedBefore(db, new Date(Date.now() - DAY_MS))
      await deleteTriesBefore(db, Date.now())
      await deleteFullShares(db, Date.now())
    }
    await forgetOld()
    const registry = createRegistry()
    const system = realSystem
    const readSession = createSessionReader({ db, secret, baseUrl })
    const noteActivity = createNoteActivity({
      db,
      now: Date.now,
      onError: (error) => log.error({ err: error }, 'activity of a session could not be noted'),
    })
    const findAccess = createFindAccess(db)
    const feed = createEventFeed({
      listMemberIds: (reportId) => listMemberIds(db, reportId),
      onError: (error) => log.error({ err: error }, 'an event could not be delivered'),
    })
    let stats: () => SyncStats = () => ({ rooms: 0, sockets: 0, queuedBytes: 0, longestQueue: 0 })
    const metrics = syncMetrics(registry, () => stats())
    const refusals = createRefusalCounts({
      db,
      now: Date.now,
      onError: (error) => log.error({ err: error }, 'refusals could not be told in the audit trail'),
    })
    const link = startCluster({
      config,
      database,
      secret,
      findAccess,
      system,
      registry,
      log: log.child({ area: 'cluster' }),
      feed,
      async onScored(reportId) {
        const score = await findScore(db, reportId)
        if (score) hub.push(reportId, scoredFrame(JSON.parse(score.body) as ScoreBody))
        feed.publish({ type: 'scored', id: reportId })
      },
      onUnscored: async (reportId) => void (await scorer.scoreNow(reportId)),
    })
    const handBack = createHandBack(system)
    const disk = createDiskShares({
      db,
      registry,
      now: Date.now,
      onError: (error) => log.error({ err: error }, 'what people may still write could not be read'),
    })
    const hub = new Hub({
      store: createPartStore(db),
      countBytes: disk.of,
      findAccess,
      system,
      metrics: {
        ...metrics,
        refused(reason, by) {
          metrics.refused(reason, by)
          refusals.count({ code: reason, ...by })
        },
      },
      log: log.child({ area: 'sync' }),
      peers: link?.cluster,
      onSessions: (userId) => feed.check(userId),
      onUnloaded: (bytes) => handBack.left(bytes),
    })
    hub.onCommitted(() => handBack.busy())
    link?.cluster.attach(hub)
    stats = () => hub.stats()
    const mailer =
      config.mail &&
      createMailer({
        db,
        post: openSmtpPost(config.mail),
        baseUrl,
        now: Date.now,
        registry,
        log: log.child({ area: 'mail' }),
      })
    const linked = link?.feed(feed) ?? feed
    const everywhere: EventFeed = {
      ...linked,
      publish(event, only) {
        linked.publish(event, only)
        if (event.type === 'notice') mailer?.wake()
      },
    }
    const scorer = createScorer({
      db,
      documents: link?.scored(hub) ?? hub,
      system,
      log: log.child({ area: 'score' }),
      delayMs: config.scoreDelayMs,
      onUnopenable: () => metrics.unopenable(),
      onScored: (id) => everywhere.publish({ type: 'scored', id }),
    })
    const documents: LiveDocuments = {
      hold: (reportId, work) => hub.hold(reportId, work),
      accessChanged: (reportId, by) => hub.accessChanged(reportId, by),
      scoreNow: async (reportId) => void (await scorer.scoreNow(reportId)),
      userChanged: (userId) => hub.userChanged(userId),
      readPart: (key) => hub.readPart(key),
      applyAs: (edit) => hub.applyAs(edit),
    }
    const everywhereDocuments = link?.documents(documents) ?? documents
    const changeCounter = createChangeCounter({ db, log: log.child({ area: 'versions' }) })
    const autoVersions = createAutoVersions({
      db,
      documents: everywhereDocuments,
      onCommitted: (listener) => hub.onCommitted(listener),
      system,
      log: log.child({ area: 'versions' }),
      idleMs: config.autoVersionIdleMs,
      onKept: (id) => {
        changeCounter.count(id)
        everywhere.publish({ type: 'report', id })
      },
    })
    const isCutOff = link && (() => link.cluster.isCut)
    const app = createApp({
      baseUrl,
      database,
      db,
      auth,
      oidc: config.oidc,
      readSession,
      noteActivity,
      maxSessions: config.maxSessions,
      log,
      registry,
      feed: everywhere,
      documents: everywhereDocuments,
      changeCounter,
      refusals,
      isCutOff,
      trustProxy: config.trustProxy,
      metricsToken: config.metricsToken,
      demoPassword,
      disk,
      hasMail: mailer !== undefined,
      clientDir: CLIENT_DIR,
      now: Date.now,
    })
    const findAddress = createFindAddress(config.trustProxy)
    const detach = attachSync({
      server,
      isCutOff,
      addressOf: ({ socket, headers }) => findAddress(socket.remoteAddress, headers['x-forwarded-for']?.toString()),
      hub,
      system,
      log: log.child({ area: 'sync' }),
      readSession,
      noteActivity,
      findAccess,
      onRefused: (refusal) => refusals.count(refusal),
      allowedOrigins: () => [baseUrl],
      limits: config.syncLimits,
    })
    // Another server may be about to finish what was begun just now, or be stopped in the middle of it at any time.
    const othersMayFinish = database.kind === 'postgres'
    const finishHalfDone = async () => {
      const until = othersMayFinish ? Date.now() - HALF_DONE_MS : Number.MAX_SAFE_INTEGER
      const onError = (error: unknown, reportId: string) =>
        log.error({ err: error, reportId }, 'what a stopped server left half done could not be finished')
      const deps = { db, documents: everywhereDocuments, feed: everywhere, now: Date.now, onError }
      const accepted = await finishAccepting(deps, until)
      const restored = await finishRestoring(deps, until)
      if (accepted + restored > 0) log.info({ accepted, restored }, 'finished what a stopped server left half done')
    }
    await finishHalfDone()
    const stopFinishing =
      othersMayFinish &&
      system.every(HALF_DONE_MS, () => {
        finishHalfDone().catch((error: unknown) => log.error({ err: error }, 'half done work could not be finished'))
      })
    const remind = () =>
      tellDue({ db, feed: everywhere, now: Date.now }).then(
        () => undefined,
        (error: unknown) => log.error({ err: error }, 'reminders could not be written'),
      )
    const stopReminding = system.every(HOUR_MS, () => {
      void remind()
      forgetOld().catch((error: unknown) => log.error({ err: error }, 'what has ended could not be cleared away'))
    })
    const stopMailing = mailer && system.every(MAIL_MS, () => mailer.wake())
    // Operator commands work on the same file: who was shut out there is out here in under a second.
    const stopWatching = system.every(WATCH_MS, () => {
      if (database.changedElsewhere?.()) void hub.anythingChanged()
    })
    const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
    door.serve((request, response) => void listener(request, response))
    const madeUp = runAfterStart({ scorer, autoVersions, remind, system, log })

    return {
      url: baseUrl,
      demoPassword,
      async stop() {
        const cutLines = detach()
        stopReminding()
        stopWatching()
        stopMailing?.()
        if (stopFinishing) stopFinishing()
        const closed = new Promise<void>((resolve) => server.close(() => resolve()))
        feed.close()
        await autoVersions.close()
        await hub.close()
        await scorer.close()
        await madeUp
        await changeCounter.settled()
        await mailer?.close()
        await link?.close()
        server.closeIdleConnections()
        // Whoever is still being answered has a moment; then the line is cut.
        const cuts = [setTimeout(cutLines, 1000), setTimeout(() => server.closeAllConnections(), 3000)]
        await closed
        for (const cut of cuts) clearTimeout(cut)
        await refusals.close()
        await storage.close()
      },
    }
  } catch (error) {
    await storage.close()
    throw error
  }
}
