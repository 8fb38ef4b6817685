import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from './app-env.ts'
import { answerTooLarge, answerUnreadable } from './errors.ts'

/**
 * Refuses bodies above `maxBytes`. One of a declared length is judged by it before it is read; any other is read up to
 * the limit and handed on, also when there is none: scripts leave the length of nothing out.
 */
export function limitBody(maxBytes: number): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const { headers, body } = c.req.raw
    if (!body) return next()
    // Read before, by a wider limit.
    const read = c.req.bodyCache.arrayBuffer as Promise<ArrayBuffer> | undefined
    if (read) return (await read).byteLength > maxBytes ? answerTooLarge(c) : next()
    const declared = headers.get('content-length')
    if (declared !== null && !headers.has('transfer-encoding')) {
      return Number(declared) > maxBytes ? answerTooLarge(c) : next()
    }
    const pieces: Uint8Array[] = []
    let length = 0
    try {
      for await (const piece of body) {
        length += piece.byteLength
        if (length > maxBytes) return answerTooLarge(c)
        pieces.push(piece)
      }
    } catch {
      // The line or its chunks broke off.
      return answerUnreadable(c)
    }
    const bytes = new Uint8Array(length)
    let at = 0
    for (const piece of pieces) {
      bytes.set(piece, at)
      at += piece.byteLength
    }
    // Whoever asks for the body from here on gets these bytes: the stream can be read only once.
    // The cache holds promises, other than its type says.
    c.req.bodyCache.arrayBuffer = Promise.resolve(bytes.buffer) as never
    return next()
  }
}
