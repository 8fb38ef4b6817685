import { spawn, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { canInstall, install } from './apt.ts'
import { endWithUs } from './end-with-us.ts'
import { freePort } from './free-port.ts'

export interface Redis {
  readonly url: string
  readonly port: number
  /** kill -9, as when the machine is gone. */
  kill(): Promise<void>
  /** Starts again on the same port, empty. */
  start(): Promise<void>
  /** One command in a line, as typed into redis-cli. @returns the answer as it comes */
  command(line: string): Promise<string>
  stop(): Promise<void>
}

/**
 * A throw-away Redis on a free loopback port that keeps nothing on disk, installed when this is a Debian machine and we
 * may. Undefined when none can be had here.
 */
export async function startRedis(): Promise<Redis | undefined> {
  const command = ensureRedis()
  if (!command) return undefined
  const port = await freePort()
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const run = () => {
    const child = spawn(command, args, { stdio: 'ignore' })
    endWithUs(child, 'SIGKILL')
    return child
  }
  let server = run()
  const end = async (signal: 'SIGKILL' | 'SIGTERM') => {
    if (server.exitCode !== null || server.signalCode !== null) return
    const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
    server.kill(signal)
    await ended
  }
  await untilItAnswers(port)
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill: () => end('SIGKILL'),
    async start() {
      server = run()
      await untilItAnswers(port)
    },
    async command(line) {
      const socket = connect(port, '127.0.0.1')
      socket.end(`${line}\r\nquit\r\n`)
      let answer = ''
      for await (const chunk of socket) answer += String(chunk)
      if (answer.startsWith('-')) throw new Error(`${line}: ${answer}`)
      return answer
    },
    stop: () => end('SIGTERM'),
  }
}

export function ensureRedis(): string | undefined {
  const find = () =>
    ['/usr/bin/redis-server', '/usr/local/bin/redis-server', '/opt/homebrew/bin/redis-server'].find(existsSync)
  return find() ?? (canInstall() && install('redis-server') ? find() : undefined)
}

async function untilItAnswers(port: number): Promise<void> {
  for (let waited = 0; waited < 10_000; waited += 50) {
    if (spawnSync('bash', ['-c', `exec 3<>/dev/tcp/127.0.0.1/${port}`], { stdio: 'ignore' }).status === 0) return
    await sleep(50)
  }
  throw new Error('Redis did not start')
}
