/**
 * What carries hints between processes. It may lose, repeat and delay them, and it may be gone: whatever must arrive is
 * in the log.
 */
export interface Bus {
  /** Never throws and never waits; gone when the bus is. */
  publish(channel: string, message: Uint8Array): void
  subscribe(channel: string): void
  unsubscribe(channel: string): void
  /** @param onUp the bus was away (or is there for the first time) and carries again */
  listen(onMessage: (channel: string, message: Uint8Array) => void, onUp: () => void): void
  isUp(): boolean
  close(): Promise<void>
}
