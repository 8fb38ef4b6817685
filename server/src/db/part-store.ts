import { createHash } from 'node:crypto'
import type { StatementSync } from 'node:sqlite'
import type { Part } from '@gongping/permissions'
import { crc32 } from 'node:zlib'
import { sql } from 'kysely'
import { RightsMovedError, SequenceTakenError } from '../sync/shared-log.ts'
import type { LogEntry, PartKey, PartStore, StoredPart } from '../sync/types.ts'
import { type Db, type Trx, deriving, staleEditsIn, writerAtOnce } from './dialect.ts'

/** The stored bytes of a document are not what was written: disk, memory or somebody changed them. */
export class DamagedPartError extends Error {
  override name = 'DamagedPartError'
}

/** Below the 32,766 parameters of SQLite. */
const ROWS_PER_DELETE = 1000

export function createPartStore(db: Db): PartStore {
  const insert = insertAtOnce(db) ?? ((entries: readonly LogEntry[]) => insertEntries(db, entries))
  return {
    load: (key) => loadPart(db, key),
    async append(entries) {
      try {
        await insert(entries)
      } catch (error) {
        if (error instanceof SequenceTakenError || error instanceof RightsMovedError) throw error
        // The outcome may be unknown (a connection lost at commit): what is there decides, not what was heard.
        if (await areStored(db, entries)) return
        throw error
      }
    },
  }
}

/** @throws DamagedPartError */
export async function loadPart(db: Db, key: PartKey): Promise<StoredPart | undefined> {
  // One picture: on PostgreSQL each statement would otherwise see what was committed just before it.
  return db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute((trx) => readPart(trx, key))
}

/** @throws DamagedPartError */
export async function readPart(trx: Trx, { reportId, part }: PartKey): Promise<StoredPart | undefined> {
  const row = await trx
    .selectFrom('part')
    .select(['state', 'state_seq', 'state_sha256'])
    .where('report_id', '=', reportId)
    .where('part', '=', part)
    .executeTakeFirst()
  if (!row) return undefined
  const state = ownBytes(row.state)
  if (sha256(state) !== row.state_sha256) throw new DamagedPartError(`state of ${reportId}/${part} fails its checksum`)
  const rows = await trx
    .selectFrom('update_log')
    .select(['seq', 'bytes', 'crc32'])
    .where('report_id', '=', reportId)
    .where('part', '=', part)
    .where('seq', '>', row.state_seq)
    .orderBy('seq')
    .execute()
  rows.forEach(({ seq, bytes, crc32: sum }, index) => {
    if (Number(seq) !== Number(row.state_seq) + index + 1)
      throw new DamagedPartError(`log of ${reportId}/${part} has a gap before ${seq}`)
    if (sum !== null && Number(sum) !== crc32(bytes))
      throw new DamagedPartError(`row ${seq} of ${reportId}/${part} fails its checksum`)
  })
  const owners = await trx
    .selectFrom('client_owner')
    .select(['client_id', 'user_id'])
    .where('report_id', '=', reportId)
    .where('part', '=', part)
    .execute()
  return {
    seq: Number(rows.at(-1)?.seq ?? row.state_seq),
    state,
    tail: rows.map(({ bytes }) => ownBytes(bytes)),
    owners: new Map(owners.map(({ client_id, user_id }) => [Number(client_id), user_id])),
  }
}

/**
 * Replaces the folded state of a part; the log rows stay. A state that reaches less far than the stored one is ignored.
 * Call it inside the transaction that stores what was read from the same bytes.
 */
export async function storeState(
  db: Db,
  folded: PartKey & { seq: number; state: Uint8Array; at: number },
): Promise<void> {
  const { reportId, part, seq, state, at } = folded
  await db
    .updateTable('part')
    .set({ state, state_seq: seq, state_sha256: sha256(state), updated_at: at })
    .where('report_id', '=', reportId)
    .where('part', '=', part)
    .where('state_seq', '<=', seq)
    .execute()
}

/** A log row that `part.state` holds already. */
export interface FoldedRow {
  readonly seq: number
  readonly userId: string
  readonly at: number
  readonly bytes: Uint8Array
  /** How many sequence numbers it stands for. */
  readonly numbers: number
}

/** Rows in (`after`, `upTo`] as far as they are folded, ascending; the seed is none of them. */
export async function listFoldedRows(
  db: Db,
  { reportId, part, after, upTo }: PartKey & { after: number; upTo: number },
): Promise<FoldedRow[]> {
  const rows = await db
    .selectFrom('update_log')
    .innerJoin('part', (join) =>
      join.onRef('part.report_id', '=', 'update_log.report_id').onRef('part.part', '=', 'update_log.part'),
    )
    .select(['seq', 'user_id', 'at', 'bytes', 'numbers', 'crc32'])
    .where('update_log.report_id', '=', reportId)
    .where('update_log.part', '=', part)
    .where('seq', '>', Math.max(0, after))
    .where('seq', '<=', upTo)
    .whereRef('seq', '<=', 'part.state_seq')
    .orderBy('seq')
    .execute()
  return rows.map((row) => {
    const bytes = new Uint8Array(row.bytes)
    if (row.crc32 !== null && Number(row.crc32) !== crc32(bytes))
      throw new DamagedPartError(`row ${row.seq} of ${reportId}/${part} fails its checksum`)
    return { seq: Number(row.seq), userId: row.user_id, at: Number(row.at), bytes, numbers: row.numbers }
  })
}

/** Where a piece of a log ends, of so many rows and bytes at most, but of one row at least. */
export async function findPieceEnd(
  db: Db,
  { reportId, part, after, upTo, rows, bytes }: PartKey & Record<'after' | 'upTo' | 'rows' | 'bytes', number>,
): Promise<number> {
  const sizes = await db
    .selectFrom('update_log')
    .select(['seq', sql<number>`length(bytes)`.as('size')])
    .where('report_id', '=', reportId)
    .where('part', '=', part)
    .where('seq', '>', Math.max(0, after))
    .where('seq', '<=', upTo)
    .orderBy('seq')
    .limit(rows + 1)
    .execute()
  let left = bytes
  const next = sizes.findIndex(({ size }, index) => {
    left -= Number(size)
    return index > 0 && (left < 0 || index === rows)
  })
  return next < 0 ? upTo : Number(sizes[next - 1]!.seq)
}

/** Up to where rows were looked through for those to join; undefined where that was never noted. */
export async function findThinnedSeq(db: Db, { reportId, part }: PartKey): Promise<number | undefined> {
  const row = await db
    .selectFrom('part')
    .select('thinned_seq')
    .where('report_id', '=', reportId)
    .where('part', '=', part)
    .executeTakeFirst()
  return row?.thinned_seq === null || row === undefined ? undefined : Number(row.thinned_seq)
}

/** Log positions of a part that versions stand on, ascending. */
export async function listVersionSeqs(db: Db, { reportId, part }: PartKey): Promise<number[]> {
  const rows = await db.selectFrom('version').select('seqs').where('report_id', '=', reportId).execute()
  const seqs = rows.map((row) => Number((JSON.parse(row.seqs) as Partial<Record<Part, number>>)[part] ?? 0))
  return seqs.toSorted((one, other) => one - other)
}

/**
 * Puts one row each in the place of several, and notes up to where that was done.
 * @returns false when somebody else did it first; nothing has changed then
 */
export async function replaceFoldedRows(
  db: Db,
  { reportId, part, after, upTo }: PartKey & { after: number; upTo: number },
  bursts: readonly { rows: readonly FoldedRow[]; by: FoldedRow }[],
): Promise<boolean> {
  const seqs = bursts.flatMap(({ rows }) => rows.map(({ seq }) => seq))
  try {
    await deriving(db, async (trx) => {
      let deleted = 0
      for (let at = 0; at < seqs.length; at += ROWS_PER_DELETE) {
        const { numDeletedRows } = await trx
          .deleteFrom('update_log')
          .where('report_id', '=', reportId)
          .where('part', '=', part)
          .where('seq', 'in', seqs.slice(at, at + ROWS_PER_DELETE))
          .executeTakeFirst()
        deleted += Number(numDeletedRows)
      }
      if (deleted !== seqs.length) throw new AlreadyReplacedError()
      for (const { by } of bursts) {
        const { seq, userId, at, bytes, numbers } = by
        const row = { report_id: reportId, part, seq, user_id: userId, at, bytes, numbers, crc32: crc32(bytes) }
        await trx.insertInto('update_log').values(row).execute()
      }
      await trx
        .updateTable('part')
        .set({ thinned_seq: upTo })
        .where('report_id', '=', reportId)
        .where('part', '=', part)
        .where((eb) => eb.or([eb('thinned_seq', 'is', null), eb.between('thinned_seq', after, upTo)]))
        .execute()
    })
    return true
  } catch (error) {
    if (error instanceof AlreadyReplacedError) return false
    throw error
  }
}

class AlreadyReplacedError extends Error {}

/** Every row of a part's log with its checksum, ascending: to be verified. */
export async function listLog(db: Db, { reportId, part }: PartKey) {
  const rows = await db
    .selectFrom('update_log')
    .select(['seq', 'numbers', 'bytes', 'crc32'])
    .where('report_id', '=', reportId)
    .where('part', '=', part)
    .orderBy('seq')
    .execute()
  return rows.map((row) => {
    const bytes = new Uint8Array(row.bytes)
    const isSound = row.crc32 === null || Number(row.crc32) === crc32(bytes)
    return { seq: Number(row.seq), numbers: row.numbers, bytes, isSound }
  })
}

/** The same as `insertEntries` for the embedded database. */
function insertAtOnce(db: Db): ((entries: readonly LogEntry[]) => Promise<void>) | undefined {
  const writer = writerAtOnce(db)
  if (!writer) return undefined
  let prepared: { row: StatementSync; owner: StatementSync } | undefined
  return (entries) =>
    writer.atOnce(() => {
      prepared ??= {
        row: writer.prepare(
          'insert into update_log (report_id, part, seq, user_id, at, bytes, crc32) values (?, ?, ?, ?, ?, ?, ?)',
        ),
        owner: writer.prepare(
          'insert into client_owner (report_id, part, client_id, user_id, seq) values (?, ?, ?, ?, ?) on conflict do nothing',
        ),
      }
      for (const { reportId, part, seq, userId, at, bytes, newClientIds, seenClients = [] } of entries) {
        prepared.row.run(reportId, part, seq, userId, at, bytes, crc32(bytes))
        for (const clientId of newClientIds) prepared.owner.run(reportId, part, clientId, userId, seq)
        for (const [clientId, seenUserId] of seenClients) prepared.owner.run(reportId, part, clientId, seenUserId, seq)
      }
    })
}

/**
 * @throws RightsMovedError when edits were judged under rights that no longer stand, SequenceTakenError when the log is
 *   already folded beyond the place of these rows
 */
async function insertEntries(db: Db, entries: readonly LogEntry[]): Promise<void> {
  const edits = entries.map(({ reportId, part, seq, userId, at, bytes, epoch }) => {
    const { buffer, byteOffset, byteLength } = bytes
    const base64 = Buffer.from(buffer, byteOffset, byteLength).toString('base64')
    return { reportId, part, seq, userId, at, bytes: base64, crc32: crc32(bytes), epoch }
  })
  const owners = entries.flatMap(({ reportId, part, seq, userId: writer, newClientIds, seenClients = [] }) => {
    const written = newClientIds.map((clientId) => [clientId, writer] as const)
    return [...written, ...seenClients].map(([clientId, userId]) => ({ reportId, part, clientId, userId, seq }))
  })
  try {
    await sql`select append_edits(${JSON.stringify(edits)}::text::jsonb, ${JSON.stringify(owners)}::text::jsonb)`.execute(
      db,
    )
  } catch (error) {
    const stale = staleEditsIn(error)
    if (!stale) throw error
    const moved = new Set(stale.flatMap(({ reportId, hasMoved }) => (hasMoved ? [reportId] : [])))
    throw moved.size > 0 ? new RightsMovedError([...moved]) : new SequenceTakenError(stale)
  }
}

/**
 * Whether exactly these rows are in the log already.
 * @throws SequenceTakenError when other rows are in their place
 */
async function areStored(db: Db, entries: readonly LogEntry[]): Promise<boolean> {
  const ends = new Map<string, { first: LogEntry; last: LogEntry }>()
  for (const entry of entries) {
    const name = `${entry.reportId}/${entry.part}`
    ends.set(name, { first: ends.get(name)?.first ?? entry, last: entry })
  }
  const taken: PartKey[] = []
  let areAllThere = true
  for (const { first, last } of ends.values()) {
    for (const entry of first === last ? [first] : [first, last]) {
      const row = await db
        .selectFrom('update_log')
        .select('bytes')
        .where('report_id', '=', entry.reportId)
        .where('part', '=', entry.part)
        .where('seq', '=', entry.seq)
        .executeTakeFirst()
        // Whether it can be read is asked again with the next try.
        .catch(() => undefined)
      if (!row) areAllThere = false
      else if (Buffer.compare(new Uint8Array(row.bytes), entry.bytes) !== 0) {
        taken.push({ reportId: entry.reportId, part: entry.part })
        break
      }
    }
  }
  if (taken.length > 0) throw new SequenceTakenError(taken)
  return areAllThere
}

/** As they are kept in memory: not copied once more, unless they are a window into a larger buffer of the driver. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  const isWhole = bytes.byteLength === bytes.buffer.byteLength
  return isWhole && !Buffer.isBuffer(bytes) ? bytes : new Uint8Array(bytes)
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
