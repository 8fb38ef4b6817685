import { fileURLToPath } from 'node:url'
import type { Peer } from './peer.ts'
import { makeDataDir, runPeer } from './server-process.ts'

const MAIN = fileURLToPath(new URL('relay-ws-main.ts', import.meta.url))

/** The ratio base: the `ws` package passing each frame on to all others of the room, nothing read, nothing kept. */
export const relayWs: Peer = {
  name: 'relay-ws',
  persists: false,
  hasDocuments: false,
  start: () =>
    runPeer({
      dataDir: makeDataDir('relay-ws'),
      launch: async () => ({
        args: [MAIN],
        env: {},
        portIn: (line) => (line.startsWith('port ') ? Number(line.slice(5)) : undefined),
      }),
      line: (room, _, port) => ({ port, path: `/room${room}`, room: `room${room}`, dialect: 'relay' }),
    }),
}
