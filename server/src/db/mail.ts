import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Db, Trx } from './dialect.ts'
import type { Schema } from './schema.ts'

export type MailRow = Schema['mail']
export type NewMail = Pick<MailRow, 'report_id' | 'user_id' | 'kind' | 'by_user' | 'subject' | 'at'>

/** Puts a mail in line for whoever has an address and wants this kind by mail; once for each subject. */
export async function queueMail(trx: Trx, { report_id, user_id, kind, by_user, subject, at }: NewMail): Promise<void> {
  const wanted = await trx
    .selectFrom('profile')
    .leftJoin('notice_switch', (join) =>
      join.onRef('notice_switch.user_id', '=', 'profile.user_id').on('notice_switch.kind', '=', kind),
    )
    .select('profile.user_id')
    .where('profile.user_id', '=', user_id)
    .where('profile.mail_address', 'is not', null)
    .where((eb) => eb.or([eb('notice_switch.mailed', 'is', null), eb('notice_switch.mailed', '=', 1)]))
    .executeTakeFirst()
  if (!wanted) return
  await trx
    .insertInto('mail')
    .values({
      id: randomUUID(),
      report_id,
      user_id,
      kind,
      by_user,
      subject,
      at,
      status: 'waiting',
      tries: 0,
      next_at: at,
    })
    .onConflict((oc) => oc.columns(['user_id', 'report_id', 'kind', 'subject']).doNothing())
    .execute()
}

/** What is no longer so and has not been sent is not sent. @param alsoSent it may be mailed again, should it become so again */
export async function forgetMail(
  trx: Trx,
  about: { reportId: string; subject: string; kinds: readonly string[]; alsoSent: boolean },
): Promise<void> {
  const { reportId, subject, kinds, alsoSent } = about
  const gone = trx
    .deleteFrom('mail')
    .where('report_id', '=', reportId)
    .where('subject', '=', subject)
    .where('kind', 'in', kinds)
  await (alsoSent ? gone : gone.where('status', '=', 'waiting')).execute()
}

/** Those whose turn has come, the longest waiting first. */
export async function listMailTurns(db: Db, { at, limit }: { at: number; limit: number }): Promise<MailRow[]> {
  return db
    .selectFrom('mail')
    .selectAll()
    .where('status', '=', 'waiting')
    .where('next_at', '<=', at)
    .orderBy('next_at')
    .orderBy('id')
    .limit(limit)
    .execute()
}

/**
 * Takes a mail in hand: until `until` nobody else does.
 *
 * @returns false when another server was first
 */
export async function takeMail(db: Db, row: MailRow, until: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('mail')
    .set({ next_at: until, tries: row.tries + 1 })
    .where('id', '=', row.id)
    .where('status', '=', 'waiting')
    .where('tries', '=', row.tries)
    .executeTakeFirst()
  return Number(numUpdatedRows) === 1
}

export async function settleMail(
  db: Db,
  id: string,
  outcome: { status: 'sent' | 'dropped' } | { status: 'waiting'; next_at: number },
): Promise<void> {
  await db.updateTable('mail').set(outcome).where('id', '=', id).execute()
}

export async function countWaitingMail(db: Db): Promise<number> {
  const row = await db
    .selectFrom('mail')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('status', '=', 'waiting')
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** Somebody who is to be written to, and about what. */
export interface Addressee {
  readonly address: string
  readonly language: 'zh' | 'en' | null
  readonly displayName: string
  readonly projectName: string
  readonly unit: string
  /** Empty when it is the system's. */
  readonly byName: string
}

/** Undefined when they have no address any longer, are no members of the report, or their account is closed. */
export async function findAddressee(db: Db, mail: MailRow): Promise<Addressee | undefined> {
  const { rows } = await sql<Addressee & { banned: unknown }>`
    select p.mail_address as "address", p.language, u.name as "displayName", u.banned,
      r.project_name as "projectName", r.unit, coalesce(b.name, '') as "byName"
    from profile p
    join "user" u on u.id = p.user_id
    join report r on r.id = ${mail.report_id}
    left join "user" b on b.id = ${mail.by_user}
    where p.user_id = ${mail.user_id} and p.mail_address is not null
      and exists (select 1 from membership m where m.report_id = r.id and m.user_id = p.user_id)`.execute(db)
  const [row] = rows
  return row && !row.banned ? row : undefined
}

export interface MailPreferences {
  readonly address: string | null
  readonly language: 'zh' | 'en' | null
  /** Kinds the user decided about. */
  readonly kinds: ReadonlyMap<string, boolean>
}

export async function readMailPreferences(db: Db, userId: string): Promise<MailPreferences> {
  const profile = await db
    .selectFrom('profile')
    .select(['mail_address', 'language'])
    .where('user_id', '=', userId)
    .executeTakeFirst()
  const switches = await db
    .selectFrom('notice_switch')
    .select(['kind', 'mailed'])
    .where('user_id', '=', userId)
    .execute()
  return {
    address: profile?.mail_address ?? null,
    language: profile?.language ?? null,
    kinds: new Map(switches.map(({ kind, mailed }) => [kind, mailed === 1])),
  }
}

export async function putMailAddress(trx: Trx, userId: string, address: string | null): Promise<void> {
  await trx.updateTable('profile').set({ mail_address: address }).where('user_id', '=', userId).execute()
}

export async function putLanguage(trx: Trx, userId: string, language: 'zh' | 'en'): Promise<void> {
  await trx.updateTable('profile').set({ language }).where('user_id', '=', userId).execute()
}

export async function putMailSwitch(
  trx: Trx,
  { userId, kind, isMailed }: { userId: string; kind: string; isMailed: boolean },
): Promise<void> {
  const mailed = isMailed ? 1 : 0
  await trx
    .insertInto('notice_switch')
    .values({ user_id: userId, kind, enabled: 1, mailed })
    .onConflict((oc) => oc.columns(['user_id', 'kind']).doUpdateSet({ mailed }))
    .execute()
}
