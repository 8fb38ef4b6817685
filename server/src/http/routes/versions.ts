import {
  Comparison,
  History,
  HistoryQuery,
  NewVersion,
  OpenedVersion,
  RestoreRequest,
  RestoreResult,
  VerifiedVersions,
  VersionList,
  VersionSummary,
} from '@gongping/protocol/http'
import { createRoute } from '@hono/zod-openapi'
import { z } from 'zod'
import type { Deps } from '../../deps.ts'
import { getVisibleReport } from '../../reports/visible-report.ts'
import { hiddenParts, hideInHistory } from '../../review/hidden-parts.ts'
import { compareVersions } from '../../versions/compare-versions.ts'
import { listVersionsOf } from '../../versions/list-versions.ts'
import { nameVersion } from '../../versions/name-version.ts'
import { openVersion } from '../../versions/open-version.ts'
import { reportHistory } from '../../versions/report-history.ts'
import { restoreVersion } from '../../versions/restore-version.ts'
import { verifyVersion } from '../../versions/verify-version.ts'
import { requireSession } from '../guards.ts'
import {
  CONFLICT,
  FORBIDDEN,
  INVALID,
  NOT_FOUND,
  ReportIdParam,
  SIGNED_OUT,
  createRoutes,
  jsonAnswer,
  jsonBody,
} from '../openapi.ts'

type VersionDeps = Pick<Deps, 'db' | 'documents' | 'feed' | 'readSession' | 'now' | 'changeCounter' | 'disk'>

const VersionParam = ReportIdParam.extend({ v: z.string().meta({ description: 'Version id' }) })
const CompareParam = ReportIdParam.extend({
  a: z.string().meta({ description: 'Version id, or `current`' }),
  b: z.string().meta({ description: 'Version id, or `current`' }),
})

/** Versions of reports: list, name, open, compare, restore, history. */
export function versionRoutes(deps: VersionDeps) {
  const { db, readSession, changeCounter } = deps
  const routes = createRoutes()
  routes.use(requireSession(readSession))

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
      const visible = await getVisibleReport(db, c.get('session'), c.req.valid('param').id)
      const { report } = visible
      const versions = await listVersionsOf(db, report.id, hiddenParts(visible))
      if (versions.some(({ changes }) => changes === null)) changeCounter.count(report.id)
      return c.json({ versions }, 200)
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
      const reportId = c.req.valid('param').id
      const version = await nameVersion(deps, c.get('session'), { reportId, ...c.req.valid('json') })
      changeCounter.count(reportId)
      return c.json(version, 201)
    },
  )

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/{id}/versions/{v}',
      request: { params: VersionParam },
      responses: {
        200: jsonAnswer('A version as it was', OpenedVersion.meta({ id: 'OpenedVersion' })),
        ...SIGNED_OUT,
        ...NOT_FOUND,
      },
    }),
    async (c) => {
      const { id, v } = c.req.valid('param')
      const visible = await getVisibleReport(db, c.get('session'), id)
      const hidden = hiddenParts(visible)
      return c.json(await openVersion(db, visible.report, { versionId: v, hidden }), 200)
    },
  )

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/{id}/versions/{a}/compare/{b}',
      request: { params: CompareParam },
      responses: {
        200: jsonAnswer('What is different in `b` from what it was in `a`', Comparison.meta({ id: 'Comparison' })),
        ...SIGNED_OUT,
        ...NOT_FOUND,
      },
    }),
    async (c) => {
      const { id, a, b } = c.req.valid('param')
      const visible = await getVisibleReport(db, c.get('session'), id)
      return c.json(await compareVersions(deps, visible.report, { a, b, hidden: hiddenParts(visible) }), 200)
    },
  )

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/{id}/versions/{v}/restore',
      request: { params: VersionParam, ...jsonBody(RestoreRequest.meta({ id: 'Restore' })) },
      responses: {
        200: jsonAnswer('Which parts are as they were, and which were left', RestoreResult.meta({ id: 'Restored' })),
        ...INVALID,
        ...SIGNED_OUT,
        ...FORBIDDEN,
        ...NOT_FOUND,
        ...CONFLICT,
      },
    }),
    async (c) => {
      const { id, v } = c.req.valid('param')
      const { scope } = c.req.valid('json')
      const restored = await restoreVersion(deps, c.get('session'), { reportId: id, versionId: v, scope })
      changeCounter.count(id)
      return c.json(restored, 200)
    },
  )

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/{id}/history',
      request: { params: ReportIdParam, query: HistoryQuery },
      responses: {
        200: jsonAnswer('How one indicator or section came to be what it is', History.meta({ id: 'History' })),
        ...INVALID,
        ...SIGNED_OUT,
        ...NOT_FOUND,
      },
    }),
    async (c) => {
      const visible = await getVisibleReport(db, c.get('session'), c.req.valid('param').id)
      const history = await reportHistory(db, visible, c.req.valid('query'))
      return c.json(hideInHistory(history, hiddenParts(visible)), 200)
    },
  )
  return routes
}

/** Which version a printed hash stands for. */
export function verifyRoutes({ db, readSession }: Pick<Deps, 'db' | 'readSession'>) {
  const routes = createRoutes()
  routes.use('/verify/*', requireSession(readSession))
  routes.openapi(
    createRoute({
      method: 'get',
      path: '/verify/{sha256}',
      request: { params: z.object({ sha256: z.string().meta({ description: 'SHA-256 of a version, hex' }) }) },
      responses: {
        200: jsonAnswer('Versions with this hash', VerifiedVersions.meta({ id: 'VerifiedVersions' })),
        ...SIGNED_OUT,
        ...NOT_FOUND,
      },
    }),
    async (c) => c.json({ versions: await verifyVersion(db, c.get('session'), c.req.valid('param').sha256) }, 200),
  )
  return routes
}
