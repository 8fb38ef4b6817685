/**
 * What the page may say about the user's own edits, never more than the server has confirmed.
 * `unsaved` counts edits the server has not confirmed, over all parts.
 */
export type SaveState =
  | { kind: 'connecting'; unsaved: number }
  /** Everything typed here is on the server's disk. */
  | { kind: 'saved'; at: Date | null }
  | { kind: 'saving'; unsaved: number }
  | { kind: 'offline'; unsaved: number; since: Date }
  /** The server did not confirm for 10 s, or says it can't store. */
  | { kind: 'stuck'; unsaved: number; since: Date }

/** After this many milliseconds without an answer an open connection no longer counts as saving. */
export const STUCK_AFTER_MS = 10_000

/** What one part knows about its edits and its connection. Times are milliseconds since the epoch. */
export interface PartSync {
  /** `open`: the socket stands but the server's content has not arrived yet. */
  readonly link: Link
  readonly everSynced: boolean
  /** Edits made here that no frame of the present connection carries. */
  readonly unsent: number
  /** Frames on their way, oldest first, with the edits each carries. */
  readonly sent: readonly SentFrame[]
  /** Whether the server has been offered, and has stored, all that only this client holds (sync step 2). */
  readonly offer: 'due' | 'sent' | 'done'
  /** False while the server says that it can't store. */
  readonly storing: boolean
  readonly savedAt: number | null
}

type Link =
  | { readonly kind: 'new' }
  | { readonly kind: 'down'; readonly since: number }
  | { readonly kind: 'open'; readonly since: number }
  | { readonly kind: 'synced'; readonly since: number }

interface SentFrame {
  readonly frame: number
  readonly edits: number
  readonly at: number
  readonly offer: boolean
}

export type SyncEvent =
  | { readonly type: 'edit' }
  /** The local copy holds edits of an earlier visit that the server never confirmed. */
  | { readonly type: 'found'; readonly edits: number }
  | { readonly type: 'opened'; readonly at: number }
  | { readonly type: 'closed'; readonly at: number }
  | { readonly type: 'synced'; readonly at: number }
  /** A frame left, numbered from 1 since the socket was opened. `offer` is sync step 2 and carries everything unsent. */
  | { readonly type: 'sent'; readonly frame: number; readonly offer: boolean; readonly at: number }
  /** The server has all that is here. */
  | { readonly type: 'nothing-to-offer' }
  | { readonly type: 'saved'; readonly frames: number; readonly at: number }
  | { readonly type: 'storing'; readonly ok: boolean }

export const NEW_PART: PartSync = {
  link: { kind: 'new' },
  everSynced: false,
  unsent: 0,
  sent: [],
  offer: 'due',
  storing: true,
  savedAt: null,
}

export function nextSync(part: PartSync, event: SyncEvent): PartSync {
  switch (event.type) {
    case 'edit':
      return { ...part, unsent: part.unsent + 1 }
    case 'found':
      return { ...part, unsent: part.unsent + event.edits }
    case 'opened':
      return { ...withNothingSent(part), link: { kind: 'open', since: event.at } }
    case 'closed':
      return {
        ...withNothingSent(part),
        link: part.link.kind === 'down' ? part.link : { kind: 'down', since: event.at },
      }
    case 'synced':
      return { ...part, link: { kind: 'synced', since: event.at }, everSynced: true }
    case 'sent': {
      // An update frame carries the edit just made; older unsent edits wait for the offer.
      const edits = event.offer ? part.unsent : Math.min(1, part.unsent)
      return {
        ...part,
        unsent: part.unsent - edits,
        sent: [...part.sent, { frame: event.frame, edits, at: event.at, offer: event.offer }],
        offer: event.offer ? 'sent' : part.offer,
      }
    }
    case 'nothing-to-offer':
      return { ...part, offer: 'done' }
    case 'saved': {
      const sent = part.sent.filter((one) => one.frame > event.frames)
      const offerStored = part.offer === 'sent' && !sent.some((one) => one.offer)
      return { ...part, sent, offer: offerStored ? 'done' : part.offer, storing: true, savedAt: event.at }
    }
    case 'storing':
      return { ...part, storing: event.ok }
  }
}

export function unsavedEdits(part: PartSync): number {
  return part.unsent + part.sent.reduce((sum, one) => sum + one.edits, 0)
}

/** The one state of the whole report: the worst any of its parts is in. `now` is milliseconds since the epoch. */
export function summarize(parts: readonly PartSync[], now: number): SaveState {
  const unsaved = parts.reduce((sum, part) => sum + unsavedEdits(part), 0)
  const downSince = earliest(parts.map((part) => (part.link.kind === 'down' ? part.link.since : null)))
  if (downSince !== null) return { kind: 'offline', unsaved, since: new Date(downSince) }
  const waitingSince = earliest(parts.map(waitsSince))
  const refusesToStore = parts.some((part) => !part.storing)
  if (refusesToStore || (waitingSince !== null && now - waitingSince >= STUCK_AFTER_MS)) {
    return { kind: 'stuck', unsaved, since: new Date(waitingSince ?? now) }
  }
  if (parts.some((part) => !part.everSynced)) return { kind: 'connecting', unsaved }
  if (unsaved > 0) return { kind: 'saving', unsaved }
  if (parts.some((part) => part.link.kind !== 'synced' || part.offer !== 'done')) return { kind: 'connecting', unsaved }
  const savedAt = Math.max(...parts.map((part) => part.savedAt ?? 0))
  return { kind: 'saved', at: savedAt === 0 ? null : new Date(savedAt) }
}

/** Since when the oldest unconfirmed edit has waited on the present connection. */
function waitsSince(part: PartSync): number | null {
  if (part.link.kind !== 'open' && part.link.kind !== 'synced') return null
  const oldest = part.sent.find((one) => one.edits > 0)
  return earliest([oldest?.at ?? null, part.unsent > 0 ? part.link.since : null])
}

/** What was on its way when a connection ended is unconfirmed; the next sync step 2 carries it again. */
function withNothingSent(part: PartSync): PartSync {
  return { ...part, unsent: unsavedEdits(part), sent: [], offer: 'due', storing: true }
}

function earliest(times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null)
  return known.length === 0 ? null : Math.min(...known)
}
