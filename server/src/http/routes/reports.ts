import {
  AuditList,
  AuditQuery,
  CreatedReport,
  NewReport,
  ReportChange,
  ReportDetail,
  ReportList,
  ReportListQuery,
  ScoreBody,
  TransitionRequest,
  TransitionResult,
} from '@gongping/protocol/http'
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import { noteOpening } from '../../db/openings.ts'
import type { Deps } from '../../deps.ts'
import { createReport } from '../../reports/create-report.ts'
import { describeReport } from '../../reports/describe-report.ts'
import { exportAudit, listAudit } from '../../reports/list-audit.ts'
import { listReports } from '../../reports/list-reports.ts'
import { moveReport } from '../../reports/move-report.ts'
import { readScore } from '../../reports/read-score.ts'
import { getVisibleReport } from '../../reports/visible-report.ts'
import { hiddenParts, hideInScore } from '../../review/hidden-parts.ts'
import { changeDueDate } from '../../review/set-due-date.ts'
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

/** Everything about reports that is not their text: lists, metadata, scores, transitions, audit. */
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
      const { userId } = c.get('session')
      const visible = await getVisibleReport(db, c.get('session'), c.req.valid('param').id)
      // Whoever sent the report can no longer take it back once its receiver has seen it.
      await noteOpening(db, { reportId: visible.report.id, userId, at: deps.now() })
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
      const visible = await getVisibleReport(db, c.get('session'), c.req.valid('param').id)
      return c.json(hideInScore(await readScore(deps, visible.report.id), hiddenParts(visible)), 200)
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
      path: '/{id}/audit',
      request: { params: ReportIdParam, query: AuditQuery },
      responses: {
        200: jsonAnswer('Newest first', AuditList.meta({ id: 'AuditList' })),
        ...INVALID,
        ...SIGNED_OUT,
        ...FORBIDDEN,
        ...NOT_FOUND,
      },
    }),
    async (c) => {
      const visible = await getVisibleReport(db, c.get('session'), c.req.valid('param').id)
      return c.json(await listAudit(db, visible, c.req.valid('query')), 200)
    },
  )

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/{id}/audit/export',
      request: {
        params: ReportIdParam,
        query: AuditQuery.omit({ page: true, pageSize: true }).extend({ format: z.enum(['csv', 'json']) }),
      },
      responses: {
        200: { description: 'A file with everything the filter finds' },
        ...INVALID,
        ...SIGNED_OUT,
        ...FORBIDDEN,
        ...NOT_FOUND,
      },
    }),
    async (c) => {
      const session = c.get('session')
      const visible = await getVisibleReport(db, session, c.req.valid('param').id)
      const { format, ...query } = c.req.valid('query')
      const file = await exportAudit(db, visible, { userId: session.userId, at: deps.now(), format, query })
      c.header('Content-Type', format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8')
      c.header('Content-Disposition', `attachment; filename="audit-${visible.report.id}.${format}"`)
      return c.body(file, 200)
    },
  )

  routes.openapi(
    createRoute({
      method: 'patch',
      path: '/{id}',
      request: { params: ReportIdParam, ...jsonBody(ReportChange.meta({ id: 'ReportChange' })) },
      responses: {
        200: jsonAnswer('As it is now', ReportDetail.meta({ id: 'Report' })),
        ...INVALID,
        ...SIGNED_OUT,
        ...FORBIDDEN,
        ...NOT_FOUND,
      },
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      await changeDueDate(deps, c.get('session'), { reportId: id, ...c.req.valid('json') })
      return c.json(await describeReport(db, await getVisibleReport(db, c.get('session'), id)), 200)
    },
  )
  return routes
}
