import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { endWithUs } from '../../scripts/end-with-us.ts'

export const DEMO_PASSWORD = 'test-password-1'
/** Accounts of demo mode. */
export type DemoUser = 'filler' | 'head' | 'finance' | 'admin' | 'outsider'

/** The real server as a process of its own, on a random port, with its data in a folder of its own. */
export interface TestServer {
  /** `http://127.0.0.1:…`; another one after `restart`. */
  readonly url: string
  /** The same for sockets. */
  readonly wsUrl: string
  readonly dataDir: string
  readonly pid: number
  /** @returns the Cookie header of a new session; sessions outlive a restart */
  signIn(user: DemoUser, password?: string): Promise<string>
  /** Starts again on the same data, after `stop` or `kill`; on the same port if asked for. */
  restart(options?: { samePort?: boolean }): Promise<void>
  /** SIGTERM, and waits. @returns the exit code */
  stop(): Promise<number | null>
  /** kill -9 */
  kill(): Promise<void>
  /** Ends the process if it runs and deletes its data. */
  remove(): Promise<void>
}

/** What `npm test` has built for production; without it the source is run. */
const MAIN = process.env.SERVER_BUILD
  ? join(process.env.SERVER_BUILD, 'main.js')
  : fileURLToPath(new URL('../../server/src/main.ts', import.meta.url))
const START_MS = 30_000

/** @param env wins over the defaults, which are demo mode with quiet logs */
export async function startServer(env: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const dataDir = env.DATA_DIR ?? mkdtempSync(join(tmpdir(), 'gongping-server-'))
  let running = await launch({ ...env, DATA_DIR: dataDir })
  return {
    dataDir,
    get url() {
      return running.url
    },
    get wsUrl() {
      return running.url.replace(/^http/, 'ws')
    },
    get pid() {
      return running.process.pid ?? 0
    },
    signIn: (user, password) => signIn(running.url, user, password),
    async restart({ samePort = false } = {}) {
      await end(running.process, 'SIGTERM')
      running = await launch({ ...env, DATA_DIR: dataDir, ...(samePort ? { PORT: new URL(running.url).port } : {}) })
    },
    stop: () => end(running.process, 'SIGTERM'),
    async kill() {
      await end(running.process, 'SIGKILL')
    },
    async remove() {
      await end(running.process, 'SIGKILL')
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

async function launch(env: Readonly<Record<string, string>>): Promise<{ url: string; process: ChildProcess }> {
  const child = spawn(process.execPath, [MAIN], {
    // Not the whole environment: the test runner sets a BASE_URL of its own.
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      HOST: '127.0.0.1',
      PORT: '0',
      DEMO: '1',
      DEMO_PASSWORD,
      LOG_LEVEL: 'info',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  endWithUs(child, 'SIGKILL')
  const told: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => told.push(line))
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const late = setTimeout(() => reject(new Error(`no server after ${START_MS} ms\n${told.join('\n')}`)), START_MS)
  child.once('exit', (code) => reject(new Error(`the server ended with ${code}\n${told.join('\n')}`)))
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.startsWith('{')) return
    const entry = JSON.parse(line) as { msg?: string; url?: string; level?: number }
    if (entry.msg === 'ready' && entry.url) resolve(entry.url)
    if ((entry.level ?? 0) >= 40) told.push(line)
  })
  try {
    return { url: await promise, process: child }
  } catch (error) {
    child.kill('SIGKILL')
    throw error
  } finally {
    clearTimeout(late)
  }
}

async function signIn(url: string, username: DemoUser, password = DEMO_PASSWORD): Promise<string> {
  const response = await fetch(`${url}/api/auth/sign-in/username`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ username, password }),
  })
  if (!response.ok) throw new Error(`sign-in of ${username}: HTTP ${response.status} ${await response.text()}`)
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ')
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exited = once(child, 'exit')
  child.kill(signal)
  await exited
  return child.exitCode
}
