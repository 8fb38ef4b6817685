import {
  AuditList,
  CreatedReport,
  NewReport,
  NewVersion,
  ReportDetail,
  ReportList,
  ReportListQuery,
  ScoreBody,
  TransitionRequest,
  TransitionResult,
  VersionList,
  VersionSummary,
} from '@gongping/protocol/http'
import { createRoute } from '@hono/zod-openapi'
import type { Deps } from '../../deps.ts'
import { createReport } from '../../reports/create-report.ts'
import { describeReport } from '../../reports/describe-report.ts'
import { listAudit } from '../../reports/list-audit.ts'
import { listReports } from '../../reports/list-reports.ts'
import { listVersionsOf } from '../../reports/list-versions.ts'
import { moveReport } from '../../reports/move-report.ts'
import { nameVersion } from '../../reports/name-version.ts'
import { readScore } from '../../reports/read-score.ts'
import { getVisibleReport } from '../../reports/visible-report.ts'
import { requireSession } from '../guards.ts'
import {
  CONFLICT,
  createRoutes,
  FORBIDDEN,
  INVALID,
  jsonAnswer,
  jsonBody,
  NOT_FOUND,
  ReportIdParam,
  SIGNED_OUT,
} from '../openapi.ts'

type ReportDeps = Pick<Deps, 'db' | 'documents' | 'feed' | 'readSession' | 'now'>

/** Everything about reports that is not their text: lists, metadata, scores, transitions, versions, audit. */
export function reportRoutes(deps: ReportDeps) {
  const { db, readSession } = deps
  const routes = createRoutes()
  routes.use(requireSession(readSession))

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/',
      request: { query: ReportListQuery },
      responses: {
        200: jsonAnswer('What the caller may see', ReportList.meta({ id: 'ReportList' })),
        ...INVALID,
        ...SIGNED_OUT,
      },
    }),
    async (c) => c.json(await listReports(db, c.get('session'), c.req.valid('query')), 200),
  )

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/',
      request: jsonBody(NewReport.meta({ id: 'NewReport' })),
      responses: {
        201: jsonAnswer('Created', CreatedReport.meta({ id: 'CreatedReport' })),
        ...INVALID,
        ...SIGNED_OUT,
        ...FORBIDDEN,
      },
    }),
    async (c) => c.json({ id: await createReport(deps, c.get('session'), c.req.valid('json')) }, 201),
  )

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/{id}',
      request: { params: ReportIdParam },
      responses: {
        200: jsonAnswer('Metadata, members, state and what the caller may do', ReportDetail.meta({ id: 'Report' })),
        ...SIGNED_OUT,
        ...NOT_FOUND,
      },
    }),
    async (c) => {
      const visible = await getVisibleReport(db, c.get('session'), c.req.valid('param').id)
      return c.json(await describeReport(db, visible), 200)
    },
  )

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/{id}/score',
      request: { params: ReportIdParam },
      responses: {
        200: jsonAnswer('The score that counts', ScoreBody.meta({ id: 'Score' })),
        ...SIGNED_OUT,
        ...NOT_FOUND,
      },
    }),
    async (c) => {
      const { report } = await getVisibleReport(db, c.get('session'), c.req.valid('param').id)
      return c.json(await readScore(deps, report.id), 200)
    },
  )

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/{id}/transitions',
      request: { params: ReportIdParam, ...jsonBody(TransitionRequest.meta({ id: 'Transition' })) },
      responses: {
        200: jsonAnswer('The new state', TransitionResult.meta({ id: 'TransitionResult' })),
        ...INVALID,
        ...SIGNED_OUT,
        ...FORBIDDEN,
        ...NOT_FOUND,
        ...CONFLICT,
      },
    }),
    async (c) => {
      const state = await moveReport(deps, c.get('session'), {
        reportId: c.req.valid('param').id,
        ...c.req.valid('json'),
      })
      return c.json({ state }, 200)
    },
  )

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/{id}/versions',
      request: { params: ReportIdParam },
      responses: {
        200: jsonAnswer('Newest first', VersionList.meta({ id: 'VersionList' })),
        ...SIGNED_OUT,
        ...NOT_FOUND,
      },
    }),
    async (c) => {
      const { report } = await getVisibleReport(db, c.get('session'), c.req.valid('param').id)
      return c.json({ versions: await listVersionsOf(db, report.id) }, 200)
    },
  )

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/{id}/versions',
      request: { params: ReportIdParam, ...jsonBody(NewVersion.meta({ id: 'NewVersion' })) },
      responses: {
        201: jsonAnswer('The report as it is now, kept under a name', VersionSummary.meta({ id: 'Version' })),
        ...INVALID,
        ...SIGNED_OUT,
        ...FORBIDDEN,
        ...NOT_FOUND,
      },
    }),
    async (c) => {
      const version = await nameVersion(deps, c.get('session'), {
        reportId: c.req.valid('param').id,
        ...c.req.valid('json'),
      })
      return c.json(version, 201)
    },
  )

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/{id}/audit',
      request: { params: ReportIdParam },
      responses: {
        200: jsonAnswer('Newest first', AuditList.meta({ id: 'AuditList' })),
        ...SIGNED_OUT,
        ...FORBIDDEN,
        ...NOT_FOUND,
      },
    }),
    async (c) => {
      const visible = await getVisibleReport(db, c.get('session'), c.req.valid('param').id)
      return c.json({ entries: await listAudit(db, visible) }, 200)
    },
  )
  return routes
}
