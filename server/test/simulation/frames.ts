import { FRAME, SYNC, readExt } from '@gongping/protocol'
import type { ExtFrame } from '@gongping/protocol'
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

export type Heard =
  | { readonly kind: 'step1' | 'step2' | 'update'; readonly bytes: Uint8Array }
  | { readonly kind: 'presence'; readonly states: ReadonlyMap<number, unknown> }
  | { readonly kind: 'ext'; readonly frame: ExtFrame }
  | { readonly kind: 'other' }

/** As a client reads it. */
export function readFrame(frame: Uint8Array): Heard {
  const decoder = decoding.createDecoder(frame)
  switch (decoding.readVarUint(decoder)) {
    case FRAME.sync: {
      const kind = decoding.readVarUint(decoder)
      const bytes = decoding.readVarUint8Array(decoder)
      return { kind: kind === SYNC.step1 ? 'step1' : kind === SYNC.step2 ? 'step2' : 'update', bytes }
    }
    case FRAME.awareness:
      return { kind: 'presence', states: readStates(decoding.readVarUint8Array(decoder)) }
    case FRAME.ext:
      return { kind: 'ext', frame: readExt(decoder) }
    default:
      return { kind: 'other' }
  }
}

function readStates(body: Uint8Array): Map<number, unknown> {
  const decoder = decoding.createDecoder(body)
  const states = new Map<number, unknown>()
  for (let left = decoding.readVarUint(decoder); left > 0; left -= 1) {
    const clientId = decoding.readVarUint(decoder)
    decoding.readVarUint(decoder)
    states.set(clientId, JSON.parse(decoding.readVarString(decoder)))
  }
  return states
}

/** Sync step 2 and update are numbered by the server, and answered with `saved`. */
export const isUpdateFrame = (frame: Uint8Array) => frame[0] === FRAME.sync && (frame[1] ?? 0) >= SYNC.step2

export function syncFrame(kind: 'step1' | 'step2' | 'update', bytes: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, FRAME.sync)
  encoding.writeVarUint(encoder, SYNC[kind])
  encoding.writeVarUint8Array(encoder, bytes)
  return encoding.toUint8Array(encoder)
}
