import { randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { ROLES, type Role } from '@gongping/permissions'
import { AccountError, createAccount, findUserId, setPassword } from './auth/accounts.ts'
import { type Config, MIN_PASSWORD_LENGTH, StartError, originOf, readConfig } from './config.ts'
import { backupSqlite, restoreSqlite } from './db/backup.ts'
import { MailAddress } from '@gongping/protocol/http'
import { insertAudit } from './db/audit.ts'
import { addMember, removeMember } from './db/memberships.ts'
import { endSessions } from './db/sessions.ts'
import { createPartStore } from './db/part-store.ts'
import { listReportIds } from './db/reports.ts'
import { databaseName, openStorage, openStorageBeside, type Storage } from './open-storage.ts'
import { changeMailSettings } from './notices/mail-settings.ts'
import { createFindAccess } from './reports/find-access.ts'
import { createScorer } from './reports/score-on-save.ts'
import { verifyStorage } from './reports/verify-storage.ts'
import { toStartError } from './start-error.ts'
import { Hub } from './sync/hub.ts'
import { noMetrics } from './sync/metrics.ts'
import { realSystem } from './sync/system.ts'

/** Operator commands; each ends with exit code 0 when it did what it says. */
const COMMANDS: Readonly<Record<string, (args: readonly string[], config: Config) => Promise<void>>> = {
  'create-user': createUser,
  'set-password': changePassword,
  'set-mail': changeMail,
  'end-sessions': endSessionsOf,
  'add-member': (args, config) => changeMember(args, config, 'member-added'),
  'remove-member': (args, config) => changeMember(args, config, 'member-removed'),
  backup,
  restore,
  rescore,
  verify,
}

const ROLE_WORDS = [...ROLES, 'admin'] as const

const USAGE = `用法 Usage: npm run admin -- COMMAND

  create-user NAME --role ${ROLE_WORDS.join('|')} --display 显示名 --unit 单位 [--password 密码]
  set-password NAME [--password 密码]
  end-sessions NAME       结束该账号的所有登录 · signs somebody out everywhere
  set-mail NAME [ADDRESS] 设置接收提醒的邮箱，不写则清除 · where notices are mailed to; without ADDRESS nowhere
  add-member REPORT NAME --role filler|head|finance      增加报告成员 · gives somebody a role on a report
  remove-member REPORT NAME --role filler|head|finance   移除报告成员 · takes it away
  backup FILE             备份内置数据库，服务可以同时运行 · copies the embedded database, also while the server runs
  restore FILE [--force]  从备份恢复，须先停止服务 · puts a backup in place; stop the server first
  rescore                 按当前规则重新计分，须先停止服务 · scores every report anew; stop the server first
  verify                  检查文档与审计链的完整性 · checks stored documents and the audit chain

不写 --password 时生成随机密码并打印。 Without --password a random one is made and printed.
`

async function main(): Promise<void> {
  const [name = '', ...args] = process.argv.slice(2)
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command) {
    process.stderr.write(USAGE)
    process.exit(2)
  }
  let database = ''
  try {
    const config = readConfig({ ...process.env, DEMO: '0' })
    database = databaseName(config)
    await command(args, config)
  } catch (error) {
    const known = toStartError(error, { host: '', port: 0, database })
    if (known) process.stderr.write(`${known.text.zh}\n${known.text.en}\n`)
    else if (isUsageError(error)) process.stderr.write(`${(error as Error).message}\n\n${USAGE}`)
    else process.stderr.write(`${(error as Error)?.stack ?? String(error)}\n`)
    process.exit(1)
  }
}

async function createUser(args: readonly string[], config: Config): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      role: { type: 'string' },
      display: { type: 'string' },
      unit: { type: 'string' },
      password: { type: 'string' },
    },
  })
  const username = onePositional(positionals)
  const { display = username, unit = '' } = values
  const role: Role | 'admin' | undefined = ROLE_WORDS.find((word) => word === values.role)
  if (!role) {
    throw new StartError(`--role 须为 ${ROLE_WORDS.join('、')} 之一。`, `--role is one of ${ROLE_WORDS.join(', ')}.`)
  }
  if (role !== 'admin' && !unit.trim()) {
    throw new StartError('请用 --unit 写明单位。', 'Name the unit with --unit.')
  }
  const password = values.password ?? randomPassword()
  await withStorage(config, async ({ auth, database: { db } }) => {
    const account = { username, password, role, displayName: display.trim(), unit: unit.trim() }
    const userId = await createAccount(auth, db, account).catch(explainAccountError)
    await db
      .transaction()
      .execute((trx) =>
        insertAudit(trx, { at: Date.now(), userId, action: 'account-created', detail: { role, by: 'operator' } }),
      )
  })
  say(`已创建账号 ${username}。`, `Created the account ${username}.`)
  if (!values.password) say(`密码：${password}`, `Password: ${password}`)
}

async function changePassword(args: readonly string[], config: Config): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { password: { type: 'string' } },
  })
  const username = onePositional(positionals)
  const password = values.password ?? randomPassword()
  await withStorage(config, async ({ auth, database: { db } }) => {
    await setPassword(auth, username, password).catch(explainAccountError)
    const userId = (await findUserId(auth, username)) ?? ''
    await db
      .transaction()
      .execute((trx) =>
        insertAudit(trx, { at: Date.now(), userId, action: 'password-changed', detail: { by: 'operator' } }),
      )
  })
  say(`已设置 ${username} 的新密码，其所有登录已失效。`, `Set the password of ${username}; every session has ended.`)
  if (!values.password) say(`密码：${password}`, `Password: ${password}`)
}

async function endSessionsOf(args: readonly string[], config: Config): Promise<void> {
  const username = onePositional(args)
  const count = await withStorage(config, async ({ auth, database: { db } }) => {
    const userId = await findUserId(auth, username)
    if (!userId) return explainAccountError(new AccountError('unknown_user'))
    const ended = await endSessions(db, userId)
    const detail = { everywhere: true, others: ended, by: 'operator' }
    await db.transaction().execute((trx) => insertAudit(trx, { at: Date.now(), userId, action: 'sign-out', detail }))
    return ended
  })
  say(`已结束 ${username} 的 ${count} 个登录。`, `Ended ${count} sessions of ${username}.`)
}

async function changeMail(args: readonly string[], config: Config): Promise<void> {
  const [given, ...rest] = args.slice(1)
  const username = onePositional([...args.slice(0, 1), ...rest])
  const address = given === undefined ? null : MailAddress.safeParse(given).data
  if (address === undefined) {
    throw new StartError(`“${given}”不是邮箱地址。`, `"${given}" is not a mail address.`)
  }
  await withStorage(config, async ({ auth, database: { db } }) => {
    const userId = await findUserId(auth, username)
    if (!userId) return explainAccountError(new AccountError('unknown_user'))
    await changeMailSettings(db, { userId, change: { address }, at: Date.now(), by: 'operator' })
  })
  if (address === null) say(`${username} 不再接收邮件提醒。`, `${username} gets no mail any more.`)
  else say(`${username} 的提醒将发往 ${address}。`, `Notices of ${username} go to ${address}.`)
}

async function changeMember(
  args: readonly string[],
  config: Config,
  action: 'member-added' | 'member-removed',
): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { role: { type: 'string' } },
  })
  const [reportId = '', ...names] = positionals
  const username = onePositional(names)
  const role = ROLES.find((word) => word === values.role)
  if (!role) throw new StartError(`--role 须为 ${ROLES.join('、')} 之一。`, `--role is one of ${ROLES.join(', ')}.`)
  await withStorage(config, async ({ auth, database: { db } }) => {
    const userId = await findUserId(auth, username)
    if (!userId) return explainAccountError(new AccountError('unknown_user'))
    const isChanged = await db.transaction().execute(async (trx) => {
      const member = { userId, role }
      const changed = action === 'member-added' ? addMember : removeMember
      if (!(await changed(trx, reportId, member))) return false
      await insertAudit(trx, { at: Date.now(), userId, action, reportId, detail: { role, by: 'operator' } })
      return true
    })
    if (!isChanged) throw new StartError('没有这份报告，或成员已是如此。', 'No such report, or it is so already.')
  })
  say('已更改报告成员。', 'Changed the members of the report.')
}

async function backup(args: readonly string[], config: Config): Promise<void> {
  const file = onePositional(args)
  requireEmbedded(config, 'pg_dump')
  backupSqlite(config.dataDir, file)
  say(`已备份到 ${file}。`, `Backed up to ${file}.`)
}

async function restore(args: readonly string[], config: Config): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { force: { type: 'boolean', default: false } },
  })
  const file = onePositional(positionals)
  requireEmbedded(config, 'pg_restore')
  const kept = await restoreSqlite({ dataDir: config.dataDir, file, force: values.force })
  say(`已从 ${file} 恢复。`, `Restored from ${file}.`)
  if (kept) say(`原数据库保留为 ${kept}。`, `The database that was there is kept as ${kept}.`)
}

async function rescore(_: readonly string[], config: Config): Promise<void> {
  const storage = await openStorage(config, baseUrlOf(config))
  const { db } = storage.database
  const log = {
    warn: () => undefined,
    error: (fields: object, message: string) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
  }
  const hub = new Hub({
    store: createPartStore(db),
    findAccess: createFindAccess(db),
    system: realSystem,
    metrics: noMetrics,
    log,
  })
  const scorer = createScorer({ db, documents: hub, system: realSystem, log })
  let failed = 0
  let scored = 0
  try {
    for (const reportId of await listReportIds(db)) {
      try {
        await scorer.scoreNow(reportId)
        scored += 1
      } catch (error) {
        failed += 1
        process.stderr.write(`${reportId}: ${String(error)}\n`)
      }
    }
  } finally {
    await hub.close()
    await scorer.close()
    await storage.close()
  }
  say(`已重新计分 ${scored} 份，失败 ${failed} 份。`, `Scored ${scored} reports, ${failed} failed.`)
  if (failed > 0) process.exitCode = 1
}

async function verify(_: readonly string[], config: Config): Promise<void> {
  await withStorage(config, async ({ database }) => {
    const { problems, counts } = await verifyStorage(database)
    for (const problem of problems) say(`✗ ${problem.zh}`, `✗ ${problem.en}`)
    say(
      `检查了 ${counts.reports} 份报告、${counts.parts} 个文档、${counts.logRows} 条日志、${counts.versions} 个版本、${counts.auditRows} 条审计记录：发现 ${problems.length} 处问题。`,
      `Checked ${counts.reports} reports, ${counts.parts} documents, ${counts.logRows} log rows, ${counts.versions} versions, ${counts.auditRows} audit rows: ${problems.length} problems.`,
    )
    if (problems.length > 0) process.exitCode = 1
  })
}

async function withStorage<T>(config: Config, work: (storage: Storage) => Promise<T>): Promise<T> {
  const storage = await openStorageBeside(config, baseUrlOf(config))
  try {
    return await work(storage)
  } finally {
    await storage.close()
  }
}

const baseUrlOf = ({ baseUrl, host, port }: Config) => baseUrl ?? originOf(host, port)

function requireEmbedded(config: Config, tool: string): void {
  if (config.database.kind === 'sqlite') return
  throw new StartError(
    `当前使用 PostgreSQL（DATABASE_URL），请用 ${tool} 操作。`,
    `PostgreSQL is in use (DATABASE_URL); use ${tool} instead.`,
  )
}

function onePositional(positionals: readonly string[]): string {
  const [only] = positionals
  if (only && positionals.length === 1) return only
  throw new StartError(`参数有误。\n\n${USAGE}`, 'Wrong arguments.')
}

function explainAccountError(error: unknown): never {
  if (!(error instanceof AccountError)) throw error
  throw ACCOUNT_ERRORS[error.code]
}

const ACCOUNT_ERRORS: Readonly<Record<AccountError['code'], StartError>> = {
  bad_username: new StartError(
    '用户名须为 2 到 32 个字符，可用汉字、字母、数字和 _ . -',
    'A user name has 2 to 32 letters (Chinese too), digits, _ . or -',
  ),
  taken: new StartError('该用户名已存在。', 'This user name is taken.'),
  bad_password: new StartError(
    `密码须为 ${MIN_PASSWORD_LENGTH} 到 128 个字符。`,
    `A password has ${MIN_PASSWORD_LENGTH} to 128 characters.`,
  ),
  unknown_user: new StartError('没有这个账号。', 'There is no such account.'),
}

const randomPassword = () => randomBytes(9).toString('base64url')

const isUsageError = (error: unknown) => String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS')

const say = (zh: string, en: string) => process.stdout.write(`${zh}\n${en}\n`)

await main()
