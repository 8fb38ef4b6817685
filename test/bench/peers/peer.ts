import type { Line } from '../load/load-client.ts'

/** A server under measurement. Each runs in a process of its own, alone with its data in a folder of its own. */
export interface Peer {
  readonly name: string
  /** What was read before a restart is there after it. */
  readonly persists: boolean
  /** A document can be read from it; a bare relay has none. */
  readonly hasDocuments: boolean
  /** @throws NotInstallableError, and whatever keeps the server from starting */
  start(o: PeerOptions): Promise<RunningPeer>
}

interface PeerOptions {
  /** Documents that will be joined, at most. */
  readonly rooms: number
  /** Clients in each, at most. */
  readonly clients: number
  /** Raises what one line may send above any limit, to see what the server can do. */
  readonly isSaturated?: boolean
  /** Writes a CPU profile here when the server stops; only for our own server. */
  readonly profileDir?: string | undefined
}

export interface RunningPeer {
  /** Another one after `restart`. */
  readonly pid: number
  readonly dataDir: string
  /** @param room, client from 0 up to the numbers asked for at the start */
  line(room: number, client: number): Line
  /** SIGTERM, waits, and starts again on the same data. */
  restart(): Promise<void>
  /** SIGTERM, and waits. */
  stop(): Promise<void>
  /** Ends the process and deletes its data. */
  remove(): Promise<void>
}
