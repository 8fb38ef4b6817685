import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { install } from './install.ts'
import type { Peer } from './peer.ts'
import { makeDataDir, runPeer } from './server-process.ts'

const MAIN = fileURLToPath(new URL('hocuspocus-main.ts', import.meta.url))

/** Hocuspocus with its SQLite extension and its defaults: the whole document is saved 2 s after the last change. */
export const hocuspocus: Peer = {
  name: 'hocuspocus-sqlite',
  persists: true,
  hasDocuments: true,
  async start() {
    const folder = await install('hocuspocus', {
      '@hocuspocus/server': '4.7.0',
      '@hocuspocus/extension-sqlite': '4.7.0',
      'better-sqlite3': '12.11.1',
      yjs: '13.6.33',
    })
    const dataDir = makeDataDir('hocuspocus')
    return runPeer({
      dataDir,
      launch: async () => ({
        args: [MAIN],
        env: { PACKAGES: folder, DATABASE: join(dataDir, 'db.sqlite') },
        portIn: (line) => (line.startsWith('port ') ? Number(line.slice(5)) : undefined),
      }),
      line: (room, _, port) => ({ port, path: '/', room: `room${room}`, dialect: 'hocuspocus' }),
    })
  },
}
