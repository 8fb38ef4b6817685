import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono } from 'hono'
import type { Context } from 'hono'
import type { AppEnv } from './app-env.ts'
import { answerNotFound } from './errors.ts'

const NONCE_PLACEHOLDER = '__CSP_NONCE__'

/**
 * The built client. Hashed files may be kept for ever and are served as compressed at build time; the page itself is
 * made anew for every visit, since it carries the nonce of its own answer.
 */
export function clientFiles(dir: string): Hono<AppEnv> {
  const routes = new Hono<AppEnv>()
  const readPage = pageReader(join(dir, 'index.html'))

  const page = (c: Context<AppEnv>) => {
    const html = readPage()
    if (html === undefined) return c.text(NOT_BUILT, 503)
    return c.html(html.replaceAll(NONCE_PLACEHOLDER, c.get('cspNonce')))
  }

  routes.use(
    '/assets/*',
    serveStatic({
      root: dir,
      precompressed: true,
      onFound: (_, c) => c.header('Cache-Control', 'public, max-age=31536000, immutable'),
    }),
  )
  // Ends here: a missing script must not be answered with the page, let alone be kept for a year.
  routes.all('/assets/*', answerNotFound)
  routes.get('/index.html', page)
  routes.get(
    '/:file{[^/]+\\.[a-z0-9]+}',
    serveStatic({
      root: dir,
      precompressed: true,
      onFound: (_, c) => c.header('Cache-Control', 'public, max-age=3600'),
    }),
  )
  routes.get('*', (c) => (/\.[^/]*$/.test(c.req.path) ? answerNotFound(c) : page(c)))
  return routes
}

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
