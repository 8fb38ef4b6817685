import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { startPostgres } from '../../scripts/postgres.ts'
import { type Redis, startRedis } from '../../scripts/redis.ts'
import { type TestServer, startServer } from './server.ts'
import { type TcpProxy, startTcpProxy } from './tcp-proxy.ts'

interface Client {
  query(text: string, values?: readonly unknown[]): Promise<{ rows: object[] }>
  end(): Promise<void>
}
/** The server's own driver. */
const pg = createRequire(new URL('../../server/package.json', import.meta.url))('pg') as {
  Client: new (options: { connectionString: string }) => Client & { connect(): Promise<void> }
  Pool: new (options: { connectionString: string; max: number }) => Client & {
    on(event: 'error', listener: () => void): void
  }
}

/** PostgreSQL and Redis as the tests use them. */
export interface Backing {
  readonly databaseUrl: string
  readonly redis: Redis
  stop(): Promise<void>
}

/** A server process with its own, cuttable lines to the database and to Redis. */
interface Node {
  readonly server: TestServer
  readonly toDatabase: TcpProxy
  readonly toRedis: TcpProxy
  isRunning: boolean
}

export interface Cluster {
  readonly nodes: readonly Node[]
  readonly redis: Redis
  /** Sessions are good at every node. */
  signIn(user: Parameters<TestServer['signIn']>[0]): Promise<string>
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<Row[]>
  stop(): Promise<void>
}

/**
 * An own Redis, and the PostgreSQL of the test run or, without one, an own.
 *
 * @throws when one of them can't be had on this machine
 */
export async function openBacking(): Promise<Backing> {
  const given = process.env.TEST_DATABASE_URL
  const own = given ? undefined : await startPostgres()
  const databaseUrl = given ?? own?.url
  const redis = await startRedis()
  if (!databaseUrl || !redis) {
    await Promise.all([redis?.stop(), own?.stop()])
    throw new Error('Several nodes are tested on PostgreSQL and Redis; install both (Debian: postgresql redis-server).')
  }
  return {
    databaseUrl,
    redis,
    async stop() {
      await redis.stop()
      await own?.stop()
    },
  }
}

/** Several servers on one fresh database, the first one up before the others. */
export async function startCluster(backing: Backing, size: number): Promise<Cluster> {
  const name = `cluster_${randomBytes(6).toString('hex')}`
  const admin = new pg.Client({ connectionString: backing.databaseUrl })
  await admin.connect()
  await admin.query(`create database ${name}`)
  await admin.end()
  const target = new URL(backing.databaseUrl)
  target.pathname = `/${name}`
  const secret = randomBytes(24).toString('hex')

  const startNode = async (): Promise<Node> => {
    const toDatabase = await startTcpProxy({ port: Number(target.port) })
    const toRedis = await startTcpProxy({ port: backing.redis.port })
    const database = new URL(target)
    database.hostname = '127.0.0.1'
    database.port = String(toDatabase.port)
    const server = await startServer({
      DATABASE_URL: database.href,
      REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
      AUTH_SECRET: secret,
      // A crowd shares three accounts.
      SYNC_MAX_SOCKETS_PER_USER: '1000',
      SYNC_MAX_UPGRADES_PER_MINUTE: '1000000',
      LOG_LEVEL: process.env.TEST_SERVER_LOG ?? 'info',
    })
    return { server, toDatabase, toRedis, isRunning: true }
  }
  const nodes: Node[] = []
  for (let index = 0; index < size; index += 1) nodes.push(await startNode())
  const pool = new pg.Pool({ connectionString: target.href, max: 2 })
  pool.on('error', () => undefined)

  return {
    nodes,
    redis: backing.redis,
    signIn: (user) => (nodes.find(({ isRunning }) => isRunning) as Node).server.signIn(user),
    query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
      (await pool.query(text, values)).rows as Row[],
    async stop() {
      for (const { toDatabase, toRedis } of nodes) {
        toDatabase.heal()
        toRedis.heal()
      }
      await Promise.all(nodes.map(({ server }) => server.remove()))
      await Promise.all(nodes.flatMap(({ toDatabase, toRedis }) => [toDatabase.close(), toRedis.close()]))
      await pool.end()
      const last = new pg.Client({ connectionString: backing.databaseUrl })
      await last.connect()
      await last.query(`drop database ${name} with (force)`)
      await last.end()
    },
  }
}
