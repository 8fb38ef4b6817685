import { FRAME, LIMITS, ROLE_COLORS } from '@gongping/protocol'
import { ByteReader, ByteWriter, Malformed, TooLarge } from './bytes.ts'
import { jsonDepth } from './decode-update.ts'
import type { Access } from './types.ts'

export interface PresenceEntry {
  readonly clientId: number
  readonly clock: number
  /** Undefined: this client has left. */
  readonly state: Record<string, unknown> | undefined
}

const MAX_ENTRIES = 1024
const MAX_DEPTH = 16
/** Others are told a clock that goes on from here; lib0 reads none above 2^53. */
const MAX_CLOCK = 2 ** 40

/**
 * Reads the body of an awareness frame. Stock clients repeat what they heard of others, so several entries are normal.
 *
 * @throws Malformed or TooLarge, nothing else.
 */
export function readPresence(bytes: Uint8Array): PresenceEntry[] {
  const reader = new ByteReader(bytes)
  const entries: PresenceEntry[] = []
  const count = reader.varUint()
  if (count > MAX_ENTRIES) throw new TooLarge('too many presence entries')
  for (let left = count; left > 0; left -= 1) {
    const clientId = reader.varUint()
    const clock = reader.varUint()
    if (clock > MAX_CLOCK) throw new Malformed('clock out of range')
    entries.push({ clientId, clock, state: readState(reader.string()) })
  }
  if (!reader.atEnd) throw new Malformed('bytes after the end')
  return entries
}

/** What others see: the sender's fields, with who it is written by the server. */
export function stamp(state: Record<string, unknown>, access: Access): string {
  return JSON.stringify({
    ...state,
    name: access.displayName,
    color: ROLE_COLORS[access.role],
    user: { id: access.userId, name: access.displayName, role: access.role },
  })
}

/** @param states JSON by client id; `null` as JSON says the client has left */
export function presenceFrame(states: readonly { clientId: number; clock: number; json: string }[]): Uint8Array {
  const body = new ByteWriter().varUint(states.length)
  for (const { clientId, clock, json } of states) body.varUint(clientId).varUint(clock).string(json)
  return new ByteWriter().varUint(FRAME.awareness).varBytes(body.finish()).finish()
}

function readState(text: string): Record<string, unknown> | undefined {
  if (text.length > LIMITS.maxPresenceBytes) throw new TooLarge('presence too large')
  if (jsonDepth(text) > MAX_DEPTH) throw new TooLarge('presence nested too deeply')
  let state: unknown
  try {
    state = JSON.parse(text)
  } catch {
    throw new Malformed('no JSON')
  }
  if (state === null) return undefined
  if (typeof state !== 'object' || Array.isArray(state) || Object.hasOwn(state, '__proto__'))
    throw new Malformed('no presence')
  return state as Record<string, unknown>
}
