import { ErrorBody } from '@gongping/protocol/http'
import { OpenAPIHono } from '@hono/zod-openapi'
import { z } from 'zod'
import type { AppEnv } from './app-env.ts'
import { answerInvalid } from './errors.ts'

/** A Hono app whose routes describe themselves; what does not fit its schema is answered with the fields that are wrong. */
export const createRoutes = () =>
  new OpenAPIHono<AppEnv>({
    defaultHook: (result, c) => (result.success ? undefined : answerInvalid(c, result.error)),
  })

export const jsonBody = <T extends z.ZodType>(schema: T) => ({
  body: { required: true, content: { 'application/json': { schema } } },
})

export const jsonAnswer = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { 'application/json': { schema } },
})

const refusal = (description: string) => jsonAnswer(description, ErrorBody.meta({ id: 'Error' }))

export const SIGNED_OUT = { 401: refusal('Nobody is signed in') } as const
export const NOT_FOUND = { 404: refusal('No such report, or not open to the caller') } as const
export const FORBIDDEN = { 403: refusal('Not the caller’s to do now; the message says who may or when') } as const
export const CONFLICT = { 409: refusal('The report has moved on, or findings stand in the way') } as const
export const INVALID = { 400: refusal('A field is wrong; `details.fields` names it') } as const
export const TOO_MANY = { 429: refusal('Too many failed tries; `Retry-After` says how long to wait') } as const

export const ReportIdParam = z.object({ id: z.string().meta({ description: 'Report id' }) })
