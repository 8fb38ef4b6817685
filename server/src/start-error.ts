import { StartError } from './config.ts'
import { NewerDatabaseError } from './db/migrate.ts'

/** What the operator is told when the server can't start; undefined for errors nobody foresaw, which are our bugs. */
export function toStartError(
  error: unknown,
  about: { host: string; port: number; database: string },
): StartError | undefined {
  if (error instanceof StartError) return error
  if (error instanceof NewerDatabaseError) {
    return new StartError(
      `数据库 ${about.database} 由更新版本的共评写入（${error.unknown.join('、')}），此版本无法打开，未作任何改动。请升级程序。`,
      `The database ${about.database} was written by a newer Gongping (${error.unknown.join(', ')}). Nothing was changed; use the newer program.`,
    )
  }
  const { code, errcode } = error as { code?: unknown; errcode?: number }
  const sqlite = errcode === undefined ? undefined : SQLITE[errcode % 256]
  if (sqlite) return sqlite(about.database)
  return typeof code === 'string' ? BY_CODE[code]?.(about) : undefined
}

type About = Parameters<typeof toStartError>[1]

const BY_CODE: Readonly<Record<string, (about: About) => StartError>> = {
  EADDRINUSE: ({ host, port }) =>
    new StartError(
      `端口 ${port}（${host}）已被占用。请停止占用它的程序，或用 PORT 换一个端口。`,
      `Port ${port} on ${host} is in use. Stop the program that uses it or choose another PORT.`,
    ),
  EACCES: ({ host, port }) =>
    new StartError(
      `没有权限使用 ${host} 的端口 ${port}。请用 PORT 换一个 1024 以上的端口。`,
      `Port ${port} on ${host} needs privileges. Choose a PORT above 1024.`,
    ),
  EADDRNOTAVAIL: badHost,
  ENOTFOUND: badHost,
  ECONNREFUSED: unreachable,
  ETIMEDOUT: unreachable,
  EHOSTUNREACH: unreachable,
  ENOENT: unreachable,
  '28P01': wrongLogin,
  '28000': wrongLogin,
  '3D000': wrongLogin,
}

function badHost({ host }: About): StartError {
  return new StartError(`HOST=${host} 不是本机的地址。`, `HOST=${host} is not an address of this machine.`)
}

function unreachable({ database }: About): StartError {
  return new StartError(
    `连接不上数据库 ${database}。请检查 DATABASE_URL 以及数据库是否已启动。`,
    `The database ${database} can't be reached. Check DATABASE_URL and that the database runs.`,
  )
}

function wrongLogin({ database }: About): StartError {
  return new StartError(
    `数据库 ${database} 拒绝登录，或库不存在。请检查 DATABASE_URL 中的用户、密码和库名。`,
    `The database ${database} refused the login or does not exist. Check user, password and name in DATABASE_URL.`,
  )
}

function damaged(file: string): StartError {
  return new StartError(
    `数据库文件 ${file} 已损坏或不是共评的数据库，未作任何改动。请从备份恢复（npm run admin -- restore 文件）。`,
    `The database file ${file} is damaged or no Gongping database. Nothing was changed; restore a backup (npm run admin -- restore FILE).`,
  )
}

/** By SQLite's primary result code. */
const SQLITE: Readonly<Record<number, (file: string) => StartError>> = {
  5: (file) =>
    new StartError(`数据库文件 ${file} 正被其他程序占用。`, `The database file ${file} is locked by another program.`),
  8: (file) => new StartError(`数据库文件 ${file} 不可写。`, `The database file ${file} can't be written to.`),
  11: damaged,
  13: (file) => new StartError(`磁盘已满，无法写入 ${file}。`, `The disk is full; ${file} can't be written.`),
  14: (file) => new StartError(`无法打开数据库文件 ${file}。`, `The database file ${file} can't be opened.`),
  26: damaged,
}
