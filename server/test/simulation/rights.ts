import { penOf } from '@gongping/permissions'
import type { Part, ReportState, Role } from '@gongping/permissions'
import type { Access } from '../../src/sync/types.ts'

export const MEMBERS = { filler: 'filler', filler2: 'filler', head: 'head', finance: 'finance' } as const
/** Writes for the server itself. */
export const SERVER_USER = 'server'

export type UserId = keyof typeof MEMBERS

interface Membership {
  readonly role: Role | undefined
  readonly since: number
  /** When no line may be served by an earlier one any more; `Infinity` as long as the server is only about to hear of it. */
  effectiveAt: number
}

/** Sessions, memberships and the state of the report, as the database has them; and from when on the server must heed them. */
export class SimRights {
  #state: ReportState = 'draft'
  /** Raised with every change of rights. */
  #epoch = 1
  /** By user, all they ever had. */
  readonly #memberships = new Map<string, Membership[]>()
  readonly #sessions = new Map<string, 'stands' | 'ended' | 'effective'>()
  readonly #everOut = new Set<string>()

  constructor() {
    for (const [userId, role] of Object.entries(MEMBERS)) {
      this.#memberships.set(userId, [{ role, since: -Infinity, effectiveAt: -Infinity }])
    }
  }

  get state(): ReportState {
    return this.#state
  }

  set state(state: ReportState) {
    this.#state = state
    this.#epoch += 1
  }

  get epoch(): number {
    return this.#epoch
  }

  signIn(userId: string): string {
    const sessionId = `${userId}#${this.#sessions.size}`
    this.#sessions.set(sessionId, 'stands')
    return sessionId
  }

  /** @returns call it when every line of theirs must be closed */
  signOut(sessionIds: readonly string[]): () => void {
    for (const id of sessionIds) if (this.isStanding(id)) this.#sessions.set(id, 'ended')
    return () => {
      for (const id of sessionIds) this.#sessions.set(id, 'effective')
    }
  }

  isStanding(sessionId: string): boolean {
    return this.#sessions.get(sessionId) === 'stands'
  }

  /** @returns call it when it must be heeded */
  setRole({
    userId,
    role,
    now,
  }: {
    userId: string
    role: Role | undefined
    now: number
  }): (effectiveAt: number) => void {
    const membership = { role, since: now, effectiveAt: Infinity }
    this.#memberships.get(userId)?.push(membership)
    this.#epoch += 1
    if (!role) this.#everOut.add(userId)
    return (at) => (membership.effectiveAt = Math.min(membership.effectiveAt, at))
  }

  /** No server runs: the next one finds everything as it is now. */
  takeEffect(now: number): void {
    for (const [id, standing] of this.#sessions) if (standing === 'ended') this.#sessions.set(id, 'effective')
    for (const membership of [...this.#memberships.values()].flat())
      membership.effectiveAt = Math.min(membership.effectiveAt, now)
  }

  /** Somebody who was once no member may have been told so. */
  wasEverOut(userId: string): boolean {
    return this.#everOut.has(userId)
  }

  accessOf(userId: string): Access | undefined {
    const role = this.#memberships.get(userId)?.at(-1)?.role
    const { state } = this
    return role && { userId, displayName: userId, role, pen: penOf({ roles: [role], isAdmin: false }, state), state }
  }

  /** Nothing may be shown any more on lines of this user with this session. */
  isShutOut({ userId, sessionId }: { userId: string; sessionId: string }): boolean {
    const last = this.#memberships.get(userId)?.at(-1)
    if (this.#sessions.get(sessionId) === 'effective') return true
    return last !== undefined && last.role === undefined && last.effectiveAt < Infinity
  }

  /** Whether an edit may be stored where the database itself looks at the rights with each commit. */
  holdsPen(userId: string, part: Part): boolean {
    return userId === SERVER_USER || this.accessOf(userId)?.pen[part] === true
  }

  /** Whether an edit judged at that time may be stored now: a state is heeded at once, a role from when it takes effect. */
  mayStore({ userId, part, at }: { userId: string; part: Part; at: number }): boolean {
    if (userId === SERVER_USER) return true
    const all = this.#memberships.get(userId) ?? []
    const heeded = all.findLastIndex(({ effectiveAt }) => effectiveAt < at)
    return all
      .slice(heeded)
      .some(({ role, since }) => role && since <= at && penOf({ roles: [role], isAdmin: false }, this.state)[part])
  }
}
