import { type Auth, createAuth, migrateAuth } from './auth/accounts.ts'
import type { Config } from './config.ts'
import {
  databaseFile,
  keepPrivate,
  lockDataDir,
  prepareDataDir,
  readOrMakeSecret,
  tryLockDataDir,
} from './db/data-dir.ts'
import { type Database, openPostgres, openSqlite } from './db/dialect.ts'
import { migrate } from './db/migrate.ts'

export interface Storage {
  readonly database: Database
  readonly auth: Auth
  readonly secret: string
  /** Closes the database and lets the data folder go. */
  close(): Promise<void>
}

/** Opens the data folder and the database and brings its tables up to date; on failure everything is let go again. */
export async function openStorage(config: Config, baseUrl: string): Promise<Storage> {
  prepareDataDir(config.dataDir)
  return open({ config, baseUrl, lock: config.database.kind === 'sqlite' ? lockDataDir(config.dataDir) : undefined })
}

/** The same for a command that may run beside a server: then the tables are as that server made them. */
export async function openStorageBeside(config: Config, baseUrl: string): Promise<Storage> {
  prepareDataDir(config.dataDir)
  if (config.database.kind === 'postgres') return open({ config, baseUrl, lock: undefined })
  return open({ config, baseUrl, lock: tryLockDataDir(config.dataDir) })
}

type Lock = ReturnType<typeof lockDataDir>

async function open({
  config,
  baseUrl,
  lock,
}: {
  config: Config
  baseUrl: string
  lock: Lock | undefined
}): Promise<Storage> {
  let database: Database | undefined
  try {
    if (config.database.kind === 'sqlite') keepPrivate(databaseFile(config.dataDir))
    database =
      config.database.kind === 'sqlite' ? openSqlite(databaseFile(config.dataDir)) : openPostgres(config.database.url)
    await migrate(database)
    const secret = config.authSecret ?? readOrMakeSecret(config.dataDir)
    const auth = createAuth({ database, secret, baseUrl, oidc: config.oidc })
    await migrateAuth(auth, database)
    const opened = database
    return {
      database,
      auth,
      secret,
      async close() {
        await opened.close()
        lock?.release()
      },
    }
  } catch (error) {
    await database?.close().catch(() => undefined)
    lock?.release()
    throw error
  }
}

/** How messages name the database: the file, or the address without its password. */
export function databaseName(config: Config): string {
  if (config.database.kind === 'sqlite') return databaseFile(config.dataDir)
  const { hostname, port, pathname } = new URL(config.database.url)
  return `${hostname}${port ? `:${port}` : ''}${pathname}`
}
