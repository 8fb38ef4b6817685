import { randomBytes } from 'node:crypto'
import { accessSync, chmodSync, closeSync, constants, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartError } from '../config.ts'

export const databaseFile = (dataDir: string) => join(dataDir, 'gongping.db')

/** @throws StartError when the folder can't be made or written to */
export function prepareDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    throw new StartError(
      `无法写入数据目录 ${resolve(dataDir)}（${code}）。请检查 DATA_DIR 和目录权限。`,
      `The data folder ${resolve(dataDir)} can't be written to (${code}). Check DATA_DIR and its permissions.`,
    )
  }
}

/**
 * Passwords and sessions are in the database: nobody but its owner reads it, also in a folder that was there before with
 * wider rights. What SQLite keeps beside a database has the rights of the database.
 *
 * @param file a database, made empty when there is none
 */
export function keepPrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600))
  for (const suffix of ['', '-wal', '-shm']) {
    try {
      chmodSync(file + suffix, 0o600)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      // Somebody else's file we may write to is the operator's own arrangement.
      if (code !== 'ENOENT' && code !== 'EPERM') throw error
    }
  }
}

/**
 * Makes sure that one process at a time works in the folder. The lock belongs to the process: it ends with it, however
 * it ends, so nothing stale is ever left behind.
 *
 * @throws StartError when another process holds it
 */
export function lockDataDir(dataDir: string): { release(): void } {
  const lock = tryLockDataDir(dataDir)
  if (lock) return lock
  throw new StartError(
    `另一个共评服务正在使用数据目录 ${resolve(dataDir)}。请先停止它，或换一个 DATA_DIR。`,
    `Another Gongping server is using the data folder ${resolve(dataDir)}. Stop it first or choose another DATA_DIR.`,
  )
}

/** @returns undefined when another process holds the folder */
export function tryLockDataDir(dataDir: string): { release(): void } | undefined {
  const file = join(dataDir, 'lock')
  let lock: DatabaseSync | undefined
  try {
    lock = new DatabaseSync(file, { timeout: 0 })
    lock.exec('pragma journal_mode=delete; begin exclusive')
  } catch (error) {
    lock?.close()
    if (isBusy(error)) return undefined
    throw new StartError(
      `无法锁定数据目录 ${resolve(dataDir)}：${(error as Error).message}`,
      `The data folder ${resolve(dataDir)} can't be locked: ${(error as Error).message}`,
    )
  }
  const held = lock
  return { release: () => held.close() }
}

/** The key that signs session cookies: made once, so restarts keep people signed in. */
export const readOrMakeSecret = (dataDir: string) =>
  readOrMake({ file: join(dataDir, 'secret'), make: () => randomBytes(32).toString('base64url'), minLength: 32 })

/** Password of the demo accounts when the operator gave none: made once, so that a restart prints the same. */
export const readOrMakeDemoPassword = (dataDir: string) =>
  readOrMake({ file: join(dataDir, 'demo-password'), make: () => randomBytes(6).toString('hex'), minLength: 8 })

/** Readable by the owner only. */
function readOrMake({ file, make, minLength }: { file: string; make: () => string; minLength: number }): string {
  try {
    writeFileSync(file, make(), { flag: 'wx', mode: 0o600, flush: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const text = readFileSync(file, 'utf8').trim()
  if (text.length >= minLength) return text
  throw new StartError(
    `文件 ${resolve(file)} 已损坏。删除它即可重新生成。`,
    `The file ${resolve(file)} is damaged. Delete it to have a new one made.`,
  )
}

function isBusy(error: unknown): boolean {
  // SQLITE_BUSY
  return ((error as { errcode?: number }).errcode ?? 0) % 256 === 5
}
