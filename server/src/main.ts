import { setFlagsFromString } from 'node:v8'
import { pino } from 'pino'
import { type Config, readConfig } from './config.ts'
import { DEMO_ACCOUNTS } from './demo/accounts.ts'
import { databaseName } from './open-storage.ts'
import { toStartError } from './start-error.ts'
import { type RunningServer, startServer } from './start-server.ts'
import { ROLE_NAMES } from '@gongping/permissions'

// Edits live for milliseconds. V8 guesses in one start of five that they stay, puts them where garbage is dear to collect,
// and never thinks again: a sixth of the throughput, and 80 MB.
setFlagsFromString('--no-allocation-site-pretenuring')

/** The production entry: environment, config, server; ends with the process's exit code. */
async function main(): Promise<void> {
  const config = orExit(() => readConfig(process.env))
  const log = pino({ level: config.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime })
  let running: RunningServer
  try {
    running = await startServer(config, log)
  } catch (error) {
    return exitWith(error, config)
  }
  let stopping = false
  const stop = (reason: string, exitCode: number) => {
    if (stopping) return
    stopping = true
    log.info({ reason }, 'stopping')
    // A stop that hangs must not keep the process alive: what was accepted is on the disk before anyone is told so.
    setTimeout(() => process.exit(exitCode || 1), STOP_MS).unref()
    running.stop().then(
      () => {
        log.info('stopped')
        process.exit(exitCode)
      },
      (error: unknown) => {
        log.fatal({ err: error }, 'could not stop cleanly')
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', () => stop('SIGTERM', 0))
  process.on('SIGINT', () => stop('SIGINT', 0))
  const onBug = (error: unknown) => {
    log.fatal({ err: error }, 'uncaught error')
    stop('uncaught error', 1)
  }
  process.on('uncaughtException', onBug)
  process.on('unhandledRejection', onBug)

  // Last: whoever waits for it may ask for a stop at once.
  log.info({ url: running.url, database: databaseName(config), demo: config.demo !== undefined }, 'ready')
  if (running.demoPassword !== undefined) process.stdout.write(demoText(running.url, running.demoPassword))
}

/** Longest time to store what was accepted, milliseconds. */
const STOP_MS = 20_000

function orExit(read: () => Config): Config {
  try {
    return read()
  } catch (error) {
    return exitWith(error)
  }
}

function exitWith(error: unknown, config?: Config): never {
  const about = config
    ? { host: config.host, port: config.port, database: databaseName(config) }
    : { host: '', port: 0, database: '' }
  const known = toStartError(error, about)
  if (known) process.stderr.write(`无法启动：${known.text.zh}\nCannot start: ${known.text.en}\n`)
  else
    process.stderr.write(
      `无法启动，程序内部错误。\nCannot start: internal error.\n${(error as Error)?.stack ?? String(error)}\n`,
    )
  process.exit(1)
}

function demoText(url: string, password: string): string {
  const rows = DEMO_ACCOUNTS.map(({ username, role, displayName, unit }) => {
    const english = role === 'admin' ? 'Administrator' : ROLE_NAMES[role].en
    return `    ${username.padEnd(10)}${displayName}（${unit}） · ${english}`
  })
  return `
  共评已启动，请用浏览器打开 · Gongping is running, open
    ${url}

  演示账号，密码均为 · demo accounts, all with the password  ${password}
${rows.join('\n')}

  按 Ctrl+C 停止 · press Ctrl+C to stop

`
}

await main()
