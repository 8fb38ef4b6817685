import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { FRAME, SYNC, readExt } from '@gongping/protocol'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { type TestServer, startServer } from '../support/server.ts'

interface Room {
  readonly reportId: string
  /** Tokens handed to the socket. */
  attempted: number
  /** Tokens another client was shown. */
  readonly seen: Set<string>
  /** Tokens answered `saved`. */
  readonly saved: Set<string>
}

interface Line {
  readonly socket: WebSocket
  readonly doc: Y.Doc
}

const TICK_MS = 10

/**
 * kill -9 or SIGTERM during typing. Each room has a writer, who adds numbered tokens to the text, and an observer of another role.
 * A token is known when the observer was shown it or the writer was told `saved`; every known token must be there, once,
 * after the restart.
 *
 * @param args `--kills 30 --terms 0 --rooms 10 --rate 100` (updates per second and room), `--seed`; the promised figures
 *   are `--kills 100 --terms 20 --rate 400`
 */
export async function run(args: readonly string[]): Promise<{ ok: boolean }> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kills: { type: 'string', default: '30' },
      terms: { type: 'string', default: '0' },
      rooms: { type: 'string', default: '10' },
      rate: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
    },
  })
  const [kills, terms, rooms, rate, seed] = [values.kills, values.terms, values.rooms, values.rate, values.seed].map(
    Number,
  ) as [number, number, number, number, number]
  const server = await startServer({ LOG_LEVEL: 'info' })
  let badExits = 0
  const total = { attempted: 0, seen: 0, saved: 0, known: 0, lost: 0, twice: 0, recovered: 0 }
  try {
    const cookies = { writer: await server.signIn('filler'), observer: await server.signIn('finance') }
    const reportIds: string[] = []
    for (let index = 0; index < rooms; index += 1) reportIds.push(await createReport(server, cookies.writer, index))
    let random = seed
    for (let kill = 1; kill <= kills + terms; kill += 1) {
      const signal = kill <= kills ? 'SIGKILL' : 'SIGTERM'
      random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fffffff
      const aliveMs = 500 + (random % 1500)
      const { cycle, stopMs, exitCode } = await typeAndKill({ server, cookies, reportIds, rate, aliveMs, kill, signal })
      if (signal === 'SIGTERM' && exitCode !== 0) badExits += 1
      const startedAt = performance.now()
      await server.restart()
      const restartMs = Math.round(performance.now() - startedAt)
      const found = {
        kill,
        signal,
        aliveMs,
        ...(signal === 'SIGTERM' ? { stopMs, exitCode } : {}),
        restartMs,
        attempted: 0,
        seen: 0,
        saved: 0,
        known: 0,
        lost: 0,
        twice: 0,
        recovered: 0,
      }
      for (const room of cycle) count(found, room, await readTokens(server, cookies.observer, room.reportId), kill)
      print({ bench: 'durability', ...found })
      for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += found[key]
    }
  } finally {
    await server.remove()
  }
  const ok = total.lost === 0 && total.twice === 0 && total.known > 0 && badExits === 0
  print({ bench: 'durability', summary: true, kills, terms, rooms, rate, ...total, badExits, ok })
  return { ok }
}

async function typeAndKill(o: {
  server: TestServer
  cookies: { writer: string; observer: string }
  reportIds: readonly string[]
  rate: number
  aliveMs: number
  kill: number
  signal: 'SIGKILL' | 'SIGTERM'
}): Promise<{ cycle: Room[]; stopMs: number; exitCode: number | null }> {
  const { server, cookies, reportIds, rate, aliveMs, kill, signal } = o
  const rooms = reportIds.map((reportId): Room => ({ reportId, attempted: 0, seen: new Set(), saved: new Set() }))
  const lines: Line[] = []
  const timers: NodeJS.Timeout[] = []
  for (const [index, room] of rooms.entries()) {
    lines.push(
      await open(server, cookies.observer, room.reportId, {
        onUpdate: (bytes) => {
          for (const token of tokensIn(Buffer.from(bytes).toString('latin1'))) room.seen.add(token)
        },
      }),
    )
    const writer = await open(server, cookies.writer, room.reportId, {
      // The empty answer to the server's step 1 is frame 1, the first token is frame 2.
      onSaved: (frames) => {
        for (let token = room.saved.size + 1; token < frames; token += 1) room.saved.add(tokenOf(kill, index, token))
      },
    })
    lines.push(writer)
    writer.doc.on('update', (update: Uint8Array) => {
      if (writer.socket.readyState === WebSocket.OPEN) writer.socket.send(syncFrame(SYNC.update, update))
    })
    const text = new Y.XmlText()
    room.attempted = 1
    writer.doc.transact(() => {
      writer.doc.get('body', Y.XmlElement).push([text])
      text.insert(0, tokenOf(kill, index, 1))
    })
    const startedAt = performance.now()
    timers.push(
      setInterval(() => {
        // By the clock, so that a busy machine does not lower the rate; each token is an update of its own.
        const due = Math.floor(((performance.now() - startedAt) / 1000) * rate)
        while (room.attempted <= due && writer.socket.readyState === WebSocket.OPEN) {
          room.attempted += 1
          text.insert(text.length, tokenOf(kill, index, room.attempted))
        }
      }, TICK_MS),
    )
  }
  await sleep(aliveMs)
  const stopFrom = performance.now()
  let exitCode: number | null = null
  if (signal === 'SIGTERM') exitCode = await server.stop()
  else await server.kill()
  const stopMs = Math.round(performance.now() - stopFrom)
  for (const timer of timers) clearInterval(timer)
  for (const { socket } of lines) socket.terminate()
  return { cycle: rooms, stopMs, exitCode }
}

function count(
  found: {
    attempted: number
    seen: number
    saved: number
    known: number
    lost: number
    twice: number
    recovered: number
  },
  room: Room,
  present: readonly string[],
  kill: number,
): void {
  const mine = present.filter((token) => token.startsWith(`t${kill}.`))
  const there = new Set(mine)
  const known = room.seen.union(room.saved)
  found.attempted += room.attempted
  found.seen += room.seen.size
  found.saved += room.saved.size
  found.known += known.size
  found.lost += known.difference(there).size
  found.twice += mine.length - there.size
  found.recovered += there.difference(known).size
}

async function readTokens(server: TestServer, cookie: string, reportId: string): Promise<string[]> {
  const { doc, socket } = await open(server, cookie, reportId, {})
  const text = doc.get('body', Y.XmlElement).toString()
  socket.terminate()
  doc.destroy()
  return tokensIn(text)
}

/** Joins a report's text as a plain client and resolves when it is complete. */
function open(
  server: TestServer,
  cookie: string,
  reportId: string,
  on: { onUpdate?: (bytes: Uint8Array) => void; onSaved?: (frames: number) => void },
): Promise<Line> {
  const doc = new Y.Doc()
  const socket = new WebSocket(`${server.wsUrl}/sync/${reportId}/narrative?ext=1`, { headers: { cookie } })
  const { promise, resolve, reject } = Promise.withResolvers<Line>()
  socket.on('error', reject)
  socket.on('open', () => socket.send(syncFrame(SYNC.step1, Y.encodeStateVector(doc))))
  socket.on('message', (data: Buffer) => {
    const decoder = decoding.createDecoder(new Uint8Array(data))
    const type = decoding.readVarUint(decoder)
    if (type === FRAME.ext) {
      const frame = readExt(decoder)
      if (frame.type === 'saved') on.onSaved?.(frame.frames)
      return
    }
    if (type !== FRAME.sync) return
    const kind = decoding.readVarUint(decoder)
    const bytes = decoding.readVarUint8Array(decoder)
    if (kind === SYNC.step1) socket.send(syncFrame(SYNC.step2, Y.encodeStateAsUpdate(doc, bytes)))
    else if (kind === SYNC.update && on.onUpdate) on.onUpdate(bytes)
    else if (kind === SYNC.step2) {
      Y.applyUpdate(doc, bytes)
      resolve({ socket, doc })
    }
  })
  return promise
}

async function createReport(server: TestServer, cookie: string, index: number): Promise<string> {
  const response = await fetch(`${server.url}/api/reports`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: server.url, cookie },
    body: JSON.stringify({ templateId: 'guangdong-2022', projectName: `durability ${index}`, fiscalYear: 2024 }),
  })
  if (!response.ok) throw new Error(`creating a report: HTTP ${response.status} ${await response.text()}`)
  return ((await response.json()) as { id: string }).id
}

function syncFrame(kind: number, bytes: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, FRAME.sync)
  encoding.writeVarUint(encoder, kind)
  encoding.writeVarUint8Array(encoder, bytes)
  return encoding.toUint8Array(encoder)
}

const tokenOf = (kill: number, room: number, number: number) => `t${kill}.${room}.${number};`
const tokensIn = (text: string) => text.match(/t\d+\.\d+\.\d+;/g) ?? []
const print = (line: Record<string, unknown>) => process.stdout.write(`${JSON.stringify(line)}\n`)
