import { fileURLToPath } from 'node:url'
import { clientPath, furnish } from './gongping-data.ts'
import type { Peer } from './peer.ts'
import { makeDataDir, runPeer } from './server-process.ts'

const MAIN = fileURLToPath(new URL('../../../server/src/main.ts', import.meta.url))
const SATURATED_MAIN = fileURLToPath(new URL('gongping-saturated-main.ts', import.meta.url))

/** Our server as in production: SQLite with synchronous=FULL, sessions, rights, guard, scoring, confirmations. */
export const gongping: Peer = {
  name: 'gongping',
  persists: true,
  hasDocuments: true,
  async start(o) {
    const dataDir = makeDataDir('gongping')
    const cookieOf = await furnish({ dataDir, ...o })
    const profile = o.profileDir ? ['--cpu-prof', '--cpu-prof-dir', o.profileDir] : []
    return runPeer({
      dataDir,
      launch: async () => ({
        args: [...profile, o.isSaturated ? SATURATED_MAIN : MAIN],
        env: {
          HOST: '127.0.0.1',
          PORT: '0',
          DATA_DIR: dataDir,
          DEMO: '0',
          LOG_LEVEL: 'info',
          // All clients are on this machine.
          SYNC_MAX_SOCKETS_PER_ADDRESS: '100000',
        },
        portIn: readyPort,
      }),
      line: (room, client, port) => ({
        port,
        path: clientPath(room),
        room: clientPath(room),
        dialect: 'yjs',
        cookie: cookieOf(room, client),
      }),
    })
  },
}

function readyPort(line: string): number | undefined {
  if (!line.startsWith('{')) return undefined
  const entry = JSON.parse(line) as { msg?: string; url?: string }
  return entry.msg === 'ready' && entry.url ? Number(new URL(entry.url).port) : undefined
}
