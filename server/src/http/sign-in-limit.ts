import { createHash } from 'node:crypto'
import type { Db } from '../db/dialect.ts'
import { countTry, findTries, forgetTries, takeTryBack } from '../db/sign-in-tries.ts'

/** Failed sign-ins after which one name from one address has to wait. */
const MAX_FAILURES_PER_NAME = 5
/**
 * The same for all names from one address, within one window: high, since an office sits behind one address, where
 * somebody always signs in. A time that began anew with each would never end, and a day's slips would add up.
 */
const MAX_FAILURES_PER_ADDRESS = 100
const WINDOW_MS = 15 * 60 * 1000

export interface SignInLimit {
  /** Counts a try before its outcome is known. @returns seconds to wait, or 0 when it may go on */
  begin(address: string, username: string): Promise<number>
  /** It was none: the right password. */
  succeeded(address: string, username: string): Promise<void>
}

/**
 * Counts failures, not successes: ten colleagues behind one address may all sign in, one guesser may not go on. The counts
 * are in the database, for all servers together and over restarts.
 */
export function createSignInLimit(db: Db, now: () => number): SignInLimit {
  const secondsTo = (until: number) => Math.max(1, Math.ceil((until - now()) / 1000))

  return {
    async begin(address, username) {
      const at = now()
      const ofAddress = await findTries(db, keyOf(address))
      if (ofAddress && ofAddress.until > at && ofAddress.count >= MAX_FAILURES_PER_ADDRESS) {
        return secondsTo(ofAddress.until)
      }
      const until = at + WINDOW_MS
      const name = await countTry(db, { key: keyOf(address, username), max: MAX_FAILURES_PER_NAME, at, until })
      if (name.count > MAX_FAILURES_PER_NAME) return secondsTo(name.until)
      const all = await countTry(db, { key: keyOf(address), at, until })
      return all.count > MAX_FAILURES_PER_ADDRESS ? secondsTo(all.until) : 0
    },
    async succeeded(address, username) {
      await forgetTries(db, keyOf(address, username))
      await takeTryBack(db, keyOf(address))
    },
  }
}

/** A hash: people type passwords where names belong. */
const keyOf = (...parts: readonly string[]) => createHash('sha256').update(JSON.stringify(parts)).digest('hex')
