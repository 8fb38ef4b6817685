import { join } from 'node:path'
import { install } from './install.ts'
import type { Peer } from './peer.ts'
import { makeDataDir, runPeer } from './server-process.ts'
import { launchYWebsocket } from './y-websocket-server.ts'

/** The last reference server that stores: every update to LevelDB, without waiting for it. */
export const yWebsocket2: Peer = {
  name: 'y-websocket-2-leveldb',
  persists: true,
  hasDocuments: true,
  async start() {
    const folder = await install('y-websocket-2', { 'y-websocket': '2.1.0', 'y-leveldb': '0.1.2', yjs: '13.6.33' })
    const dataDir = makeDataDir('yws2')
    return runPeer({
      dataDir,
      launch: () =>
        launchYWebsocket(join(folder, 'node_modules/y-websocket/bin/server.cjs'), {
          YPERSISTENCE: join(dataDir, 'db'),
        }),
      line: (room, _, port) => ({ port, path: `/room${room}`, room: `room${room}`, dialect: 'yjs' }),
    })
  },
}
