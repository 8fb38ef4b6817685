import { type Auth, createAuth, migrateAuth } from './auth/accounts.ts'
import type { Config } from './config.ts'
import { databaseFile, lockDataDir, prepareDataDir, readOrMakeSecret } from './db/data-dir.ts'
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
  const lock = config.database.kind === 'sqlite' ? lockDataDir(config.dataDir) : undefined
  let database: Database | undefined
  try {
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
