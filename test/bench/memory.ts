import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import * as Y from 'yjs'
import { writtenReport } from './load/documents.ts'
import { startLoad } from './load/load.ts'
import { readDocument } from './load/read-document.ts'
import { NotInstallableError } from './peers/install.ts'
import type { Peer } from './peers/peer.ts'
import { peersNamed } from './peers/peers.ts'
import { cpuSeconds, rssKiB } from './peers/server-process.ts'
import { printResult } from './report.ts'

const LIMITS = { perPartKiB: 250, secondPerPartKiB: 20, idleRssMb: 400, stalledMb: 5 }
/** Longer than our server keeps a document nobody has open. */
const UNLOAD_MS = 35_000
/** Until what was allocated on the way is collected. */
const SETTLE_MS = 5000
/** Of a core. */
const IDLE_SHARE = 0.02
/** In a row. */
const IDLE_TIMES = 3
const IDLE_AT_LATEST_MS = 300_000
const AT_ONCE = 16
const ENOUGH = 0.8
/** Of one state of presence; a little below what a server takes. */
const PRESENCE_BYTES = 3900
const PRESENCE_PER_SECOND = 1500

/**
 * Memory, as resident set of the server's process.
 *
 * parts: documents of about 60 KB of text are written, the server makes up for what that left to do, is started again, and
 * the first half of them opened with one client each. Then all leave, the server has time to unload, and the second half is
 * opened: growth after the first shows whether memory is reused. idle: sockets that joined and say nothing. stalled: a
 * client stops reading while another one moves its cursor; growth beyond the peak of the same traffic with everybody
 * reading.
 *
 * @param args `--parts 1000 --sockets 5000 --stalled-seconds 12 --peers gongping,… --only parts,idle,stalled`
 */
export async function run(args: readonly string[]): Promise<{ ok: boolean }> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      parts: { type: 'string', default: '1000' },
      sockets: { type: 'string', default: '5000' },
      'stalled-seconds': { type: 'string', default: '12' },
      peers: { type: 'string', default: '' },
      only: { type: 'string', default: 'parts,idle,stalled' },
    },
  })
  const only = values.only.split(',')
  let ok = true
  const report = (peer: Peer, figures: object, holds: boolean) => {
    printResult('memory', {
      peer: peer.name,
      ...figures,
      ...(peer.name === 'gongping' ? { limits: LIMITS, ok: holds } : {}),
    })
    if (peer.name === 'gongping') ok &&= holds
  }
  for (const peer of peersNamed(values.peers)) {
    try {
      if (only.includes('parts') && peer.hasDocuments) {
        const figures = await measureParts(peer, Number(values.parts))
        const holds =
          figures.perPartKiB <= LIMITS.perPartKiB &&
          figures.secondPerPartKiB <= LIMITS.secondPerPartKiB &&
          figures.isWhole
        report(peer, figures, holds)
      }
      if (only.includes('idle')) {
        const figures = await measureIdle(peer, Number(values.sockets))
        report(peer, figures, figures.idleRssMb <= LIMITS.idleRssMb)
      }
      if (only.includes('stalled')) {
        const figures = await measureStalled(peer, Number(values['stalled-seconds']))
        report(peer, figures, figures.stalledMb <= LIMITS.stalledMb)
      }
    } catch (error) {
      if (peer.name === 'gongping') throw error
      // One that can't be had, or that has lost what was written: the others are measured all the same.
      const what = error instanceof NotInstallableError ? 'notInstallable' : 'failed'
      printResult('memory', { peer: peer.name, [what]: error instanceof Error ? error.message : String(error) })
    }
  }
  return { ok }
}

async function measureParts(peer: Peer, parts: number) {
  const document = writtenReport()
  const server = await peer.start({ rooms: 2 * parts, clients: 1 })
  const load = startLoad()
  try {
    const lines = Array.from({ length: 2 * parts }, (_, room) => server.line(room, 0))
    const updates = [Buffer.from(document.state).toString('base64')]
    const rss = () => rssKiB(server.pid)
    let start = rss()
    const write = (some: typeof lines) =>
      load.writeEach({ lines: some, updates, contentBytes: document.state.length, atOnce: AT_ONCE })
    if (peer.persists) {
      await write(lines)
      await sleep(SETTLE_MS)
      await server.restart()
      // What it makes up for after a start is not the memory of open documents.
      await untilIdle(() => server.pid)
      await server.restart()
      await sleep(SETTLE_MS)
      start = rss()
    }
    const half = async (first: number) => {
      const rooms = Array.from({ length: parts }, (_, index) => server.line(first + index, 0))
      if (!peer.persists) await write(rooms)
      await load.join({ lines: rooms, contentBytes: document.state.length * ENOUGH, atOnce: AT_ONCE })
      await sleep(SETTLE_MS)
      return rss()
    }
    const open = await half(0)
    const cpuBefore = cpuSeconds(server.pid)
    await sleep(SETTLE_MS)
    const idleCpuPercent = round(((cpuSeconds(server.pid) - cpuBefore) / SETTLE_MS) * 100_000)
    await load.closeAll({})
    await sleep(UNLOAD_MS)
    const left = rss()
    const second = await half(parts)
    const doc = await readDocument(server.line(parts, 0), (read) => holdsAll(read, document.text))
    return {
      parts,
      documentBytes: document.state.length,
      startMb: mb(start),
      openMb: mb(open),
      perPartKiB: round((open - start) / parts),
      leftMb: mb(left),
      secondMb: mb(second),
      secondPerPartKiB: round((second - open) / parts),
      idleCpuPercent,
      isWhole: holdsAll(doc, document.text),
    }
  } finally {
    await load.end()
    await server.remove()
  }
}

/** Until a process has done next to nothing for a while, which waiting for a disk is not; gives up after some minutes. */
async function untilIdle(pid: () => number): Promise<void> {
  const until = performance.now() + IDLE_AT_LATEST_MS
  for (let idle = 0; idle < IDLE_TIMES && performance.now() < until;) {
    const before = cpuSeconds(pid())
    await sleep(SETTLE_MS)
    idle = (cpuSeconds(pid()) - before) * 1000 < SETTLE_MS * IDLE_SHARE ? idle + 1 : 0
  }
}

/** Five in a document. */
async function measureIdle(peer: Peer, sockets: number) {
  const clients = 5
  const rooms = Math.ceil(sockets / clients)
  const server = await peer.start({ rooms, clients })
  const load = startLoad()
  try {
    const start = rssKiB(server.pid)
    const lines = Array.from({ length: rooms }, (_, room) =>
      Array.from({ length: clients }, (__, client) => server.line(room, client)),
    )
    await load.openRooms({ rooms: lines, atOnce: 2 * AT_ONCE })
    await sleep(SETTLE_MS)
    const rss = rssKiB(server.pid)
    return {
      sockets: rooms * clients,
      startMb: mb(start),
      idleRssMb: mb(rss),
      perSocketKiB: round((rss - start) / (rooms * clients)),
    }
  } finally {
    await load.end()
    await server.remove()
  }
}

async function measureStalled(peer: Peer, seconds: number) {
  const server = await peer.start({ rooms: 1, clients: 3, isSaturated: true })
  const load = startLoad()
  try {
    await load.openRooms({ rooms: [[server.line(0, 0), server.line(0, 1), server.line(0, 2)]], atOnce: 3 })
    const peakDuring = async (work: Promise<void>) => {
      let peak = 0
      const timer = setInterval(() => (peak = Math.max(peak, rssKiB(server.pid))), 100)
      await work.finally(() => clearInterval(timer))
      return peak
    }
    const chatter = () => load.chatter({ bytes: PRESENCE_BYTES, perSecond: PRESENCE_PER_SECOND, seconds })
    // The first time the heap grows to what the traffic itself needs.
    await chatter()
    const reading = await peakDuring(chatter())
    await load.stall({})
    const stalled = await peakDuring(chatter())
    return {
      sentMb: round((PRESENCE_BYTES * PRESENCE_PER_SECOND * seconds) / 1e6),
      readingPeakMb: mb(reading),
      stalledPeakMb: mb(stalled),
      stalledMb: round((stalled - reading) / 1024),
    }
  } finally {
    await load.end()
    await server.remove()
  }
}

const holdsAll = (doc: Y.Doc, text: string) => doc.get('body', Y.XmlElement).toString().includes(text)
const mb = (kib: number) => Math.round(kib / 1024)
const round = (value: number) => Math.round(value * 100) / 100
