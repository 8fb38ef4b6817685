import { vi } from 'vitest'

/** Until the check passes, or fails for ten seconds: on a busy machine a second is nothing. */
export const waitFor = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 10_000, interval: 20 })
