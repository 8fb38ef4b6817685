import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { Message, Pen, ReportState } from '@gongping/permissions'

/** y-websocket's message types; the first varuint of every frame. */
export const FRAME = { sync: 0, awareness: 1, auth: 2, queryAwareness: 3, ext: 100 } as const
/** Second varuint of a sync frame. */
export const SYNC = { step1: 0, step2: 1, update: 2 } as const

/**
 * Frames beyond plain y-websocket, sent only to sockets opened with `?ext=1`: varuint 100, then one JSON string.
 * Scores are numbers of points, as in the HTTP interface.
 */
export type ExtFrame =
  /** First frame after joining. `pen` is whether this socket may write this part. */
  | { type: 'hello'; layout: number; userId: string; mayWrite: boolean; pen: Pen; state: ReportState }
  /** How many of this socket's update frames (sync step 2 or update) are on the disk, counted from the socket's opening. */
  | { type: 'saved'; frames: number; at: string }
  /** The pen or the state of the report changed. */
  | { type: 'state'; state: ReportState; pen: Pen; mayWrite: boolean; by: string }
  /** The server scored what it stored. `findings` are counts. */
  | {
      type: 'scored'
      scoredAt: string
      totals: ScoredTotals
      findings: { error: number; warning: number; info: number }
    }
  /** Comes right before the socket is closed with 4400, 4403 or 4409. `frame` is the number of the refused update frame. */
  | { type: 'refused'; frame: number; reason: RefusalReason; message: Message }
  /** The server can't store at the moment: nothing is lost yet, nothing is saved either. */
  | { type: 'storing'; ok: boolean }

export type RefusalReason =
  | 'no-pen'
  | 'foreign-client-id'
  | 'undecodable'
  | 'too-large'
  | 'missing-edits'
  | 'bad-root'
  | 'mass-deletion'
  | 'daily-limit'

export type ScoredTotals = Record<
  'self' | 'department' | 'finance',
  { total: number | null; grade: string | null; complete: boolean }
>

export function encodeExt(frame: ExtFrame): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, FRAME.ext)
  encoding.writeVarString(encoder, JSON.stringify(frame))
  return encoding.toUint8Array(encoder)
}

/** Reads the body of an ext frame, the type number already consumed. Only the server writes these, so the shape is trusted. */
export function readExt(decoder: decoding.Decoder): ExtFrame {
  return JSON.parse(decoding.readVarString(decoder)) as ExtFrame
}
