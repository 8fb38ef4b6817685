import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'

/** The socket's address. What the caller says about itself (X-Forwarded-For) does not count. */
export function clientAddress(c: Context): string {
  // Requests made in the process itself (tests) have no socket.
  if (!c.env || !('incoming' in c.env)) return 'local'
  return getConnInfo(c).remote.address ?? 'unknown'
}
