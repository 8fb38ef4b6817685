import { createHash } from 'node:crypto'
import type { Role } from '@gongping/permissions'
import { plainLine } from '@gongping/protocol/http'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { admin, genericOAuth, username } from 'better-auth/plugins'
import { type OidcConfig, MIN_PASSWORD_LENGTH } from '../config.ts'
import type { Database, Db } from '../db/dialect.ts'
import { putProfile } from '../db/profiles.ts'
import { type HashedPassword, hashPassword, verifyPassword } from './passwords.ts'
import { cookiePrefix } from './session.ts'

export interface AuthOptions {
  readonly database: Database
  readonly secret: string
  /** Public origin; decides whether cookies are Secure. */
  readonly baseUrl: string
  readonly oidc: OidcConfig | undefined
}

/** better-auth reads the caller's address from here; the server overwrites it with the socket's. */
export const CLIENT_ADDRESS_HEADER = 'x-gongping-client-address'
export const OIDC_PROVIDER = 'oidc'
/** Absolute life of a session, seconds. */
const SESSION_SECONDS = 12 * 60 * 60

export type Auth = ReturnType<typeof createAuth>

/** Accounts, passwords and sessions. Accounts are made by the operator; nobody signs up. */
export function createAuth({ database, secret, baseUrl, oidc }: AuthOptions) {
  return betterAuth({
    appName: 'Gongping',
    secret,
    baseURL: baseUrl,
    basePath: '/api/auth',
    database: { db: database.db, type: database.kind },
    telemetry: { enabled: false },
    logger: { disabled: true },
    onAPIError: { errorURL: `${baseUrl}/sign-in` },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: MIN_PASSWORD_LENGTH,
      password: { hash: (password) => hashPassword(password), verify: verifyPassword },
    },
    session: { expiresIn: SESSION_SECONDS, disableSessionRefresh: true },
    // Addresses are made from user names by `addressOf` and can't be changed: there is nothing to verify.
    account: { accountLinking: { enabled: true, trustedProviders: [OIDC_PROVIDER], requireLocalEmailVerified: false } },
    // Sign-in is limited in http/sign-in-limit.ts, by failures and not by the successes of a shared address.
    rateLimit: { enabled: false },
    advanced: {
      ipAddress: { ipAddressHeaders: [CLIENT_ADDRESS_HEADER] },
      cookiePrefix: cookiePrefix(baseUrl),
      // The prefix says it already; better-auth would put another one before it.
      useSecureCookies: false,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', path: '/', secure: baseUrl.startsWith('https:') },
    },
    plugins: [
      username({
        minUsernameLength: 2,
        maxUsernameLength: 32,
        usernameNormalization: normalizeUsername,
        usernameValidator: isUsername,
      }),
      admin({ defaultRole: 'user', adminRoles: ['admin'] }),
      genericOAuth({
        config: oidc
          ? [
              {
                providerId: OIDC_PROVIDER,
                discoveryUrl: `${oidc.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
                clientId: oidc.clientId,
                clientSecret: oidc.clientSecret,
                scopes: ['openid', 'profile', 'email'],
                pkce: true,
                disableSignUp: true,
                // The identity provider vouches for the user name; the account itself was made by the operator.
                mapProfileToUser: (profile) => ({
                  email: addressOf(String(profile['preferred_username'] ?? '')),
                  emailVerified: true,
                }),
              },
            ]
          : [],
      }),
    ],
  })
}

/** Creates better-auth's own tables; safe to repeat, also by two servers at once. */
export async function migrateAuth(auth: Auth, database: Database): Promise<void> {
  await database.exclusively(async () => {
    const { runMigrations } = await getMigrations(auth.options)
    await runMigrations()
  })
}

export interface NewAccount {
  readonly username: string
  /** As typed, or already hashed. */
  readonly password: string | HashedPassword
  readonly displayName: string
  readonly unit: string
  readonly role: Role | 'admin'
}

export class AccountError extends Error {
  override name = 'AccountError'
  readonly code: 'bad_username' | 'taken' | 'bad_password' | 'unknown_user'
  constructor(code: AccountError['code']) {
    super(code)
    this.code = code
  }
}

/**
 * @returns the id of the new user
 * @throws AccountError when the name is taken or unfit, or the password too short or too long
 */
export async function createAccount(auth: Auth, db: Db, account: NewAccount): Promise<string> {
  if (!isUsername(normalizeUsername(account.username))) throw new AccountError('bad_username')
  const { password } = account
  if (typeof password === 'string') requirePassword(password)
  if (await findUserId(auth, account.username)) throw new AccountError('taken')
  const { user } = await auth.api.createUser({
    body: {
      email: addressOf(account.username),
      name: plainLine(account.displayName),
      role: account.role === 'admin' ? 'admin' : 'user',
      data: { username: account.username },
    },
  })
  const hash = typeof password === 'string' ? await hashPassword(password) : password.hash
  await linkPassword(auth, user.id, hash)
  await putProfile(db, { user_id: user.id, unit: plainLine(account.unit), role: account.role })
  return user.id
}

export async function findUserId(auth: Auth, name: string): Promise<string | undefined> {
  const { internalAdapter } = await auth.$context
  const found = await internalAdapter.findUserByEmail(addressOf(name))
  return found?.user.id
}

/**
 * Sets a new password and ends every session of the account.
 *
 * @throws AccountError when there is no such account or the password is unfit
 */
export async function setPassword(auth: Auth, name: string, password: string | HashedPassword): Promise<void> {
  if (typeof password === 'string') requirePassword(password)
  const userId = await findUserId(auth, name)
  if (!userId) throw new AccountError('unknown_user')
  const context = await auth.$context
  const hash = typeof password === 'string' ? await hashPassword(password) : password.hash
  const credential = await context.internalAdapter.findCredentialAccount(userId)
  if (credential) await context.internalAdapter.updatePassword(userId, hash)
  else await linkPassword(auth, userId, hash)
  await context.internalAdapter.deleteUserSessions(userId)
}

/** @returns undefined for an account without a password, which signs in by single sign-on only */
export async function findPasswordHash(auth: Auth, userId: string): Promise<string | undefined> {
  const { internalAdapter } = await auth.$context
  return (await internalAdapter.findCredentialAccount(userId))?.password ?? undefined
}

async function linkPassword(auth: Auth, userId: string, hash: string): Promise<void> {
  const { internalAdapter } = await auth.$context
  await internalAdapter.linkAccount({ providerId: 'credential', accountId: userId, userId, password: hash })
}

/** Full-width letters and capitals are the same name. */
export const normalizeUsername = (name: string) => name.trim().normalize('NFKC').toLowerCase()

const isUsername = (name: string) => /^[\p{L}\p{N}_.-]{2,32}$/u.test(name)

function requirePassword(password: string): void {
  if (password.length < MIN_PASSWORD_LENGTH || password.length > 128) throw new AccountError('bad_password')
}

/** better-auth wants an ASCII address for everybody; nobody is ever written to. */
function addressOf(name: string): string {
  return `${createHash('sha256').update(normalizeUsername(name)).digest('hex').slice(0, 32)}@users.invalid`
}
