import { gongping } from './gongping.ts'
import { hocuspocus } from './hocuspocus.ts'
import type { Peer } from './peer.ts'
import { relayWs } from './relay-ws.ts'
import { yWebsocket2 } from './y-websocket-2.ts'
import { yWebsocketServer } from './y-websocket-server.ts'

/** The bare relay first: it is what the others are compared with. */
const PEERS: readonly Peer[] = [relayWs, gongping, yWebsocketServer, yWebsocket2, hocuspocus]

/**
 * @param names comma-separated; empty means all
 * @throws when there is no such peer
 */
export function peersNamed(names: string): readonly Peer[] {
  if (!names) return PEERS
  return names.split(',').map((name) => {
    const peer = PEERS.find((one) => one.name === name)
    if (!peer) throw new Error(`no peer ${name}; there are ${PEERS.map((one) => one.name).join(', ')}`)
    return peer
  })
}
