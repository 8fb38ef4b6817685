import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Line } from '../load/load-client.ts'
import type { RunningPeer } from './peer.ts'

const START_MS = 30_000
const STOP_MS = 30_000
/** Kernel clock ticks a second, as /proc counts CPU time on every Linux Node runs on. */
const TICKS = 100

export interface Launch {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Picks the port out of a line of stdout that says that the server listens. */
  readonly portIn: (line: string) => number | undefined
}

const alive = new Set<ChildProcess>()
const folders = new Set<string>()
// A program that is stopped halfway leaves no server and no data behind.
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** Runs one peer: `launch` is asked before each start, `line` names its places. */
export async function runPeer(o: {
  dataDir: string
  launch: () => Promise<Launch>
  line: (room: number, client: number, port: number) => Line
}): Promise<RunningPeer> {
  let running = await launch(await o.launch())
  return {
    dataDir: o.dataDir,
    get pid() {
      return running.child.pid ?? 0
    },
    line: (room, client) => o.line(room, client, running.port),
    async restart() {
      await end(running.child, 'SIGTERM')
      running = await launch(await o.launch())
    },
    stop: () => end(running.child, 'SIGTERM'),
    async remove() {
      await end(running.child, 'SIGKILL')
      rmSync(o.dataDir, { recursive: true, force: true })
    },
  }
}

export function makeDataDir(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `gongping-bench-${name}-`))
  folders.add(folder)
  return folder
}

/** For servers that can't say which port they took. */
export async function findFreePort(): Promise<number> {
  const probe = createServer()
  probe.listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

/** User and system time of a process so far, seconds, in steps of 10 ms. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in brackets may hold spaces; utime and stime are fields 14 and 15, the third follows the name.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

export function rssKiB(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

/** Bytes a process has sent to the disk so far. */
export function writtenBytes(pid: number): number {
  return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1])
}

/** Bytes of all files below a folder. */
export function folderBytes(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}

async function launch({ args, env, portIn }: Launch): Promise<{ child: ChildProcess; port: number }> {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  alive.add(child)
  child.once('exit', () => alive.delete(child))
  const told: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => told.length < 20 && told.push(line))
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const late = setTimeout(() => reject(new Error(`no server after ${START_MS} ms\n${told.join('\n')}`)), START_MS)
  child.once('exit', (code) => reject(new Error(`the server ended with ${code}\n${told.join('\n')}`)))
  createInterface({ input: child.stdout }).on('line', (line) => {
    const port = portIn(line)
    if (port !== undefined) resolve(port)
  })
  try {
    return { child, port: await promise }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  } finally {
    clearTimeout(late)
  }
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill(signal)
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await exited
  clearTimeout(late)
}
