import type { Part } from '@gongping/permissions'
import type { ExtFrame } from '@gongping/protocol'
import type { ServerEvent } from '@gongping/protocol/http'
import type { LogEntry } from './types.ts'

export interface TellPresence {
  readonly clientId: number
  readonly userId: string
  readonly clock: number
  /** Undefined: it left. */
  readonly json: string | undefined
}

/** What nodes tell each other. Everything but presence is also in the database. */
export type Hint =
  | { readonly type: 'rows'; readonly rows: readonly LogEntry[] }
  | { readonly type: 'rights'; readonly reportId: string; readonly by: string }
  | { readonly type: 'push'; readonly reportId: string; readonly frame: ExtFrame }
  | {
      readonly type: 'presence'
      readonly reportId: string
      readonly part: Part
      readonly states: readonly TellPresence[]
    }
  /** Who is in this part at your place? */
  | { readonly type: 'who'; readonly reportId: string; readonly part: Part }
  /** Somebody else's edits were first in the part; mine wait for their turn. */
  | { readonly type: 'turn'; readonly reportId: string; readonly part: Part }
  | { readonly type: 'user'; readonly userId: string }
  | { readonly type: 'event'; readonly event: ServerEvent; readonly only?: readonly string[] | undefined }
  | { readonly type: 'beat' }
  | { readonly type: 'bye' }

interface RowHead extends Omit<LogEntry, 'bytes'> {
  readonly length: number
}

/** Length of the head in four bytes, the head as JSON, then the bytes of the rows. */
export function encodeHint(node: string, hint: Hint): Uint8Array {
  const rows = hint.type === 'rows' ? hint.rows : []
  const heads = rows.map(({ bytes, ...rest }): RowHead => ({ ...rest, length: bytes.length }))
  const head = Buffer.from(JSON.stringify({ node, ...hint, ...(hint.type === 'rows' ? { rows: heads } : {}) }))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(head.length)
  return Buffer.concat([length, head, ...rows.map(({ bytes }) => bytes)])
}

/** Undefined for what another version may say and this one does not know. */
export function decodeHint(message: Uint8Array): { node: string; hint: Hint } | undefined {
  try {
    const buffer = Buffer.from(message.buffer, message.byteOffset, message.byteLength)
    const end = 4 + buffer.readUInt32BE(0)
    const { node, ...hint } = JSON.parse(buffer.toString('utf8', 4, end)) as { node: string } & Hint
    if (typeof node !== 'string' || !Object.hasOwn(KNOWN, hint.type)) return undefined
    if (hint.type !== 'rows') return { node, hint }
    let at = end
    const rows = (hint.rows as unknown as readonly RowHead[]).map(({ length, ...rest }): LogEntry => {
      const bytes = new Uint8Array(buffer.subarray(at, at + length))
      at += length
      return { ...rest, bytes }
    })
    return at === buffer.length ? { node, hint: { type: 'rows', rows } } : undefined
  } catch {
    return undefined
  }
}

const KNOWN: Readonly<Record<Hint['type'], true>> = {
  rows: true,
  rights: true,
  push: true,
  presence: true,
  who: true,
  turn: true,
  user: true,
  event: true,
  beat: true,
  bye: true,
}
