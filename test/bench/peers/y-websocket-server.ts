import { join } from 'node:path'
import { install } from './install.ts'
import type { Peer } from './peer.ts'
import { findFreePort, makeDataDir, runPeer } from './server-process.ts'

/** The reference server. It keeps documents in memory only, and for ever. */
export const yWebsocketServer: Peer = {
  name: '@y/websocket-server',
  persists: false,
  hasDocuments: true,
  async start() {
    // Its own range of @y/protocols leads to a beta that needs unpublished packages.
    const folder = await install('y-websocket-server', { '@y/websocket-server': '0.1.5', '@y/protocols': '1.0.6-1' })
    return runPeer({
      dataDir: makeDataDir('yws'),
      launch: () => launchYWebsocket(join(folder, 'node_modules/@y/websocket-server/src/server.js')),
      line: (room, _, port) => ({ port, path: `/room${room}`, room: `room${room}`, dialect: 'yjs' }),
    })
  },
}

/** The same entry and environment in both generations. */
export async function launchYWebsocket(main: string, env: Record<string, string> = {}) {
  const port = await findFreePort()
  return {
    args: [main],
    env: { HOST: '127.0.0.1', PORT: String(port), ...env },
    portIn: (line: string) => (line.startsWith('running at') ? port : undefined),
  }
}
