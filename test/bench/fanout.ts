import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startLoad } from './load/load.ts'
import { countMissing, readDocument } from './load/read-document.ts'
import { type Pace, clientIdOf } from './load/typing.ts'
import { NotInstallableError } from './peers/install.ts'
import type { Peer } from './peers/peer.ts'
import { peersNamed } from './peers/peers.ts'
import { cpuSeconds, rssKiB } from './peers/server-process.ts'
import { percentile, printResult } from './report.ts'

interface Point {
  readonly rooms: number
  readonly clients: number
  /** In each room. */
  readonly writers: number
  readonly pace: Pace
}

const POINTS: Readonly<Record<string, Point>> = {
  '1x20-rate10': { rooms: 1, clients: 20, writers: 20, pace: { perSecond: 10 } },
  '50x5-rate5': { rooms: 50, clients: 5, writers: 5, pace: { perSecond: 5 } },
  '1x200-rate10': { rooms: 1, clients: 200, writers: 10, pace: { perSecond: 10 } },
  '1x20-saturated': { rooms: 1, clients: 20, writers: 20, pace: { window: 8 } },
  '50x5-saturated': { rooms: 50, clients: 5, writers: 5, pace: { window: 4 } },
  '1x200-saturated': { rooms: 1, clients: 200, writers: 10, pace: { window: 8 } },
}

/** At typing rates: server CPU per delivery in multiples of relay-ws, and milliseconds. */
const TYPING_LIMITS = { cpuRatio: 1.5, p99Ms: 30 }
const TYPING_GOAL = { cpuRatio: 1.2 }
/** Saturated: deliveries a second and CPU per delivery in multiples of relay-ws. */
const SATURATED_LIMITS: Readonly<Record<string, { throughputRatio: number; cpuRatio: number }>> = {
  '1x20-saturated': { throughputRatio: 4, cpuRatio: 0.3 },
  '50x5-saturated': { throughputRatio: 1.5, cpuRatio: 0.3 },
  '1x200-saturated': { throughputRatio: 4, cpuRatio: 0.3 },
}

interface Figures {
  readonly deliveriesPerSecond: number
  readonly framesPerSecond: number
  readonly p50Ms: number
  readonly p95Ms: number
  readonly p99Ms: number
  readonly cpuPerMillion: number
  readonly serverCpu: number
  readonly loadCpu: number
  readonly rssMb: number
  readonly missing: number
  readonly missingAtReader: number | undefined
  readonly closed: number
}

/**
 * Fan-out: what it costs a server to show one person's keystroke to the others of the room. Peers take turns, in an order
 * that moves on with each run; ratios are to relay-ws in the same run, and the result is the median of the runs.
 *
 * A delivery is one character of one writer at one other client, however many a frame holds. CPU is utime + stime of the
 * server's process during the window, which follows a warm-up. Afterwards every client must have every character, and so
 * must a newcomer who reads the document.
 *
 * @param args `--runs 3 --seconds 6 --warmup 3 --points 1x20-rate10,… --peers relay-ws,gongping,… --profile FOLDER`
 */
export async function run(args: readonly string[]): Promise<{ ok: boolean }> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '6' },
      warmup: { type: 'string', default: '3' },
      points: { type: 'string', default: Object.keys(POINTS).join(',') },
      peers: { type: 'string', default: '' },
      profile: { type: 'string' },
    },
  })
  const runs = Number(values.runs)
  const window = { seconds: Number(values.seconds), warmup: Number(values.warmup), profileDir: values.profile }
  const peers = peersNamed(values.peers)
  const absent = new Set<Peer>()
  let ok = true
  for (const name of values.points.split(',')) {
    const point = POINTS[name]
    if (!point) throw new Error(`no point ${name}; there are ${Object.keys(POINTS).join(', ')}`)
    const byRun: Map<string, Figures>[] = []
    for (let number = 0; number < runs; number += 1) {
      const figures = new Map<string, Figures>()
      byRun.push(figures)
      for (const index of peers.keys()) {
        const peer = peers[(index + number) % peers.length] as Peer
        if (absent.has(peer)) continue
        try {
          const measured = await measure(peer, point, window)
          figures.set(peer.name, measured)
          printResult('fanout', { point: name, run: number + 1, peer: peer.name, ...measured })
        } catch (error) {
          if (!(error instanceof NotInstallableError)) throw error
          absent.add(peer)
          printResult('fanout', { peer: peer.name, notInstallable: error.message })
        }
      }
    }
    ok = summarize(name, peers, byRun) && ok
  }
  return { ok }
}

async function measure(
  peer: Peer,
  point: Point,
  o: { seconds: number; warmup: number; profileDir: string | undefined },
): Promise<Figures> {
  const { rooms, clients, writers, pace } = point
  const server = await peer.start({
    rooms,
    clients: clients + 1,
    isSaturated: 'window' in pace,
    profileDir: o.profileDir,
  })
  const load = startLoad()
  try {
    const lines = Array.from({ length: rooms }, (_, room) =>
      Array.from({ length: clients }, (__, client) => server.line(room, client)),
    )
    await load.openRooms({ rooms: lines, atOnce: 20 })
    await load.startTyping({ writers, pace })
    await sleep(o.warmup * 1000)
    const before = await load.shown({ restartClock: true })
    const cpuBefore = cpuSeconds(server.pid)
    await sleep(o.seconds * 1000)
    const cpuAfter = cpuSeconds(server.pid)
    const after = await load.shown({ restartClock: false })
    const rssMb = rssKiB(server.pid) / 1024
    const typed = await load.stopTyping({})

    let missingAtReader: number | undefined
    if (peer.hasDocuments) {
      missingAtReader = 0
      for (const [room, clocks] of typed.clocks.entries()) {
        const wanted = new Map(clocks.map((clock, writer) => [clientIdOf(writer), clock]))
        const doc = await readDocument(server.line(room, clients), (read) => countMissing(read, wanted) === 0)
        missingAtReader += countMissing(doc, wanted)
        doc.destroy()
      }
    }
    const elapsed = (after.at - before.at) / 1000
    const deliveries = after.deliveries - before.deliveries
    return {
      deliveriesPerSecond: Math.round(deliveries / elapsed),
      framesPerSecond: Math.round((after.frames - before.frames) / elapsed),
      p50Ms: round(typed.p50),
      p95Ms: round(typed.p95),
      p99Ms: round(typed.p99),
      cpuPerMillion: round(((cpuAfter - cpuBefore) / deliveries) * 1e6),
      serverCpu: round((cpuAfter - cpuBefore) / elapsed),
      loadCpu: round((after.cpu - before.cpu) / elapsed),
      rssMb: Math.round(rssMb),
      missing: typed.missing,
      missingAtReader,
      closed: typed.closed.length,
    }
  } finally {
    await load.end()
    if (o.profileDir) await server.stop()
    await server.remove()
  }
}

/** One line per peer: medians, ratios, and for our server whether the limits hold. */
function summarize(name: string, peers: readonly Peer[], byRun: readonly Map<string, Figures>[]): boolean {
  const medianOf = (peer: string, figure: (own: Figures, base: Figures | undefined) => number | undefined) =>
    round(
      percentile(
        byRun.flatMap((figures) => {
          const own = figures.get(peer)
          return (own && figure(own, figures.get('relay-ws'))) ?? []
        }),
        50,
      ),
    )
  const cpuOf = (peer: string) => medianOf(peer, (own) => own.cpuPerMillion)
  let ok = true
  for (const peer of peers) {
    const runs = byRun.flatMap((figures) => figures.get(peer.name) ?? [])
    if (runs.length === 0) continue
    const medians = {
      deliveriesPerSecond: medianOf(peer.name, (own) => own.deliveriesPerSecond),
      p99Ms: medianOf(peer.name, (own) => own.p99Ms),
      cpuPerMillion: cpuOf(peer.name),
      throughputRatio: medianOf(peer.name, (own, base) => base && own.deliveriesPerSecond / base.deliveriesPerSecond),
      cpuRatio: medianOf(peer.name, (own, base) => base && own.cpuPerMillion / base.cpuPerMillion),
      missing: runs.reduce((sum, { missing, missingAtReader = 0 }) => sum + missing + missingAtReader, 0),
    }
    const about = { point: name, summary: true, peer: peer.name, runs: runs.length, ...medians }
    if (peer.name !== 'gongping') {
      printResult('fanout', about)
      continue
    }
    const others = peers.filter((other) => other.hasDocuments && other !== peer).map((other) => cpuOf(other.name))
    const saturated = SATURATED_LIMITS[name]
    // A peer that did not run has no figure.
    const isBelowPeers = others.every((cpu) => Number.isNaN(cpu) || medians.cpuPerMillion < cpu)
    const holds =
      medians.missing === 0 &&
      (saturated
        ? medians.throughputRatio >= saturated.throughputRatio && medians.cpuRatio <= saturated.cpuRatio
        : isBelowPeers && medians.cpuRatio <= TYPING_LIMITS.cpuRatio && medians.p99Ms <= TYPING_LIMITS.p99Ms)
    const limits = saturated ?? TYPING_LIMITS
    const goal = saturated ? {} : { goal: TYPING_GOAL, goalMet: medians.cpuRatio <= TYPING_GOAL.cpuRatio, isBelowPeers }
    printResult('fanout', { ...about, limits, ...goal, ok: holds })
    ok &&= holds
  }
  return ok
}

const round = (value: number) => Math.round(value * 100) / 100
