import { createHash } from 'node:crypto'
import type { StatementSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import type { LogEntry, PartKey, PartStore, StoredPart } from '../sync/types.ts'
import { type Db, writerAtOnce } from './dialect.ts'

/** The stored bytes of a document are not what was written: disk, memory or somebody changed them. */
export class DamagedPartError extends Error {
  override name = 'DamagedPartError'
}

/** Another process wrote this part under the same sequence number. */
export class SequenceTakenError extends Error {
  override name = 'SequenceTakenError'
}

// Eight columns in a row: below the 32,766 parameters of SQLite and the 65,535 of PostgreSQL.
const ROWS_PER_INSERT = 1000

export function createPartStore(db: Db): PartStore {
  const insert = insertAtOnce(db) ?? ((entries: readonly LogEntry[]) => insertEntries(db, entries))
  return {
    load: (key) => loadPart(db, key),
    async append(entries) {
      try {
        await insert(entries)
      } catch (error) {
        // The outcome may be unknown (a connection lost at commit): what is there decides, not what was heard.
        if (await areStored(db, entries)) return
        throw error
      }
    },
  }
}

/** @throws DamagedPartError */
export async function loadPart(db: Db, { reportId, part }: PartKey): Promise<StoredPart | undefined> {
  return db.transaction().execute(async (trx) => {
    const row = await trx
      .selectFrom('part')
      .select(['state', 'state_seq', 'state_sha256'])
      .where('report_id', '=', reportId)
      .where('part', '=', part)
      .executeTakeFirst()
    if (!row) return undefined
    const state = new Uint8Array(row.state)
    if (sha256(state) !== row.state_sha256)
      throw new DamagedPartError(`state of ${reportId}/${part} fails its checksum`)
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
      tail: rows.map(({ bytes }) => new Uint8Array(bytes)),
      owners: new Map(owners.map(({ client_id, user_id }) => [Number(client_id), user_id])),
    }
  })
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

/** The same as `insertEntries` for the embedded database: a commit happens many times a second. */
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
          'insert into client_owner (report_id, part, client_id, user_id) values (?, ?, ?, ?) on conflict do nothing',
        ),
      }
      for (const { reportId, part, seq, userId, at, bytes, newClientIds } of entries) {
        prepared.row.run(reportId, part, seq, userId, at, bytes, crc32(bytes))
        for (const clientId of newClientIds) prepared.owner.run(reportId, part, clientId, userId)
      }
    })
}

async function insertEntries(db: Db, entries: readonly LogEntry[]): Promise<void> {
  await db.transaction().execute(async (trx) => {
    for (let at = 0; at < entries.length; at += ROWS_PER_INSERT) {
      const rows = entries.slice(at, at + ROWS_PER_INSERT)
      await trx
        .insertInto('update_log')
        .values(
          rows.map((entry) => ({
            report_id: entry.reportId,
            part: entry.part,
            seq: entry.seq,
            user_id: entry.userId,
            at: entry.at,
            bytes: entry.bytes,
            crc32: crc32(entry.bytes),
          })),
        )
        .execute()
    }
    const owners = entries.flatMap(({ reportId, part, userId, newClientIds }) =>
      newClientIds.map((client_id) => ({ report_id: reportId, part, client_id, user_id: userId })),
    )
    for (let at = 0; at < owners.length; at += ROWS_PER_INSERT) {
      await trx
        .insertInto('client_owner')
        .values(owners.slice(at, at + ROWS_PER_INSERT))
        .onConflict((conflict) => conflict.columns(['report_id', 'part', 'client_id']).doNothing())
        .execute()
    }
  })
}

/**
 * Whether exactly these rows are in the log already.
 * @throws SequenceTakenError when other rows are in their place
 */
async function areStored(db: Db, entries: readonly LogEntry[]): Promise<boolean> {
  const [first] = entries
  const last = entries.at(-1)
  if (!first || !last) return true
  for (const entry of [first, last]) {
    const row = await db
      .selectFrom('update_log')
      .select('bytes')
      .where('report_id', '=', entry.reportId)
      .where('part', '=', entry.part)
      .where('seq', '=', entry.seq)
      .executeTakeFirst()
      // Whether it can be read is asked again with the next try.
      .catch(() => undefined)
    if (!row) return false
    if (Buffer.compare(new Uint8Array(row.bytes), entry.bytes) !== 0) {
      throw new SequenceTakenError(`row ${entry.seq} of ${entry.reportId}/${entry.part} is somebody else's`)
    }
  }
  return true
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
