/** Failed sign-ins after which one name from one address has to wait. */
const MAX_FAILURES_PER_NAME = 5
/** The same for all names from one address; high, since an office sits behind one address. */
const MAX_FAILURES_PER_ADDRESS = 100
const WINDOW_MS = 15 * 60 * 1000
/** Entries kept at most; the oldest give way. */
const MAX_ENTRIES = 20_000

export interface SignInLimit {
  /** Seconds to wait, or 0 when a try is allowed. */
  waitSeconds(address: string, username: string): number
  failed(address: string, username: string): void
  succeeded(address: string, username: string): void
}

/** Counts failures, not tries: ten colleagues behind one address may all sign in, one guesser may not go on. */
export function createSignInLimit(now: () => number = Date.now): SignInLimit {
  const failures = new Map<string, { count: number; until: number }>()

  const current = (key: string) => {
    const entry = failures.get(key)
    if (entry && entry.until > now()) return entry
    failures.delete(key)
    return undefined
  }
  const count = (key: string) => {
    const entry = current(key) ?? { count: 0, until: 0 }
    failures.delete(key)
    failures.set(key, { count: entry.count + 1, until: now() + WINDOW_MS })
    const [oldest] = failures.keys()
    if (failures.size > MAX_ENTRIES && oldest !== undefined) failures.delete(oldest)
  }
  const wait = (key: string, max: number) => {
    const entry = current(key)
    return entry && entry.count >= max ? Math.ceil((entry.until - now()) / 1000) : 0
  }

  return {
    waitSeconds: (address, username) =>
      Math.max(
        wait(nameKey(address, username), MAX_FAILURES_PER_NAME),
        wait(addressKey(address), MAX_FAILURES_PER_ADDRESS),
      ),
    failed(address, username) {
      count(nameKey(address, username))
      count(addressKey(address))
    },
    succeeded(address, username) {
      failures.delete(nameKey(address, username))
      // A try is counted before its outcome is known.
      const ofAddress = current(addressKey(address))
      if (ofAddress) ofAddress.count -= 1
    },
  }
}

const nameKey = (address: string, username: string) => `${address} ${username}`
const addressKey = (address: string) => address
