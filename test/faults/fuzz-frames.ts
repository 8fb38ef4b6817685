import { SYNC } from '@gongping/protocol'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import * as Y from 'yjs'
import { type PlainClient, openPlainClient, syncFrame } from '../support/plain-client.ts'
import { type RawLine, openRawLine, wireFrame } from '../support/raw-line.ts'
import type { TestServer } from '../support/server.ts'

export interface FrameFuzz {
  readonly frames: number
  readonly lines: number
  /** Tokens of the honest writer that the honest reader was not shown. */
  readonly lost: number
  readonly tokens: number
  /** The most the server's main thread computed between a `GET /healthz` and its answer, milliseconds; `Infinity`: refused. */
  readonly slowestHealthMs: number
  /** Growth of the server's resident memory. */
  readonly growthMiB: number
  /** The same process still serves. */
  readonly isAlive: boolean
}

const LANES = 4

/** Puts hostile frames on the lines of one account while two others work, and watches those two. */
export async function fuzzFrames(options: {
  server: TestServer
  reportId: string
  frames: number
  seed: number
}): Promise<FrameFuzz> {
  const { server, reportId, frames, seed } = options
  const { pid } = server
  const cookies = { writer: await server.signIn('filler'), reader: await server.signIn('head') }
  const hostile = await server.signIn('finance')
  const seen = new Set<string>()
  const writer = await openPlainClient(server, { cookie: cookies.writer, reportId, part: 'narrative' })
  const reader = await openPlainClient(server, {
    cookie: cookies.reader,
    reportId,
    part: 'narrative',
    onUpdate: (bytes) => {
      for (const token of Buffer.from(bytes)
        .toString('latin1')
        .match(/\[w\d+\]/g) ?? [])
        seen.add(token)
    },
  })
  const memoryBefore = await residentMiB(server)
  const stop = new AbortController()
  const typing = typeTokens(writer, stop.signal)
  const watching = watchHealth(server, stop.signal)
  const state = { left: frames, lines: 0 }
  const material = await materialFor(server, { cookie: hostile, reportId })
  await Promise.all(
    Array.from({ length: LANES }, (_, lane) =>
      attack({
        server,
        path: `/sync/${reportId}/narrative`,
        cookie: hostile,
        material,
        state,
        seed: seed * 100 + lane,
      }),
    ),
  )
  stop.abort()
  const tokens = await typing
  const slowestMs = await watching
  for (let waits = 0; waits < 50 && seen.size < tokens; waits += 1) await sleep(100)
  const result = {
    frames,
    lines: state.lines,
    tokens,
    lost: tokens - seen.size,
    slowestHealthMs: Math.round(slowestMs),
    growthMiB: Math.round((await residentMiB(server)) - memoryBefore),
    isAlive: server.pid === pid && writer.socket.readyState === 1 && reader.socket.readyState === 1,
  }
  for (const { socket } of [writer, reader]) socket.terminate()
  return result
}

async function typeTokens({ doc }: PlainClient, signal: AbortSignal): Promise<number> {
  const text = new Y.XmlText()
  doc.get('body', Y.XmlElement).push([text])
  let count = 0
  while (!signal.aborted) {
    // A paragraph each: whoever has the pen may delete, but nobody can keep a token from being shown.
    doc.get('body', Y.XmlElement).push([new Y.XmlText(`[w${(count += 1)}]`)])
    await sleep(50)
  }
  return count
}

/** What keeps others waiting is what the server computes; time in which the machine runs something else is not its doing. */
async function watchHealth({ url, pid }: TestServer, signal: AbortSignal): Promise<number> {
  let slowestMs = 0
  while (!signal.aborted) {
    const began = computedMs(pid)
    // A connection of its own each time: one kept alive may be closed by the server just when it is used again.
    const answer = await fetch(`${url}/healthz`, { headers: { connection: 'close' } })
    await answer.arrayBuffer()
    slowestMs = Math.max(slowestMs, answer.ok ? computedMs(pid) - began : Infinity)
    await sleep(20)
  }
  return slowestMs
}

/** On a processor so far: the main thread alone, which reads every frame; with the garbage it collects itself. */
const computedMs = (pid: number) => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ', 1)[0]) / 1e6

async function residentMiB({ url }: TestServer): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const bytes = /^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]
  if (bytes === undefined) throw new Error('no process_resident_memory_bytes in /metrics')
  return Number(bytes) / 2 ** 20
}

/** Updates this account could honestly send, as the stuff to break. */
async function materialFor(
  server: TestServer,
  options: { cookie: string; reportId: string },
): Promise<readonly Uint8Array[]> {
  const { doc, socket } = await openPlainClient(server, { ...options, part: 'narrative' })
  socket.terminate()
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  const body = doc.get('body', Y.XmlElement)
  const text = new Y.XmlText('material')
  body.push([text])
  text.insert(3, '文字')
  text.format(1, 4, { bold: true })
  text.delete(2, 1)
  body.push([new Y.XmlElement('table')])
  const all = Y.encodeStateAsUpdate(doc)
  return [...updates, Y.mergeUpdates(updates), ...(all.length < 200_000 ? [all] : []), Y.encodeStateVector(doc)]
}

async function attack(options: {
  server: TestServer
  path: string
  cookie: string
  material: readonly Uint8Array[]
  state: { left: number; lines: number }
  seed: number
}): Promise<void> {
  const { server, path, cookie, material, state, seed } = options
  const random = new Random(seed)
  let line: RawLine | undefined
  while (state.left > 0) {
    if (!line?.isOpen) {
      line = await openRawLine(server, { path, headers: { cookie } })
      state.lines += 1
      if (line.status === 429) await sleep(20)
      if (!line.isOpen) continue
    }
    const burst = Math.min(state.left, 1 + random.below(12))
    state.left -= burst
    for (let count = 0; count < burst; count += 1) line.put(hostileFrame(material, random))
    // Time for the server to read and to answer; what it refused ends the line.
    await sleep(random.below(4))
    if (random.below(40) === 0) line.end()
  }
  line?.end()
}

function hostileFrame(material: readonly Uint8Array[], random: Random): Uint8Array {
  const honest = random.pick(material)
  const sync = syncFrame(random.pick([SYNC.step1, SYNC.step2, SYNC.update, 3]), honest)
  switch (random.below(16)) {
    case 0:
    case 1:
    case 2:
      return wireFrame({ payload: syncFrame(SYNC.update, mutate(honest, random)) })
    case 3:
      return wireFrame({ payload: mutate(sync, random) })
    case 4:
      return wireFrame({ payload: sync.subarray(0, random.below(sync.length)) })
    case 5:
      return wireFrame({ payload: random.bytes(random.below(200)) })
    case 6:
      return wireFrame({ payload: presence(random) })
    case 7:
      return wireFrame({ opcode: 1, payload: Buffer.from('{"type":"auth"}') })
    case 8:
      return wireFrame({ reserved: 1 + random.below(7), payload: sync })
    case 9:
      return wireFrame({ isMasked: false, payload: sync })
    case 10:
      return wireFrame({ declaredLength: random.pick([2 ** 21, 2 ** 31, 2 ** 40, 2 ** 52]), payload: sync })
    case 11:
      return Buffer.concat([
        wireFrame({ isLast: false, payload: sync }),
        ...Array.from({ length: random.below(30) }, () =>
          wireFrame({ opcode: 0, isLast: false, payload: random.bytes(random.below(50)) }),
        ),
      ])
    case 12:
      return wireFrame({ opcode: random.pick([3, 4, 7, 11, 15]), payload: random.bytes(4) })
    case 13:
      return wireFrame({
        opcode: random.pick([8, 9, 10]),
        isLast: random.below(2) === 0,
        payload: random.bytes(random.pick([0, 1, 2, 125, 200])),
      })
    case 14:
      return wireFrame({ opcode: 0, payload: sync })
    default:
      return wireFrame({ payload: sync }).subarray(0, random.below(20))
  }
}

/** Awareness frames: many entries, deep JSON, no JSON, other people's ids, too long. */
function presence(random: Random): Uint8Array {
  const json = random.pick([
    'null',
    '{"name":"somebody","user":{"id":"filler"}}',
    '['.repeat(20_000),
    `{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`,
    '{"__proto__":{"isAdmin":true}}',
    `{"a":"${'x'.repeat(5000)}"}`,
    'no json',
  ])
  const count = random.pick([1, 1, 1, 200, 2 ** 28])
  const entries = Array.from({ length: Math.min(count, 200) }, () => [
    ...varUint(random.below(2 ** 30)),
    ...varUint(random.below(1000)),
    ...varUint(Buffer.byteLength(json)),
    ...Buffer.from(json),
  ])
  const body = [...varUint(count), ...entries.slice(0, json.length > 1000 ? 2 : 200).flat()]
  return Uint8Array.from([1, ...varUint(body.length), ...body])
}

const varUint = (value: number): number[] =>
  value < 128 ? [value] : [128 | (value % 128), ...varUint(Math.floor(value / 128))]

function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  const changed = Uint8Array.from(bytes)
  for (let times = 1 + random.below(4); times > 0; times -= 1) changed[random.below(changed.length)] = random.below(256)
  return random.below(4) === 0 ? changed.subarray(0, random.below(changed.length)) : changed
}

/** Numbers from a seed. */
class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1
  }

  below(limit: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return Math.floor(((this.#state >>> 0) / 2 ** 32) * limit)
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256))
  }
}
