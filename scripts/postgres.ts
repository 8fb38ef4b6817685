import { spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { canInstall, install } from './apt.ts'
import { endWithUs } from './end-with-us.ts'
import { freePort } from './free-port.ts'

export interface Postgres {
  /** Connection string of an empty database. */
  readonly url: string
  stop(): Promise<void>
}

/**
 * Starts a throw-away PostgreSQL cluster on a free loopback port, installing the server when this is a Debian machine
 * and we may. Undefined when no server can be had here.
 */
export async function startPostgres(): Promise<Postgres | undefined> {
  const bin = findBinaries() ?? (canInstall() && install('postgresql') ? findBinaries() : undefined)
  if (!bin) return undefined
  const dir = mkdtempSync(join(tmpdir(), 'gongping-postgres-'))
  // The server refuses to run as root; Debian's package brings the user.
  const asRoot = process.getuid?.() === 0
  if (asRoot) chownSync(dir, idOf('-u'), idOf('-g'))
  const wrap = (command: string, args: string[]): [string, string[]] =>
    asRoot ? ['runuser', ['-u', 'postgres', '--', join(bin, command), ...args]] : [join(bin, command), args]

  const data = join(dir, 'data')
  const init = spawnSync(...wrap('initdb', ['-D', data, '-U', 'gongping', '-A', 'trust', '-E', 'UTF8', '--locale=C']), {
    encoding: 'utf8',
  })
  if (init.status !== 0) throw new Error(`initdb failed: ${init.stderr}`)

  const port = await freePort()
  const server = spawn(...wrap('postgres', ['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', dir]), {
    stdio: 'ignore',
  })
  endWithUs(server, 'SIGTERM')
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const answers = () => spawnSync(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port), '-q']).status === 0
  for (let waited = 0; !answers(); waited += 100) {
    if (waited > 30_000 || server.exitCode !== null) throw new Error('PostgreSQL did not start')
    await sleep(100)
  }
  return {
    url: `postgres://gongping@127.0.0.1:${port}/postgres`,
    async stop() {
      spawnSync(...wrap('pg_ctl', ['-D', data, '-m', 'immediate', 'stop']), { stdio: 'ignore' })
      await ended
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

function findBinaries(): string | undefined {
  const found = globSync('/usr/lib/postgresql/*/bin/postgres').toSorted().at(-1)
  if (found) return dirname(found)
  return ['/usr/local/bin', '/opt/homebrew/bin'].find((dir) => existsSync(join(dir, 'initdb')))
}

const idOf = (flag: '-u' | '-g') => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout)
