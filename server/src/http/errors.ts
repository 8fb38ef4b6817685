import type { Message } from '@gongping/permissions'
import type { ErrorBody } from '@gongping/protocol/http'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { z } from 'zod'
import { isOutOfService } from '../db/dialect.ts'
import { RequestError, type RequestErrorKind } from '../reports/request-error.ts'
import type { AppEnv } from './app-env.ts'
import { SAFE_METHODS } from './safe-methods.ts'

/** Turns whatever a handler threw into the JSON of the contract. Unknown errors are logged; the caller gets their number only. */
export function answerError(error: unknown, c: Context<AppEnv>): Response {
  if (error instanceof RequestError) {
    return answer(c, { status: STATUS[error.kind], code: error.code, text: error.text, details: error.details })
  }
  if (error instanceof Error && error.name === 'UnavailableError') return answerUnavailable(c)
  if (error instanceof HTTPException && error.status < 500) return answerHttpException(error, c)
  if (isOutOfService(error)) {
    c.get('log')?.warn({ err: error }, 'the database is out of service')
    return SAFE_METHODS.has(c.req.method) ? answerUnavailable(c) : answerUncertain(c)
  }
  const requestId = c.get('requestId')
  c.get('log')?.error({ err: error }, 'request failed')
  return answer(c, {
    status: 500,
    code: 'internal',
    text: {
      zh: `服务器出错，操作没有完成。请重试；若仍不行，请把编号 ${requestId} 告诉管理员。`,
      en: `The server failed and did not finish this. Try again; if it persists, give your administrator the number ${requestId}.`,
    },
    details: { requestId },
  })
}

export const answerNotFound = (c: Context<AppEnv>) =>
  answer(c, { status: 404, code: 'not_found', text: { zh: '没有这个地址。', en: 'There is nothing at this address.' } })

export const answerForbidden = (c: Context<AppEnv>, code: string, text: Message) =>
  answer(c, { status: 403, code, text })

export const answerTooLarge = (c: Context<AppEnv>) =>
  answer(c, { status: 413, code: 'too_large', text: { zh: '提交的内容太大。', en: 'That is too large.' } })

export const answerUnsupportedType = (c: Context<AppEnv>) =>
  answer(c, {
    status: 415,
    code: 'unsupported_type',
    text: {
      zh: '提交的内容类型不受支持，须为 application/json。',
      en: 'This content type is not supported; send application/json.',
    },
  })

export const answerTooManyTries = (c: Context<AppEnv>, retryAfterSeconds: number) => {
  c.header('Retry-After', String(retryAfterSeconds))
  const minutes = Math.max(1, Math.ceil(retryAfterSeconds / 60))
  return answer(c, {
    status: 429,
    code: 'too_many_tries',
    text: {
      zh: `登录失败次数过多，请 ${minutes} 分钟后再试。`,
      en: `Too many failed sign-ins. Try again in ${minutes} minute${minutes === 1 ? '' : 's'}.`,
    },
    details: { retryAfterSeconds },
  })
}

/** Of something that is allowed, but not so often. */
export const answerTooOften = (c: Context<AppEnv>, retryAfterSeconds: number) => {
  c.header('Retry-After', String(retryAfterSeconds))
  return answer(c, {
    status: 429,
    code: 'too_often',
    text: {
      zh: `操作过于频繁，这次没有办理，请 ${retryAfterSeconds} 秒后再试。`,
      en: `That was too much in too short a time, and was not done. Try again in ${retryAfterSeconds} second${retryAfterSeconds === 1 ? '' : 's'}.`,
    },
    details: { retryAfterSeconds },
  })
}

/** Edits can't be stored at the moment; nothing has been changed. */
export const answerUnavailable = (c: Context<AppEnv>) => {
  c.header('Retry-After', '5')
  return answer(c, {
    status: 503,
    code: 'unavailable',
    text: {
      zh: '服务器暂时无法保存，操作没有进行，请稍后重试。',
      en: 'The server can not store anything at the moment. Nothing was changed; please try again shortly.',
    },
  })
}

/** The database went away in the middle of something that changes what is stored. */
const answerUncertain = (c: Context<AppEnv>) => {
  c.header('Retry-After', '5')
  return answer(c, {
    status: 503,
    code: 'unavailable',
    text: {
      zh: '服务器暂时无法保存，不能确定操作是否已完成。请稍后查看结果，没有完成再重做一次。',
      en: 'The server can not store anything at the moment, and this may or may not be done. Look again shortly and, if it is not there, do it once more.',
    },
  })
}

/** For `defaultHook` of zod-openapi: the fields that are wrong, never the values. */
export function answerInvalid(c: Context<AppEnv>, error: z.core.$ZodError): Response {
  const fields = error.issues.map((issue) => ({ path: issue.path.map(String).join('.'), problem: issue.message }))
  const names = (language: keyof Message) =>
    error.issues
      .filter(({ path }) => path.length > 0)
      .map((issue) => `${issue.path.map(String).join('.')}${limitOf(issue)[language]}`)
  return answer(c, {
    status: 400,
    code: 'invalid',
    text: {
      zh: names('zh').length > 0 ? `填写有误：${names('zh').join('、')}。` : '提交的内容有误。',
      en: names('en').length > 0 ? `Not accepted: ${names('en').join(', ')}.` : 'The request was not accepted.',
    },
    details: { fields },
  })
}

/** How long a text may be, for one that is too long. */
function limitOf(issue: z.core.$ZodIssue): Message {
  if (issue.code !== 'too_big' || issue.origin !== 'string') return { zh: '', en: '' }
  return { zh: `（最多 ${issue.maximum} 字）`, en: ` (at most ${issue.maximum} characters)` }
}

const STATUS: Record<RequestErrorKind, ContentfulStatusCode> = {
  invalid: 400,
  'signed-out': 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
}

function answer(
  c: Context<AppEnv>,
  what: { status: ContentfulStatusCode; code: string; text: Message; details?: unknown },
): Response {
  const { status, code, text, details } = what
  if (status === 403 || status === 409 || status === 429) c.set('refusedWith', code)
  const body: ErrorBody = { error: { code, message: text, ...(details === undefined ? {} : { details }) } }
  return c.json(body, status)
}

/** Hono's own refusals: unreadable JSON and the like. */
function answerHttpException(error: HTTPException, c: Context<AppEnv>): Response {
  if (error.status === 413) return answerTooLarge(c)
  if (error.status === 415) return answerUnsupportedType(c)
  return answerUnreadable(c)
}

/** Of a body that is cut off, or no JSON. */
export const answerUnreadable = (c: Context<AppEnv>) =>
  answer(c, {
    status: 400,
    code: 'invalid',
    text: { zh: '提交的内容不完整，或不是有效的 JSON。', en: 'The request broke off, or is not valid JSON.' },
  })
