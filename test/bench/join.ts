import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import * as Y from 'yjs'
import { type GeneratedDocument, writtenPaper } from './load/documents.ts'
import type { Joined } from './load/joins.ts'
import { type Load, startLoad } from './load/load.ts'
import { readDocument } from './load/read-document.ts'
import { NotInstallableError } from './peers/install.ts'
import type { Peer, RunningPeer } from './peers/peer.ts'
import { peersNamed } from './peers/peers.ts'
import { cpuSeconds } from './peers/server-process.ts'
import { percentile, printResult } from './report.ts'

const LIMITS = { coldStep2Ms: 15, coldRatioToHocuspocus: 0.5, stormCpuSeconds: 0.35, missing: 0 }
const COLD_OPENINGS = 3
const WARM_OPENINGS = 10
const JOINERS = 200
/** Part of the document's bytes after which it counts as arrived; the same content is smaller in some encodings. */
const ENOUGH = 0.8
/** Debounced saves and queues of writes are through after this. */
const SETTLE_MS = 4000

interface Figures {
  readonly coldStep2Ms: number
  readonly coldContentMs: number
  readonly coldCpuMs: number
  readonly warmStep2Ms: number
  readonly warmCpuMs: number
  readonly rejoinMs: number
  readonly rejoinBytes: number
  readonly stormP50Ms: number
  readonly stormLastMs: number
  readonly stormCpuSeconds: number
  readonly stormMb: number
  readonly missing: number
}

/**
 * Joining a long document: a text of more than 100,000 characters from 260,000 edits, generated and written through the
 * socket. Times run from before the TCP connection until sync step 2 is there, in a client that applies nothing.
 *
 * Cold: the first join after a restart of the server (median of 3 restarts; peers that keep nothing have none). Warm: the
 * next ones, one by one. Rejoin: with a full state vector. Storm: 200 newcomers at once, and the server's CPU for them.
 * A newcomer with a real Y.Doc must read the very text that was written.
 *
 * @param args `--edits 260000 --peers gongping,hocuspocus-sqlite,…`
 */
export async function run(args: readonly string[]): Promise<{ ok: boolean }> {
  const { values } = parseArgs({
    args: [...args],
    options: { edits: { type: 'string', default: '260000' }, peers: { type: 'string', default: '' } },
  })
  const paper = writtenPaper(Number(values.edits))
  const figures = new Map<string, Figures>()
  for (const peer of peersNamed(values.peers)) {
    if (!peer.hasDocuments) continue
    try {
      figures.set(peer.name, await measure(peer, paper))
    } catch (error) {
      if (!(error instanceof NotInstallableError)) throw error
      printResult('join', { peer: peer.name, notInstallable: error.message })
      continue
    }
    const { edits, text, state } = paper
    printResult('join', {
      peer: peer.name,
      edits,
      characters: text.length,
      stateBytes: state.length,
      ...figures.get(peer.name),
    })
  }
  const ours = figures.get('gongping')
  if (!ours) return { ok: true }
  const theirs = figures.get('hocuspocus-sqlite')?.coldContentMs
  const coldRatioToHocuspocus = theirs === undefined ? undefined : round(ours.coldContentMs / theirs)
  const ok =
    ours.coldStep2Ms <= LIMITS.coldStep2Ms &&
    (coldRatioToHocuspocus ?? 0) <= LIMITS.coldRatioToHocuspocus &&
    ours.stormCpuSeconds <= LIMITS.stormCpuSeconds &&
    ours.missing === LIMITS.missing
  const { coldStep2Ms, stormCpuSeconds, missing } = ours
  printResult('join', {
    summary: true,
    coldStep2Ms,
    coldRatioToHocuspocus,
    stormCpuSeconds,
    missing,
    limits: LIMITS,
    ok,
  })
  return { ok }
}

async function measure(peer: Peer, paper: GeneratedDocument): Promise<Figures> {
  const server = await peer.start({ rooms: 1, clients: JOINERS + 1, isSaturated: true })
  const load = startLoad()
  try {
    const updates = paper.updates.map((update) => Buffer.from(update).toString('base64'))
    await load.writeEach({ lines: [server.line(0, 0)], updates, contentBytes: paper.state.length, atOnce: 1 })
    await sleep(SETTLE_MS)
    const contentBytes = paper.state.length * ENOUGH
    const cold: (Joined & { cpuMs: number })[] = []
    for (let opening = 0; peer.persists && opening < COLD_OPENINGS; opening += 1) {
      await server.restart()
      // Until it is done with what servers do after starting.
      await sleep(1000)
      cold.push(await joinAlone(load, server, contentBytes))
      await load.closeAll({})
    }
    const warm: (Joined & { cpuMs: number })[] = []
    for (let opening = 0; opening < WARM_OPENINGS; opening += 1) warm.push(await joinAlone(load, server, contentBytes))
    const doc = await readDocument(server.line(0, 0), (read) => missingIn(read, paper.text) === 0)
    const back: Joined[] = []
    const stateVector = Buffer.from(Y.encodeStateVector(doc)).toString('base64')
    for (let opening = 0; opening < WARM_OPENINGS; opening += 1) {
      back.push(...(await load.join({ lines: [server.line(0, 0)], contentBytes: 0, atOnce: 1, stateVector })))
    }
    await load.closeAll({})
    const lines = Array.from({ length: JOINERS }, (_, client) => server.line(0, client))
    const cpuBefore = cpuSeconds(server.pid)
    const storm = await load.join({ lines, contentBytes, atOnce: JOINERS })
    const stormCpuSeconds = round(cpuSeconds(server.pid) - cpuBefore)
    const median = (values: readonly number[]) => round(percentile(values, 50))
    return {
      coldStep2Ms: median(cold.map(({ step2Ms }) => step2Ms)),
      coldContentMs: median(cold.map(({ contentMs }) => contentMs)),
      coldCpuMs: median(cold.map(({ cpuMs }) => cpuMs)),
      warmStep2Ms: median(warm.map(({ step2Ms }) => step2Ms)),
      warmCpuMs: round(warm.reduce((sum, { cpuMs }) => sum + cpuMs, 0) / warm.length),
      rejoinMs: median(back.map(({ step2Ms }) => step2Ms)),
      rejoinBytes: back[0]?.bytes ?? 0,
      stormP50Ms: median(storm.map(({ contentMs }) => contentMs)),
      stormLastMs: round(Math.max(...storm.map(({ contentMs }) => contentMs))),
      stormCpuSeconds,
      stormMb: round(storm.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6),
      missing: missingIn(doc, paper.text),
    }
  } finally {
    await load.end()
    await server.remove()
  }
}

async function joinAlone(load: Load, server: RunningPeer, contentBytes: number): Promise<Joined & { cpuMs: number }> {
  const cpuBefore = cpuSeconds(server.pid)
  const [joined] = await load.join({ lines: [server.line(0, 0)], contentBytes, atOnce: 1 })
  if (!joined) throw new Error('nobody joined')
  return { ...joined, cpuMs: Math.round((cpuSeconds(server.pid) - cpuBefore) * 1000) }
}

/** Characters of the written text, if `doc` does not hold all of it as it was written. */
function missingIn(doc: Y.Doc, text: string): number {
  return doc.get('body', Y.XmlElement).toString().includes(text) ? 0 : text.length
}

const round = (value: number) => Math.round(value * 100) / 100
