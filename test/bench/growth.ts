import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startLoad } from './load/load.ts'
import { countMissing, readDocument } from './load/read-document.ts'
import { clientIdOf } from './load/typing.ts'
import { NotInstallableError } from './peers/install.ts'
import type { Peer } from './peers/peer.ts'
import { peersNamed } from './peers/peers.ts'
import { cpuSeconds, folderBytes, writtenBytes } from './peers/server-process.ts'
import { percentile, printResult } from './report.ts'

const LIMITS = { coldContentMs: 50, diskMb: 3, missing: 0 }
const COLD_OPENINGS = 3
const SETTLE_MS = 5000

/**
 * Growth: 20 people make 100,000 keystrokes in one document, each an update of its own. How much larger the data folder is
 * then, with the server stopped; what was written to the disk on the way; and how long a newcomer waits for sync step 2,
 * and for everything, after a restart (median of 3). The newcomer must have every character.
 *
 * Each person's next keystroke waits until the others have the one before: nobody types ahead of the server, so it can't
 * put several of one person into one commit, as it can't when people really type.
 *
 * @param args `--updates 100000 --writers 20 --peers gongping,hocuspocus-sqlite,…`
 */
export async function run(args: readonly string[]): Promise<{ ok: boolean }> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      updates: { type: 'string', default: '100000' },
      writers: { type: 'string', default: '20' },
      peers: { type: 'string', default: '' },
    },
  })
  let ok = true
  for (const peer of peersNamed(values.peers)) {
    if (!peer.persists) continue
    try {
      const figures = await measure(peer, { updates: Number(values.updates), writers: Number(values.writers) })
      if (peer.name !== 'gongping') {
        printResult('growth', { peer: peer.name, ...figures })
        continue
      }
      const holds =
        figures.coldContentMs <= LIMITS.coldContentMs &&
        figures.diskMb <= LIMITS.diskMb &&
        figures.missing === LIMITS.missing
      printResult('growth', { peer: peer.name, ...figures, limits: LIMITS, ok: holds })
      ok &&= holds
    } catch (error) {
      if (!(error instanceof NotInstallableError)) throw error
      printResult('growth', { peer: peer.name, notInstallable: error.message })
    }
  }
  return { ok }
}

async function measure(peer: Peer, { updates, writers }: { updates: number; writers: number }) {
  const keystrokes = Math.ceil(updates / writers)
  const server = await peer.start({ rooms: 1, clients: writers + 1, isSaturated: true })
  const load = startLoad()
  try {
    await server.stop()
    const bytesBefore = folderBytes(server.dataDir)
    await server.restart()
    const [writtenBefore, cpuBefore, startAt] = [writtenBytes(server.pid), cpuSeconds(server.pid), performance.now()]
    const lines = Array.from({ length: writers }, (_, client) => server.line(0, client))
    await load.openRooms({ rooms: [lines], atOnce: writers })
    await load.typeExactly({ writers, keystrokes, window: 1 })
    const typed = await load.stopTyping({})
    const seconds = (performance.now() - startAt) / 1000
    await sleep(SETTLE_MS)
    const written = writtenBytes(server.pid) - writtenBefore
    const cpu = cpuSeconds(server.pid) - cpuBefore
    await load.closeAll({})
    await server.stop()
    const diskMb = (folderBytes(server.dataDir) - bytesBefore) / 1e6

    const wanted = new Map(typed.clocks[0]?.map((clock, writer) => [clientIdOf(writer), clock]))
    const step2Ms: number[] = []
    const contentMs: number[] = []
    for (let opening = 0; opening < COLD_OPENINGS; opening += 1) {
      await server.restart()
      await sleep(1000)
      // Each character is stored as one byte at least.
      const asked = { lines: [server.line(0, writers)], contentBytes: typed.sent, atOnce: 1 }
      // A server that has lost some of it never gets there; how much is counted below.
      const [joined] = await load.join(asked).catch(() => [])
      step2Ms.push(joined?.step2Ms ?? Infinity)
      contentMs.push(joined?.contentMs ?? Infinity)
      await load.closeAll({})
    }
    const doc = await readDocument(server.line(0, writers), (read) => countMissing(read, wanted) === 0)
    return {
      updates: typed.sent,
      writers,
      updatesPerSecond: Math.round(typed.sent / seconds),
      cpuMicrosecondsPerUpdate: round((cpu / typed.sent) * 1e6),
      diskMb: round(diskMb),
      writtenMb: round(written / 1e6),
      coldStep2Ms: round(percentile(step2Ms, 50)),
      coldContentMs: round(percentile(contentMs, 50)),
      missing: typed.missing + countMissing(doc, wanted),
    }
  } finally {
    await load.end()
    await server.remove()
  }
}

const round = (value: number) => Math.round(value * 100) / 100
