import { copyFileSync, existsSync, fsyncSync, openSync, closeSync, renameSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartError } from '../config.ts'
import { databaseFile, keepPrivate, lockDataDir, prepareDataDir } from './data-dir.ts'
import { openSqlite } from './dialect.ts'
import { NewerDatabaseError, listAppliedMigrations } from './migrate.ts'
import { MIGRATIONS } from './migrations/index.ts'

/**
 * Copies the embedded database as one consistent moment, also while the server writes.
 *
 * @throws StartError when there is nothing to copy or the file exists
 */
export function backupSqlite(dataDir: string, file: string): void {
  const source = databaseFile(dataDir)
  if (!existsSync(source)) throw new StartError(`没有数据库 ${source}。`, `There is no database ${source}.`)
  if (existsSync(file)) {
    throw new StartError(`文件 ${file} 已存在，请换一个名字。`, `The file ${file} exists; choose another name.`)
  }
  const partial = `${file}.partial`
  rmSync(partial, { force: true })
  const connection = new DatabaseSync(source, { timeout: 30_000 })
  try {
    connection.prepare('vacuum into ?').run(partial)
  } finally {
    connection.close()
  }
  keepPrivate(partial)
  syncFile(partial)
  renameSync(partial, file)
  syncFile(dirname(resolve(file)))
}

/**
 * Puts a backup in the place of the embedded database. The backup is checked before anything is touched; a database that
 * is there already is kept under another name.
 *
 * @returns where the old database is kept, if there was one
 * @throws StartError while a server runs, without `force` when there is a database, or when the backup is unfit
 */
export async function restoreSqlite({
  dataDir,
  file,
  force,
}: {
  dataDir: string
  file: string
  force: boolean
}): Promise<string | undefined> {
  if (!existsSync(file)) throw new StartError(`没有文件 ${file}。`, `There is no file ${file}.`)
  prepareDataDir(dataDir)
  const lock = lockDataDir(dataDir)
  try {
    const target = databaseFile(dataDir)
    const isReplacing = existsSync(target)
    if (isReplacing && !force) {
      throw new StartError(
        `${target} 已有数据库。确认要替换时请加 --force（原数据库会另存）。`,
        `There is a database at ${target}. Add --force to replace it (it is kept under another name).`,
      )
    }
    const incoming = `${target}.incoming`
    for (const suffix of ['', '-wal', '-shm']) rmSync(incoming + suffix, { force: true })
    copyFileSync(file, incoming)
    keepPrivate(incoming)
    await requireSound(incoming, file)
    syncFile(incoming)
    const kept = isReplacing ? `${target}.before-${new Date().toISOString().replaceAll(/[:.]/g, '-')}` : undefined
    if (kept) moveDatabase(target, kept)
    moveDatabase(incoming, target)
    syncFile(dataDir)
    return kept
  } finally {
    lock.release()
  }
}

/** A database and what SQLite keeps beside it, in an order that leaves one complete database at every moment. */
function moveDatabase(from: string, to: string): void {
  for (const suffix of ['-wal', '-shm', '']) if (existsSync(from + suffix)) renameSync(from + suffix, to + suffix)
}

async function requireSound(copy: string, name: string): Promise<void> {
  try {
    const database = openSqlite(copy)
    try {
      const applied = await listAppliedMigrations(database.db)
      const unknown = applied.filter((migration) => !(migration in MIGRATIONS))
      if (unknown.length > 0) throw new NewerDatabaseError(unknown)
      if (applied.length === 0 || !(await database.isSound())) throw new Error('not sound')
    } finally {
      await database.close()
    }
  } catch (error) {
    for (const suffix of ['', '-wal', '-shm']) rmSync(copy + suffix, { force: true })
    if (error instanceof NewerDatabaseError) {
      throw new StartError(
        `备份 ${name} 由更新版本写入，此版本无法使用。`,
        `The backup ${name} was written by a newer version.`,
      )
    }
    throw new StartError(
      `${name} 已损坏或不是共评的备份，未作任何改动。`,
      `${name} is damaged or no Gongping backup. Nothing was changed.`,
    )
  }
}

function syncFile(path: string): void {
  const handle = openSync(path, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
