import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PARTS, penOf } from '@gongping/permissions'
import type { Part, ReportState, Role } from '@gongping/permissions'
import { FRAME, SYNC, readExt } from '@gongping/protocol'
import type { ExtFrame } from '@gongping/protocol'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { openSqlite } from '../src/db/dialect.ts'
import type { Database } from '../src/db/dialect.ts'
import { migrate } from '../src/db/migrate.ts'
import { createPartStore } from '../src/db/part-store.ts'
import { Hub } from '../src/sync/hub.ts'
import { noMetrics } from '../src/sync/metrics.ts'
import type { SyncMetrics } from '../src/sync/metrics.ts'
import { realSystem } from '../src/sync/system.ts'
import type { FindAccess, PartStore } from '../src/sync/types.ts'
import { attachSync } from '../src/sync/upgrade.ts'

export const REPORT = 'report-1'
export const quiet = { warn: () => undefined, error: () => undefined }

/** Members of the test report by user id; change it and tell the hub. */
interface Rights {
  state: ReportState
  readonly roles: Map<string, Role[]>
  /** Users whose cookie is good. */
  readonly signedIn: Set<string>
  /** Sessions and rights can't be read. */
  unreadable: boolean
}

export interface SyncServer {
  readonly url: string
  readonly origin: string
  readonly hub: Hub
  readonly database: Database
  readonly rights: Rights
  readonly findAccess: FindAccess
  /** Ends sockets and server; the data stays for `startSync({ dir })`. */
  stop(): Promise<void>
}

/** A hub on a real HTTP server, real sockets and SQLite in `dir`. */
export async function startSync(options: {
  dir: string
  wrapStore?: (store: PartStore) => PartStore
  metrics?: SyncMetrics
  unloadAfterMs?: number
  recheckEveryMs?: number
}): Promise<SyncServer> {
  const database = openSqlite(join(options.dir, 'test.db'))
  await migrate(database)
  await seed(database)
  const rights: Rights = {
    state: 'draft',
    roles: new Map([
      ['filler', ['filler']],
      ['filler2', ['filler']],
      ['head', ['head']],
      ['finance', ['finance']],
    ]),
    signedIn: new Set(['filler', 'filler2', 'head', 'finance', 'outsider']),
    unreadable: false,
  }
  const findAccess: FindAccess = async (userId, reportId) => {
    if (rights.unreadable) throw new Error('no database')
    const roles = rights.roles.get(userId)
    const [role] = roles ?? []
    if (reportId !== REPORT || !roles || !role) return undefined
    return {
      userId,
      displayName: `name of ${userId}`,
      role,
      pen: penOf({ roles, isAdmin: false }, rights.state),
      state: rights.state,
    }
  }
  const store = createPartStore(database.db)
  const hub = new Hub({
    store: options.wrapStore?.(store) ?? store,
    findAccess,
    system: realSystem,
    metrics: options.metrics ?? noMetrics,
    log: quiet,
    ...(options.unloadAfterMs === undefined ? {} : { unloadAfterMs: options.unloadAfterMs }),
    ...(options.recheckEveryMs === undefined ? {} : { recheckEveryMs: options.recheckEveryMs }),
  })
  const server = createServer((_, response) => response.end())
  let origin = ''
  const detach = attachSync({
    server,
    hub,
    system: realSystem,
    log: quiet,
    readSession: async (cookie) => {
      if (rights.unreadable) throw new Error('no database')
      const userId = /(?:^|; )user=([a-z0-9]+)/.exec(cookie ?? '')?.[1]
      return userId !== undefined && rights.signedIn.has(userId) ? { userId } : undefined
    },
    findAccess,
    allowedOrigins: () => [origin],
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  origin = `http://127.0.0.1:${port}`
  return {
    url: `ws://127.0.0.1:${port}`,
    origin,
    hub,
    database,
    rights,
    findAccess,
    async stop() {
      await hub.close()
      detach()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await database.close()
    },
  }
}

export function temporaryDir(): { dir: string; remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'gongping-sync-'))
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}

/** What every part holds at first: an empty document, apart from `narrative` with one seeded paragraph. */
export function seedOf(part: Part): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = 1
  if (part === 'narrative') doc.get('body', Y.XmlElement).insert(0, [new Y.XmlText('seed')])
  if (part === 'self') doc.getMap('self').set('seed.reason', new Y.Text('seed'))
  return Y.encodeStateAsUpdate(doc)
}

async function seed({ db }: Database): Promise<void> {
  if (await db.selectFrom('report').select('id').where('id', '=', REPORT).executeTakeFirst()) return
  const at = 0
  await db
    .insertInto('report')
    .values({
      id: REPORT,
      template_id: 'guangdong-2022',
      template_version: 1,
      project_name: 'project',
      unit: 'unit',
      fiscal_year: 2024,
      state: 'draft',
      epoch: 1,
      created_by: 'filler',
      created_at: at,
      updated_at: at,
    })
    .execute()
  for (const part of PARTS) {
    const state = seedOf(part)
    const state_sha256 = createHash('sha256').update(state).digest('hex')
    await db
      .insertInto('part')
      .values({ report_id: REPORT, part, state, state_seq: 0, state_sha256, updated_at: at })
      .execute()
    await db
      .insertInto('update_log')
      .values({ report_id: REPORT, part, seq: 0, user_id: 'filler', at, bytes: state })
      .execute()
  }
}

/** A client that sends what it is told and remembers what it got; its document follows like y-websocket's. */
export interface RawClient {
  readonly doc: Y.Doc
  readonly socket: WebSocket
  readonly ext: ExtFrame[]
  /** Presence by client id, as last heard. */
  readonly presence: Map<number, unknown>
  /** Clocks heard about this client itself. */
  readonly presenceClocks: number[]
  /** Every frame as it came. */
  readonly frames: Uint8Array[]
  /** Resolves with the close code. */
  readonly closed: Promise<number>
  send(frame: Uint8Array): void
  /** Sends local changes from now on. */
  goLive(): void
  close(): void
}

export function rawClient(
  server: { url: string },
  options: { user: string; part?: Part; reportId?: string; ext?: boolean; doc?: Y.Doc; live?: boolean },
): Promise<RawClient> {
  const { user, part = 'narrative', reportId = REPORT, ext = true, doc = new Y.Doc(), live = true } = options
  const socket = new WebSocket(`${server.url}/sync/${reportId}/${part}${ext ? '?ext=1' : ''}`, {
    headers: { cookie: `user=${user}` },
  })
  socket.binaryType = 'nodebuffer'
  const client: RawClient = {
    doc,
    socket,
    ext: [],
    presence: new Map(),
    presenceClocks: [],
    frames: [],
    closed: new Promise((resolve) => socket.on('close', resolve)),
    send: (frame) => socket.send(frame),
    goLive: () =>
      doc.on('update', (update: Uint8Array, origin: unknown) => {
        if (origin !== client && socket.readyState === WebSocket.OPEN) socket.send(updateMessage(update))
      }),
    close: () => socket.close(),
  }
  if (live) client.goLive()
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('unexpected-response', (_, response) => reject(new Error(`HTTP ${response.statusCode}`)))
    socket.on('open', () => socket.send(step1Message(doc)))
    socket.on('message', (data: Buffer) => {
      client.frames.push(new Uint8Array(data))
      if (take(client, new Uint8Array(data)) === 'step2') resolve(client)
    })
    socket.on('close', (code) => reject(new Error(`closed ${code}`)))
  })
}

function take(client: RawClient, frame: Uint8Array): 'step2' | undefined {
  const decoder = decoding.createDecoder(frame)
  const frameType = decoding.readVarUint(decoder)
  if (frameType === FRAME.ext) client.ext.push(readExt(decoder))
  if (frameType === FRAME.awareness) {
    const body = decoding.createDecoder(decoding.readVarUint8Array(decoder))
    for (let left = decoding.readVarUint(body); left > 0; left -= 1) {
      const clientId = decoding.readVarUint(body)
      const clock = decoding.readVarUint(body)
      if (clientId === client.doc.clientID) client.presenceClocks.push(clock)
      const state: unknown = JSON.parse(decoding.readVarString(body))
      if (state === null) client.presence.delete(clientId)
      else client.presence.set(clientId, state)
    }
  }
  if (frameType !== FRAME.sync) return undefined
  const kind = decoding.readVarUint(decoder)
  const bytes = decoding.readVarUint8Array(decoder)
  if (kind === SYNC.step1) {
    client.send(step2Message(Y.encodeStateAsUpdate(client.doc, bytes)))
    return undefined
  }
  Y.applyUpdate(client.doc, bytes, client)
  return kind === SYNC.step2 ? 'step2' : undefined
}

export const updateMessage = (update: Uint8Array) => syncMessage(SYNC.update, update)
const step2Message = (update: Uint8Array) => syncMessage(SYNC.step2, update)
const step1Message = (doc: Y.Doc) => syncMessage(SYNC.step1, Y.encodeStateVector(doc))

function syncMessage(kind: number, bytes: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, FRAME.sync)
  encoding.writeVarUint(encoder, kind)
  encoding.writeVarUint8Array(encoder, bytes)
  return encoding.toUint8Array(encoder)
}

export function presenceMessage(entries: readonly { clientId: number; clock: number; state: unknown }[]): Uint8Array {
  const body = encoding.createEncoder()
  encoding.writeVarUint(body, entries.length)
  for (const { clientId, clock, state } of entries) {
    encoding.writeVarUint(body, clientId)
    encoding.writeVarUint(body, clock)
    encoding.writeVarString(body, typeof state === 'string' ? state : JSON.stringify(state))
  }
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, FRAME.awareness)
  encoding.writeVarUint8Array(encoder, encoding.toUint8Array(body))
  return encoding.toUint8Array(encoder)
}

/** Text of the narrative, whatever its blocks. */
export const textOf = (doc: Y.Doc): string => doc.get('body', Y.XmlElement).toString()

/** Appends to the first text of the narrative. */
export function type(doc: Y.Doc, text: string): void {
  const first = doc.get('body', Y.XmlElement).get(0) as Y.XmlText
  first.insert(first.length, text)
}
