import type { Db } from '../db/dialect.ts'
import { type FoldedRow, findPieceEnd, listFoldedRows, listVersionSeqs, replaceFoldedRows } from '../db/part-store.ts'
import { concatUpdates } from '../sync/concat-updates.ts'
import { NO_LIMITS, decodeUpdate } from '../sync/decode-update.ts'
import type { PartKey } from '../sync/types.ts'

/** What is looked at in a row. */
const PIECE_ROWS = 2000
const PIECE_BYTES = 2 * 1024 * 1024
/** A pause this long ends a burst, milliseconds. */
const PAUSE_MS = 2000
const MAX_SPAN_MS = 60_000
const MAX_BURST_BYTES = 64 * 1024
/** A row that deletes more, in characters, stays as it is: the document right before it can always be made again. */
const LARGE_DELETION = 200

/**
 * Joins log rows that the stored state holds already, so that the log stays small and still tells who wrote what and
 * when: what one user wrote without a pause becomes one row. No row reaches across a version.
 *
 * @param whole sequence numbers, `after` exclusive; of many only a first piece is done, in a few milliseconds
 * @returns how far it came, and how many rows fewer there are
 */
export async function thinLog(
  db: Db,
  whole: PartKey & { after: number; upTo: number },
): Promise<{ upTo: number; removed: number }> {
  const range = { ...whole, upTo: await findPieceEnd(db, { ...whole, rows: PIECE_ROWS, bytes: PIECE_BYTES }) }
  const rows = await listFoldedRows(db, range)
  const versions = await listVersionSeqs(db, range)
  const bursts = gather(rows, versions).flatMap((burst) => {
    const [first] = burst
    const last = burst.at(-1)
    if (!first || !last || first === last) return []
    const bytes = concatUpdates(burst.map((row) => row.bytes))
    const numbers = burst.reduce((sum, row) => sum + row.numbers, 0)
    return [{ rows: burst, by: { ...last, at: first.at, bytes, numbers } }]
  })
  const isDone = await replaceFoldedRows(db, range, bursts)
  const removed = isDone ? bursts.reduce((sum, burst) => sum + burst.rows.length - 1, 0) : 0
  return { upTo: range.upTo, removed }
}

/** @param versions ascending */
function gather(rows: readonly FoldedRow[], versions: readonly number[]): FoldedRow[][] {
  const bursts: FoldedRow[][] = []
  const open = new Map<string, { rows: FoldedRow[]; bytes: number; lastAt: number }>()
  let nextVersion = 0
  for (const row of rows) {
    for (; (versions[nextVersion] ?? Infinity) < row.seq; nextVersion += 1) open.clear()
    if (deletedBy(row.bytes) > LARGE_DELETION) {
      open.clear()
      continue
    }
    const burst = open.get(row.userId)
    const isSame =
      burst &&
      row.at - burst.lastAt <= PAUSE_MS &&
      row.at - (burst.rows[0] as FoldedRow).at <= MAX_SPAN_MS &&
      burst.bytes + row.bytes.length <= MAX_BURST_BYTES
    if (isSame) {
      burst.rows.push(row)
      burst.bytes += row.bytes.length
      burst.lastAt = row.at
      continue
    }
    const begun = [row]
    bursts.push(begun)
    open.set(row.userId, { rows: begun, bytes: row.bytes.length, lastAt: row.at })
  }
  return bursts
}

const deletedBy = (bytes: Uint8Array) =>
  decodeUpdate(bytes, NO_LIMITS).deletes.reduce((sum, { length }) => sum + length, 0)
