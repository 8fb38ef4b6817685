import { OpenAPIHono } from '@hono/zod-openapi'
import { compress } from 'hono/compress'
import { mayBeShared } from './db/dialect.ts'
import type { Deps } from './deps.ts'
import type { AppEnv } from './http/app-env.ts'
import { limitBody } from './http/body-limit.ts'
import { clientFiles } from './http/client-files.ts'
import { answerError, answerNotFound } from './http/errors.ts'
import { noteDeeds, refuseWhenCutOff, requireOwnOrigin } from './http/guards.ts'
import { securityHeaders } from './http/headers.ts'
import { limitRates } from './http/limit-rates.ts'
import { createHttpMetrics } from './http/metrics.ts'
import { acceptPostOnly } from './http/post-only.ts'
import { refusalAudit } from './http/refusal-audit.ts'
import { requestLog } from './http/request-log.ts'
import { takeTurns } from './http/take-turns.ts'
import { authRoutes } from './http/routes/auth.ts'
import { demoRoutes } from './http/routes/demo.ts'
import { eventRoutes } from './http/routes/events.ts'
import { healthRoutes } from './http/routes/health.ts'
import { meRoutes } from './http/routes/me.ts'
import { noticeRoutes } from './http/routes/notices.ts'
import { reportRoutes } from './http/routes/reports.ts'
import { returnItemRoutes } from './http/routes/return-items.ts'
import { suggestionRoutes } from './http/routes/suggestions.ts'
import { templateRoutes } from './http/routes/templates.ts'
import { verifyRoutes, versionRoutes } from './http/routes/versions.ts'
import { threadRoutes } from './http/routes/threads.ts'
import { RATES } from './quotas.ts'

/** JSON bodies, bytes. */
const MAX_BODY_BYTES = 64 * 1024

export type App = ReturnType<typeof createApp>

/** Everything served over HTTP; sync sockets are attached beside it. */
export function createApp(deps: Deps) {
  const app = new OpenAPIHono<AppEnv>()
  app.onError(answerError)
  app.notFound(answerNotFound)
  app.use(acceptPostOnly(app))
  app.use(requestLog(deps.log, createHttpMetrics(deps.registry)))
  app.use(refusalAudit(deps.refusals, deps.trustProxy))
  app.use(securityHeaders(deps.baseUrl))
  app.use(requireOwnOrigin(deps.baseUrl))

  app.use('/api/*', refuseWhenCutOff(deps))
  app.use('/api/*', noteDeeds(deps.noteActivity))
  app.use('/api/*', limitBody(MAX_BODY_BYTES))
  app.use(
    '/api/*',
    limitRates({ db: deps.db, readSession: deps.readSession, rates: deps.rates ?? RATES, now: deps.now }),
  )
  app.use('/api/*', takeTurns({ readSession: deps.readSession, countsTime: !mayBeShared(deps.db), limits: deps.turns }))
  app.use('/api/reports/*', compress())
  app.route('/api/auth', authRoutes(deps))
  app.route('/api', meRoutes(deps))
  app.route('/api', templateRoutes(deps))
  app.route('/api', eventRoutes(deps))
  app.route('/api/reports', reportRoutes(deps))
  app.route('/api/reports', versionRoutes(deps))
  app.route('/api/versions', verifyRoutes(deps))
  app.route('/api/reports', threadRoutes(deps))
  app.route('/api/reports', suggestionRoutes(deps))
  app.route('/api/reports', returnItemRoutes(deps))
  app.route('/api', noticeRoutes(deps))
  if (deps.demoPassword !== undefined) app.route('/api', demoRoutes(deps.demoPassword))
  // Made once: it takes 30 ms, and whoever is not signed in may ask for it.
  let description: object | undefined
  app.get('/api/openapi.json', (c) => {
    description ??= app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: '共评 Gongping',
        version: '1',
        description: 'HTTP interface. Reports are edited over the sync socket.',
      },
      servers: [{ url: deps.baseUrl }],
    })
    return c.json(description)
  })
  app.all('/api', answerNotFound)
  app.all('/api/*', answerNotFound)

  app.route('/', healthRoutes(deps))
  app.route('/', clientFiles({ dir: deps.clientDir, baseUrl: deps.baseUrl }))
  return app
}
