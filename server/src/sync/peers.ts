import type { Room } from './room.ts'

/** Other processes on the same log, as the hub sees them. */
export interface Peers {
  /** Before it is loaded, so that nothing stored meanwhile is missed. */
  roomOpened(room: Room): void
  roomClosed(room: Room): void
  /**
   * Resolves when the room has everything that was stored when this was called: who comes from another process may have seen
   * it there. Rejects when the log can't be read.
   */
  upToDate(room: Room): Promise<void>
  /**
   * An append failed. When other processes were first, brings these rooms up to date and judges anew what they have
   * waiting.
   *
   * @returns whether that was the reason: then it is worth trying again at once
   */
  reconcile(rooms: readonly Room[], error: unknown): Promise<boolean>
  /** Whether another process stored edits of this room lately, or wanted to. */
  isShared(room: Room): boolean
  /** An append of these rooms has ended well. */
  appended(rooms: readonly Room[]): void
}
