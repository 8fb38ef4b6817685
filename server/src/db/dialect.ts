import { AsyncLocalStorage } from 'node:async_hooks'
import type { Socket } from 'node:net'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import {
  Kysely,
  type DialectAdapter,
  PostgresAdapter,
  PostgresDialect,
  SqliteAdapter,
  SqliteDialect,
  type Dialect,
  type KyselyConfig,
  type KyselyPlugin,
  type QueryId,
  type RawBuilder,
  type SqliteDatabase,
  type SqliteStatement,
  type Transaction,
  type TransactionBuilder,
  sql,
} from 'kysely'
import pg from 'pg'
import type { Part } from '@gongping/permissions'
import type { Schema } from './schema.ts'

/** Every difference between SQLite and PostgreSQL is in this file. */

export type Db = Kysely<Schema>
export type Trx = Transaction<Schema>

export interface Database {
  readonly kind: 'sqlite' | 'postgres'
  readonly db: Db
  /** Runs `work` while no other server on the same database runs it; for tables that are created without our migrator. */
  exclusively<T>(work: () => Promise<T>): Promise<T>
  /** Whether the file holds together; always true for a database server, which looks after its own. */
  isSound(): Promise<boolean>
  /** Whether another process has changed the file since the last question, or since it was opened. */
  changedElsewhere?(): boolean
  /** Ends every connection to a database server, so that questions nobody answers fail now. */
  abandonConnections?(): void
  close(): Promise<void>
}

/** Thrown by any query on the outer handle while a transaction of the same call chain is open: SQLite would wait for ever. */
export class OuterHandleError extends Error {
  override name = 'OuterHandleError'
  constructor() {
    super('a query used the outer database handle inside a transaction; pass the transaction instead')
  }
}

/**
 * Opens the embedded database. What is committed is on the disk: WAL with synchronous=FULL, read back to be sure.
 *
 * @param file path, or `:memory:` (then there is nothing to lose and no WAL)
 * @throws when the file is no SQLite database or does not accept these settings
 */
export function openSqlite(file: string): Database {
  const connection = new DatabaseSync(file, { timeout: 5000 })
  try {
    connection.exec(
      'pragma journal_mode=wal; pragma synchronous=full; pragma foreign_keys=on; pragma wal_autocheckpoint=2000; pragma cache_size=-16000',
    )
    requirePragma(connection, 'synchronous', 2)
    requirePragma(connection, 'foreign_keys', 1)
    if (file !== ':memory:') requirePragma(connection, 'journal_mode', 'wal')
    connection.prepare('select count(*) from sqlite_master').get()
  } catch (error) {
    connection.close()
    throw error
  }
  const db = new GuardedKysely({ dialect: new TransactionalSqliteDialect({ database: nodeSqlite(connection) }) })
  embedded.set(db, connection)
  const dataVersion = connection.prepare('pragma data_version')
  // From now on: somebody may be shut out while the server is still starting.
  let seenVersion = dataVersion.get()?.data_version
  return {
    kind: 'sqlite',
    db,
    changedElsewhere() {
      const before = seenVersion
      seenVersion = dataVersion.get()?.data_version
      return before !== seenVersion
    },
    exclusively: oneAtATime(),
    async isSound() {
      const rows = connection.prepare('pragma integrity_check(1)').all()
      return rows.length === 1 && Object.values(rows[0] ?? {})[0] === 'ok'
    },
    close: () => db.destroy(),
  }
}

/** @param url `postgres://…`; nothing is connected before the first query. */
export function openPostgres(url: string): Database {
  pg.types.setTypeParser(pg.types.builtins.INT8, Number)
  const pool = new pg.Pool({ connectionString: url, max: 10, connectionTimeoutMillis: 5000, keepAlive: true })
  const open = new Set<Socket>()
  pool.on('connect', (client) => {
    // Also while a query has it: the query fails then, and that is enough.
    client.on('error', () => undefined)
    const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
    open.add(stream)
    stream.once('close', () => open.delete(stream))
  })
  // A dropped idle connection is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined)
  const database = databaseOn(new PostgresDialect({ pool }))
  return {
    ...database,
    abandonConnections() {
      for (const stream of open) stream.destroy()
    },
    async exclusively(work) {
      const client = await pool.connect()
      try {
        await client.query('select pg_advisory_lock($1)', [AUTH_TABLES_LOCK])
        return await work()
      } finally {
        await client.query('select pg_advisory_unlock($1)', [AUTH_TABLES_LOCK]).catch(() => undefined)
        client.release()
      }
    },
  }
}

/** A PostgreSQL-speaking database on a dialect from outside: PGlite in tests. */
export function databaseOn(dialect: Dialect): Database {
  const db = new GuardedKysely({ dialect })
  return { kind: 'postgres', db, exclusively: oneAtATime(), isSound: async () => true, close: () => db.destroy() }
}

/** Column type of bytes. */
export const bytesType = (db: Kysely<never>): RawBuilder<unknown> => (isPostgres(db) ? sql`bytea` : sql`blob`)

/** Column type of a primary key the database counts up itself. */
export const countingKeyType = (db: Kysely<never>): RawBuilder<unknown> =>
  isPostgres(db)
    ? sql`bigint generated by default as identity primary key`
    : sql`integer primary key autoincrement not null`

/** Makes a table append-only for everybody who comes by SQL. */
export async function forbidChanges(db: Kysely<never>, table: 'audit'): Promise<void> {
  if (isPostgres(db)) {
    await sql`create or replace function ${sql.raw(`${table}_is_append_only`)}() returns trigger language plpgsql as
      'begin raise exception ''the audit trail is append-only''; end'`.execute(db)
    await sql`create trigger ${sql.raw(`${table}_no_change`)} before update or delete on ${sql.table(table)}
      for each row execute function ${sql.raw(`${table}_is_append_only`)}()`.execute(db)
    return
  }
  for (const verb of ['update', 'delete']) {
    await sql`create trigger ${sql.raw(`${table}_no_${verb}`)} before ${sql.raw(verb)} on ${sql.table(table)}
      begin select raise(abort, 'the audit trail is append-only'); end`.execute(db)
  }
}

/** Makes transactions that follow each other on `name` wait for one another until commit. SQLite has one writer anyway. */
export async function waitForTurn(trx: Trx, name: 'audit'): Promise<void> {
  if (isPostgres(trx)) await sql`select pg_advisory_xact_lock(hashtext(${`gongping.${name}`}))`.execute(trx)
}

/** Raised by `append_edits` for edits that were judged by what no longer stands; the detail says which. */
const STALE_EDITS = 'GP001'

/**
 * A function of the database that appends to the log in one question. It looks for its columns when it is called, so it may
 * be made before they are. All of its rows are there afterwards, or none: between
 * its look at the reports and its end nobody moves them on, since a move takes their rows for itself
 * (`compareAndSetState`). It looks after the rows are in, so that a fold that made room for them among folded rows is seen.
 */
export async function createAppendEdits(db: Kysely<never>): Promise<void> {
  if (!isPostgres(db)) return
  const edits = sql`jsonb_to_recordset(edits) as e("reportId" text, part text, seq bigint, "userId" text, at bigint,
    bytes text, crc32 bigint, epoch bigint)`
  await sql`create or replace function append_edits(edits jsonb, owners jsonb) returns void language plpgsql as $append$
    declare
      stale jsonb;
    begin
      insert into update_log (report_id, part, seq, user_id, at, bytes, crc32)
        select e."reportId", e.part, e.seq, e."userId", e.at, decode(e.bytes, 'base64'), e.crc32 from ${edits};
      insert into client_owner (report_id, part, client_id, user_id, seq)
        select o."reportId", o.part, o."clientId", o."userId", coalesce(o.seq, 0)
        from jsonb_to_recordset(owners)
          as o("reportId" text, part text, "clientId" bigint, "userId" text, seq bigint)
        on conflict (report_id, part, client_id) do nothing;
      perform 1 from report where id in (select e."reportId" from ${edits}) order by id for key share;
      select jsonb_agg(jsonb_build_object('reportId', e."reportId", 'part', e.part, 'hasMoved', coalesce(e.epoch <> r.epoch, false)))
        into stale
        from ${edits} join report r on r.id = e."reportId" join part p on p.report_id = r.id and p.part = e.part
        where e.epoch <> r.epoch or e.seq <= p.state_seq;
      if stale is not null then
        raise exception 'the edits were judged by what no longer stands'
          using errcode = ${sql.lit(STALE_EDITS)}, detail = stale::text;
      end if;
    end
  $append$`.execute(db)
}

/** Holds tables until the transaction ends, against everybody, in this order. SQLite has one writer anyway. */
export async function lockTables(db: Kysely<never>, tables: readonly string[]): Promise<void> {
  if (!isPostgres(db)) return
  for (const table of tables) await sql`lock table ${sql.table(table)} in access exclusive mode`.execute(db)
}

/** What `append_edits` found stale; undefined for any other error. */
export function staleEditsIn(error: unknown): { reportId: string; part: Part; hasMoved: boolean }[] | undefined {
  const { code, detail } = error as { code?: unknown; detail?: unknown }
  if (code !== STALE_EDITS || typeof detail !== 'string') return undefined
  return JSON.parse(detail) as { reportId: string; part: Part; hasMoved: boolean }[]
}

/** Several servers may write to one PostgreSQL; a SQLite file has one. */
export const mayBeShared = (db: Db): boolean => isPostgres(db)

const embedded = new WeakMap<object, DatabaseSync>()
/** Embedded databases whose commits don't wait for the disk at the moment, see `deriving`. */
const notWaiting = new WeakSet<DatabaseSync>()

/** Runs `work` as one transaction, without a pause in it. */
export type AtOnce = (work: () => void) => Promise<void>

/**
 * The shortest way to write to an embedded database: statements prepared once, a transaction within one turn. It still
 * waits for transactions of others on the same handle.
 *
 * @returns undefined where the database is a process of its own
 */
export function writerAtOnce(db: Db): { prepare: (text: string) => StatementSync; atOnce: AtOnce } | undefined {
  const connection = embedded.get(db)
  if (!connection) return undefined
  const begin = connection.prepare('begin immediate')
  const commit = connection.prepare('commit')
  const run = (work: () => void) => {
    begin.run()
    try {
      work()
      commit.run()
    } catch (error) {
      if (connection.isTransaction) connection.exec('rollback')
      throw error
    }
  }
  return {
    prepare: (text) => connection.prepare(text),
    // Where nobody else is halfway through something, there is nothing to wait for.
    atOnce: async (work) =>
      connection.isTransaction || notWaiting.has(connection)
        ? db.connection().execute(async () => run(work))
        : run(work),
  }
}

/**
 * A transaction of what can be made again from the log: scores, folded states, joined rows. All of it or nothing is there
 * after a power cut, but perhaps the latter, and so it costs no wait for the disk. The next commit of an edit takes it along.
 */
export async function deriving<T>(db: Db, work: (trx: Trx) => Promise<T>): Promise<T> {
  const connection = embedded.get(db)
  if (!connection) return db.transaction().execute(work)
  return db.connection().execute(async (handle) => {
    notWaiting.add(connection)
    connection.exec('pragma synchronous=normal')
    try {
      return await handle.withoutPlugins().transaction().execute(work)
    } finally {
      connection.exec('pragma synchronous=full')
      notWaiting.delete(connection)
    }
  })
}

/** The error says a row with this key is there already. */
export function isUniqueViolation(error: unknown): boolean {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  // 1555 and 2067 are SQLITE_CONSTRAINT_PRIMARYKEY and _UNIQUE.
  return code === '23505' || errcode === 1555 || errcode === 2067
}

/**
 * The database could not be asked, went away before it answered, or has no room. What was being written is there or not:
 * a commit may have been done whose answer got lost.
 */
export function isOutOfService(error: unknown): boolean {
  const { code, errcode, message } = error as { code?: unknown; errcode?: unknown; message?: unknown }
  if (typeof errcode === 'number') return SQLITE_OUT_OF_SERVICE.has(errcode % 256)
  if (typeof code === 'string') return OUT_OF_SERVICE.test(code)
  return typeof message === 'string' && DRIVER_GAVE_UP.test(message)
}

/** SQLITE_IOERR, SQLITE_FULL. */
const SQLITE_OUT_OF_SERVICE = new Set([10, 13])
/** What the system says of a connection; of PostgreSQL's own: lost connections, no room, shutting down or starting. */
const OUT_OF_SERVICE =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|08...|53[0-3]00|57P0[1-3])$/
/** The driver gives these no code. */
const DRIVER_GAVE_UP =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/

/** Turns within this process; a database of one process needs no more. */
function oneAtATime(): Database['exclusively'] {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
}

const AUTH_TABLES_LOCK = 5_470_061

// Narrowed by the adapter and not by the handle we opened, so it holds inside transactions too.
function isPostgres(db: { getExecutor(): { readonly adapter: unknown } }): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter
}

function requirePragma(connection: DatabaseSync, name: string, wanted: number | string): void {
  const row = connection.prepare(`pragma ${name}`).get()
  const found = row ? Object.values(row)[0] : undefined
  if (found !== wanted)
    throw new Error(`SQLite keeps ${name}=${String(found)}, ${name}=${wanted} is needed to keep edits safe`)
}

/** Kysely's SqliteDialect asks for the shape of better-sqlite3; this gives node:sqlite that shape and keeps prepared statements. */
function nodeSqlite(connection: DatabaseSync): SqliteDatabase {
  const maxKept = 256
  const kept = new Map<string, SqliteStatement>()
  return {
    close() {
      kept.clear()
      connection.close()
    },
    prepare(text) {
      const found = kept.get(text)
      if (found) return found
      const statement = wrapStatement(connection.prepare(text))
      const [oldest] = kept.keys()
      if (kept.size >= maxKept && oldest !== undefined) kept.delete(oldest)
      kept.set(text, statement)
      return statement
    },
  }
}

function wrapStatement(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
  }
}

/** A migration and the note that it was made are one transaction: a kill in the middle of it leaves nothing half done. */
class TransactionalSqliteDialect extends SqliteDialect {
  override createAdapter(): DialectAdapter {
    return new TransactionalSqliteAdapter()
  }
}

class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

interface OpenTransaction {
  open: boolean
}
const transactionOfCaller = new AsyncLocalStorage<OpenTransaction>()

/** A Kysely whose outer handle refuses to work inside its own transactions instead of waiting for ever. */
class GuardedKysely extends Kysely<Schema> {
  constructor(config: KyselyConfig) {
    super({ ...config, plugins: [...(config.plugins ?? []), refuseOuterHandle] })
  }

  override transaction(): TransactionBuilder<Schema> {
    if (transactionOfCaller.getStore()?.open) throw new OuterHandleError()
    const builder = super.transaction()
    const execute = builder.execute.bind(builder)
    builder.execute = (work) => {
      const mine: OpenTransaction = { open: false }
      return transactionOfCaller.run(mine, async () => {
        try {
          return await execute((trx) => {
            mine.open = true
            return work(trx.withoutPlugins())
          })
        } finally {
          mine.open = false
        }
      })
    }
    return builder
  }
}

const refuseOuterHandle: KyselyPlugin = {
  transformQuery({ node }: { queryId: QueryId; node: Parameters<KyselyPlugin['transformQuery']>[0]['node'] }) {
    if (transactionOfCaller.getStore()?.open) throw new OuterHandleError()
    return node
  },
  transformResult: async ({ result }) => result,
}
