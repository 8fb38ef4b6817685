import {
  AcceptedSuggestion,
  NewSuggestion,
  Suggestion,
  SuggestionBatch,
  SuggestionList,
  SuggestionOutcomes,
  SuggestionRejection,
} from '@gongping/protocol/http'
import { createRoute } from '@hono/zod-openapi'
import { listSuggestionRows } from '../../db/suggestions.ts'
import type { Deps } from '../../deps.ts'
import { getVisibleReport } from '../../reports/visible-report.ts'
import { acceptSuggestion } from '../../review/accept-suggestion.ts'
import { decideSuggestions } from '../../review/decide-suggestions.ts'
import { makeSuggestion } from '../../review/make-suggestion.ts'
import { rejectSuggestion, withdrawSuggestion } from '../../review/reject-suggestion.ts'
import { describeSuggestions } from '../../review/suggestion-access.ts'
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

const SuggestionParam = ReportIdParam.extend({
  suggestion: ReportIdParam.shape.id.meta({ description: 'Suggestion id' }),
})
const REFUSALS = { ...INVALID, ...SIGNED_OUT, ...FORBIDDEN, ...NOT_FOUND, ...CONFLICT } as const
const suggestion = (description: string) => jsonAnswer(description, Suggestion.meta({ id: 'Suggestion' }))

/** 修改建议: other wordings and scores, proposed beside the documents. */
export function suggestionRoutes(deps: Pick<Deps, 'db' | 'documents' | 'feed' | 'readSession' | 'now'>) {
  const { db, readSession } = deps
  const routes = createRoutes()
  routes.use('/:id/suggestions/*', requireSession(readSession))

  routes.openapi(
    createRoute({
      method: 'get',
      path: '/{id}/suggestions',
      request: { params: ReportIdParam },
      responses: {
        200: jsonAnswer('Oldest first', SuggestionList.meta({ id: 'SuggestionList' })),
        ...SIGNED_OUT,
        ...NOT_FOUND,
      },
    }),
    async (c) => {
      const { report } = await getVisibleReport(db, c.get('session'), c.req.valid('param').id)
      return c.json({ suggestions: await describeSuggestions(db, await listSuggestionRows(db, report.id)) }, 200)
    },
  )

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/{id}/suggestions',
      request: { params: ReportIdParam, ...jsonBody(NewSuggestion.meta({ id: 'NewSuggestion' })) },
      responses: { 201: suggestion('Made'), ...REFUSALS },
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      return c.json(await makeSuggestion(deps, c.get('session'), { reportId: id, ...c.req.valid('json') }), 201)
    },
  )

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/{id}/suggestions/batch',
      request: { params: ReportIdParam, ...jsonBody(SuggestionBatch.meta({ id: 'SuggestionBatch' })) },
      responses: {
        200: jsonAnswer('An outcome for each', SuggestionOutcomes.meta({ id: 'SuggestionOutcomes' })),
        ...REFUSALS,
      },
    }),
    async (c) => {
      const { id } = c.req.valid('param')
      await getVisibleReport(db, c.get('session'), id)
      const outcomes = await decideSuggestions(deps, c.get('session'), { reportId: id, ...c.req.valid('json') })
      return c.json({ outcomes }, 200)
    },
  )

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/{id}/suggestions/{suggestion}/accept',
      request: { params: SuggestionParam },
      responses: {
        200: jsonAnswer('Accepted, with the edit', AcceptedSuggestion.meta({ id: 'AcceptedSuggestion' })),
        ...REFUSALS,
      },
    }),
    async (c) => c.json(await acceptSuggestion(deps, c.get('session'), pathOf(c)), 200),
  )

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/{id}/suggestions/{suggestion}/reject',
      request: {
        params: SuggestionParam,
        body: {
          required: false,
          content: { 'application/json': { schema: SuggestionRejection.meta({ id: 'SuggestionRejection' }) } },
        },
      },
      responses: { 200: suggestion('Rejected'), ...REFUSALS },
    }),
    async (c) => {
      // Without a body there is nothing to validate, so no default either.
      const { reason = '' } = c.req.valid('json')
      return c.json(await rejectSuggestion(deps, c.get('session'), { ...pathOf(c), reason }), 200)
    },
  )

  routes.openapi(
    createRoute({
      method: 'post',
      path: '/{id}/suggestions/{suggestion}/withdraw',
      request: { params: SuggestionParam },
      responses: { 200: suggestion('Withdrawn'), ...REFUSALS },
    }),
    async (c) => c.json(await withdrawSuggestion(deps, c.get('session'), pathOf(c)), 200),
  )
  return routes
}

const pathOf = (c: { req: { valid(of: 'param'): { id: string; suggestion: string } } }) => {
  const { id, suggestion: suggestionId } = c.req.valid('param')
  return { reportId: id, suggestionId }
}
