import { type MailSettings, type MailSettingsChange, NOTICE_KINDS, type NoticeKind } from '@gongping/protocol/http'
import { insertAudit } from '../db/audit.ts'
import type { Db } from '../db/dialect.ts'
import { putLanguage, putMailAddress, putMailSwitch, readMailPreferences } from '../db/mail.ts'

/** Every kind goes by mail, once there is an address, until somebody switches it off. */
export async function readMailSettings(
  db: Db,
  { userId, isAvailable }: { userId: string; isAvailable: boolean },
): Promise<MailSettings> {
  const { address, language, kinds } = await readMailPreferences(db, userId)
  return {
    isAvailable,
    address,
    language: language ?? 'zh',
    kinds: Object.fromEntries(NOTICE_KINDS.map((kind) => [kind, kinds.get(kind) ?? true])) as Record<
      NoticeKind,
      boolean
    >,
  }
}

/** @param by whose decision it is, for the trail; the address itself does not stand there */
export async function changeMailSettings(
  db: Db,
  { userId, change, at, by }: { userId: string; change: MailSettingsChange; at: number; by: 'self' | 'operator' },
): Promise<void> {
  const { address, language, kinds = {} } = change
  const { address: before } = await readMailPreferences(db, userId)
  await db.transaction().execute(async (trx) => {
    if (language !== undefined) await putLanguage(trx, userId, language)
    for (const kind of NOTICE_KINDS) {
      const isMailed = kinds[kind]
      if (isMailed !== undefined) await putMailSwitch(trx, { userId, kind, isMailed })
    }
    if (address === undefined || address === before) return
    await putMailAddress(trx, userId, address)
    const detail = { by, to: address === null ? 'none' : 'new' }
    await insertAudit(trx, { at, userId, action: 'mail-address-changed', detail })
  })
}
