import type { Part, Role } from '@gongping/permissions'

/**
 * What a socket says about itself (Yjs awareness state, JSON). `name`, `color` and `user` are overwritten by the server
 * from the session, so they are what they claim; the rest is the sender's.
 * Presence of the whole report travels in the room of `narrative`.
 */
export interface Presence {
  name: string
  color: string
  user: { id: string; name: string; role: Role | 'admin' }
  /** Position in the outline, e.g. `s4.1`. */
  section?: string | null
  /** The score cell being looked at or edited. */
  cell?: { part: Part; indicatorId: string; column: string; editing: boolean } | null
  /** Lexical's cursor (relative positions); present only while the text has the focus. */
  anchorPos?: unknown
  focusPos?: unknown
  focusing?: boolean
}

/** Role colours, the same on every screen (design tokens --filler, --head, --finance). */
export const ROLE_COLORS: Record<Role | 'admin', string> = {
  filler: '#2456c6',
  head: '#7a3fb0',
  finance: '#0f7b6c',
  admin: '#51565d',
}
