import { randomBytes } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from './app-env.ts'

/**
 * Headers of every answer. Scripts come from us only. Styles too, except the ones that carry this answer's nonce:
 * antd writes its styles into the page while it runs.
 * Trusted Types are not required: antd sets the text of its style elements through innerHTML.
 */
export function securityHeaders(baseUrl: string): MiddlewareHandler<AppEnv> {
  const { protocol, host } = new URL(baseUrl)
  const isHttps = protocol === 'https:'
  const socket = `${isHttps ? 'wss' : 'ws'}://${host}`
  return async (c, next) => {
    const nonce = randomBytes(16).toString('base64')
    c.set('cspNonce', nonce)
    await next()
    const { headers } = c.res
    headers.set('Content-Security-Policy', contentSecurityPolicy(nonce, socket))
    for (const [name, value] of FIXED) headers.set(name, value)
    if (isHttps) headers.set('Strict-Transport-Security', 'max-age=63072000; includeSubDomains')
    if (!headers.has('Cache-Control')) headers.set('Cache-Control', 'no-store')
  }
}

const contentSecurityPolicy = (nonce: string, socket: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' blob: data:",
    "font-src 'self'",
    `connect-src 'self' ${socket}`,
    "worker-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

const OFF = [
  'accelerometer',
  'camera',
  'display-capture',
  'encrypted-media',
  'fullscreen',
  'geolocation',
  'gyroscope',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'picture-in-picture',
  'publickey-credentials-get',
  'screen-wake-lock',
  'usb',
  'xr-spatial-tracking',
]

const FIXED: readonly (readonly [string, string])[] = [
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['X-Frame-Options', 'DENY'],
  ['Permissions-Policy', OFF.map((feature) => `${feature}=()`).join(', ')],
]
