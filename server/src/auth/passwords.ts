import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { verifyPassword as verifyScrypt } from 'better-auth/crypto'

/** What one guess costs: KiB of memory, and passes over it. */
interface Cost {
  readonly memory: number
  readonly passes: number
}

/** What OWASP recommends for argon2id; some 30 ms of a core. Stored with each hash, so it can be raised at any time. */
const COST: Cost = { memory: 19_456, passes: 2 }

/** A password as it is stored. */
export interface HashedPassword {
  readonly hash: string
}

const derive = promisify(argon2)

/** @returns a PHC string: `$argon2id$v=19$m=…,t=…,p=1$NONCE$TAG` */
export async function hashPassword(password: string, cost: Cost = COST): Promise<string> {
  const nonce = randomBytes(16)
  const tag = await tagOf(password, { ...cost, nonce })
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=1$${unpadded(nonce)}$${unpadded(tag)}`
}

/** Also understands the scrypt hashes of earlier versions. */
export async function verifyPassword({ hash, password }: { hash: string; password: string }): Promise<boolean> {
  const found = PHC.exec(hash)?.groups
  if (!found) return verifyScrypt({ hash, password })
  const { m, t, nonce = '', tag = '' } = found
  const own = await tagOf(password, { memory: Number(m), passes: Number(t), nonce: Buffer.from(nonce, 'base64') })
  return timingSafeEqual(own, Buffer.from(tag, 'base64'))
}

const TAG_BYTES = 32
const PHC = /^\$argon2id\$v=19\$m=(?<m>\d{1,7}),t=(?<t>\d{1,3}),p=1\$(?<nonce>[\w+/]{22})\$(?<tag>[\w+/]{43})$/

const tagOf = (password: string, o: Cost & { nonce: Uint8Array }): Promise<Buffer> =>
  // The same characters typed by another input method are the same password.
  derive('argon2id', { message: password.normalize('NFKC'), parallelism: 1, tagLength: TAG_BYTES, ...o })

const unpadded = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '')
