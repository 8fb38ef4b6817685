import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import type { Context, MiddlewareHandler } from 'hono'
import { isLoopback } from '../config.ts'
import type { AppEnv } from './app-env.ts'
import { answerNotFound } from './errors.ts'

const NONCE_PLACEHOLDER = '__CSP_NONCE__'

/**
 * The built client. Hashed files may be kept for ever and are served as compressed at build time; the page itself is
 * made anew for every visit, since it carries the nonce of its own answer.
 */
export function clientFiles({ dir, baseUrl }: { dir: string; baseUrl: string }): Hono<AppEnv> {
  const routes = new Hono<AppEnv>()
  const readPage = pageReader(join(dir, 'index.html'))
  const elsewhere = loopbackAlias(baseUrl)

  const page = (c: Context<AppEnv>) => {
    const target = elsewhere(c)
    if (target) return c.redirect(target, 307)
    const html = readPage()
    if (html === undefined) return c.text(NOT_BUILT, 503)
    return c.html(html.replaceAll(NONCE_PLACEHOLDER, c.get('cspNonce')))
  }

  routes.use('/assets/*', cacheFound('public, max-age=31536000, immutable'))
  routes.use('/:file{[^/]+\\.[a-z0-9]+}', cacheFound('public, max-age=3600'))
  routes.get('/index.html', page)
  if (existsSync(dir)) {
    routes.use('/assets/*', serveStatic({ root: dir, precompressed: true }))
    routes.get('/:file{[^/]+\\.[a-z0-9]+}', serveStatic({ root: dir, precompressed: true }))
  }
  // Ends here: a missing script must not be answered with the page, let alone be kept for a year.
  routes.all('/assets/*', answerNotFound)
  routes.get('*', (c) => (/\.[^/]*$/.test(c.req.path) ? answerNotFound(c) : page(c)))
  return routes
}

/** Lets browsers keep what was found; everything else stays uncached. */
function cacheFound(value: string): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    await next()
    const isPage = c.req.path === '/index.html'
    if (!isPage && (c.res.status === 200 || c.res.status === 206)) c.res.headers.set('Cache-Control', value)
  }
}

/**
 * Writes are accepted from one origin only. Who opens this machine by another of its loopback names is sent to that one,
 * instead of meeting a refusal at the first click.
 */
function loopbackAlias(baseUrl: string): (c: Context<AppEnv>) => string | undefined {
  const own = new URL(baseUrl)
  if (!isLoopback(bare(own.hostname))) return () => undefined
  return (c) => {
    const asked = c.req.header('host')
    if (!asked || asked === own.host || !URL.canParse(`http://${asked}`)) return undefined
    const { hostname, port } = new URL(`http://${asked}`)
    if (!isLoopback(bare(hostname)) || port !== own.port) return undefined
    const { pathname, search } = new URL(c.req.url)
    return `${own.origin}${pathname}${search}`
  }
}

/** Without the brackets of an IPv6 address. */
const bare = (hostname: string) => hostname.replace(/^\[|\]$/g, '')

/** Reads the page again only when it was built anew. */
function pageReader(file: string): () => string | undefined {
  let cached: { builtAt: number; html: string } | undefined
  return () => {
    try {
      const builtAt = statSync(file).mtimeMs
      if (cached?.builtAt !== builtAt) cached = { builtAt, html: readFileSync(file, 'utf8') }
      return cached.html
    } catch {
      return undefined
    }
  }
}

const NOT_BUILT = '页面尚未构建，请先运行 npm run build。 The pages are not built yet: run npm run build.\n'
