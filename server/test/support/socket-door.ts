import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Part } from '@gongping/permissions'
import { pino } from 'pino'
import { WebSocket } from 'ws'
import { createFindAccess } from '../../src/reports/find-access.ts'
import { realSystem } from '../../src/sync/system.ts'
import { type AttachOptions, attachSync } from '../../src/sync/upgrade.ts'
import type { ReviewServer } from './review.ts'

/** A way to the documents of a test server's report over real sockets. */
export interface SocketDoor {
  open(part: Part, headers: Readonly<Record<string, string>>): WebSocket
  /** Status of the answer to an upgrade: 101 for a socket, which is ended at once. */
  statusOf(socket: WebSocket): Promise<number>
  close(): Promise<void>
}

export async function openSocketDoor(
  server: ReviewServer,
  options: Partial<Pick<AttachOptions, 'allowedOrigins' | 'onRefused' | 'limits'>> = {},
): Promise<SocketDoor> {
  const http = createServer()
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const detach = attachSync({
    server: http,
    hub: server.hub,
    system: realSystem,
    log: pino({ level: 'silent' }),
    readSession: server.readSession,
    findAccess: createFindAccess(server.database.db),
    allowedOrigins: () => [],
    ...options,
  })
  const { port } = http.address() as AddressInfo
  return {
    open: (part, headers) => new WebSocket(`ws://127.0.0.1:${port}/sync/${server.reportId}/${part}`, { headers }),
    statusOf: (socket) =>
      new Promise((resolve) => {
        socket.on('error', () => undefined)
        socket.on('open', () => {
          socket.terminate()
          resolve(101)
        })
        socket.on('unexpected-response', (_, response) => {
          response.destroy()
          resolve(response.statusCode ?? 0)
        })
      }),
    async close() {
      detach()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
