import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startLoad } from './load/load.ts'
import { countMissing, readDocument } from './load/read-document.ts'
import { clientIdOf } from './load/typing.ts'
import { NotInstallableError } from './peers/install.ts'
import type { Peer } from './peers/peer.ts'
import { peersNamed } from './peers/peers.ts'
import { cpuSeconds, rssKiB } from './peers/server-process.ts'
import { printResult } from './report.ts'

const LIMITS = { p95Ms: 250, lost: 0 }
const WARMUP_MS = 2000

/**
 * A crowd: 500 editors in one document, all of them typing, 2 updates a second each for a minute. How long a keystroke
 * takes to the others' screens, and whether one of them ever misses one. The clients run in a process beside the server's,
 * so on a machine with few cores they compete with it.
 *
 * @param args `--editors 500 --rate 2 --seconds 60 --peers gongping --profile FOLDER`
 */
export async function run(args: readonly string[]): Promise<{ ok: boolean }> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      editors: { type: 'string', default: '500' },
      rate: { type: 'string', default: '2' },
      seconds: { type: 'string', default: '60' },
      peers: { type: 'string', default: 'gongping' },
      profile: { type: 'string' },
    },
  })
  const crowd = {
    editors: Number(values.editors),
    perSecond: Number(values.rate),
    seconds: Number(values.seconds),
    profileDir: values.profile,
  }
  let ok = true
  for (const peer of peersNamed(values.peers)) {
    try {
      const figures = await measure(peer, crowd)
      const holds = figures.p95Ms < LIMITS.p95Ms && figures.lost === LIMITS.lost
      if (peer.name === 'gongping') ok &&= holds
      printResult('crowd', { peer: peer.name, ...figures, limits: LIMITS, ok: holds })
    } catch (error) {
      if (!(error instanceof NotInstallableError)) throw error
      printResult('crowd', { peer: peer.name, notInstallable: error.message })
    }
  }
  return { ok }
}

async function measure(
  peer: Peer,
  o: { editors: number; perSecond: number; seconds: number; profileDir: string | undefined },
) {
  const server = await peer.start({ rooms: 1, clients: o.editors + 1, profileDir: o.profileDir })
  const load = startLoad()
  try {
    const lines = Array.from({ length: o.editors }, (_, client) => server.line(0, client))
    await load.openRooms({ rooms: [lines], atOnce: 20 })
    await load.startTyping({ writers: o.editors, pace: { perSecond: o.perSecond } })
    await sleep(WARMUP_MS)
    const before = await load.shown({ restartClock: true })
    const cpuBefore = cpuSeconds(server.pid)
    await sleep(o.seconds * 1000)
    const cpu = cpuSeconds(server.pid) - cpuBefore
    const after = await load.shown({ restartClock: false })
    const typed = await load.stopTyping({})
    let lost = typed.missing
    if (peer.hasDocuments) {
      const wanted = new Map(typed.clocks[0]?.map((clock, writer) => [clientIdOf(writer), clock]))
      const doc = await readDocument(server.line(0, o.editors), (read) => countMissing(read, wanted) === 0)
      lost += countMissing(doc, wanted)
    }
    const elapsed = (after.at - before.at) / 1000
    return {
      editors: o.editors,
      perSecond: o.perSecond,
      sent: typed.sent,
      deliveriesPerSecond: Math.round((after.deliveries - before.deliveries) / elapsed),
      p50Ms: typed.p50,
      p95Ms: typed.p95,
      p99Ms: typed.p99,
      maxMs: typed.max,
      serverCpu: round(cpu / elapsed),
      loadCpu: round((after.cpu - before.cpu) / elapsed),
      rssMb: Math.round(rssKiB(server.pid) / 1024),
      closed: typed.closed.length,
      lost,
    }
  } finally {
    await load.end()
    if (o.profileDir) await server.stop()
    await server.remove()
  }
}

const round = (value: number) => Math.round(value * 100) / 100
