import { createHash } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { bytesType } from '../dialect.ts'

/** Versions share the documents they have in common, compressed, instead of keeping four copies each. */
export const versions: Migration = {
  async up(db: Kysely<never>) {
    const { schema } = db
    await schema
      .createTable('version_state')
      .addColumn('sha256', 'text', (c) => c.primaryKey().notNull())
      .addColumn('deflated', bytesType(db), (c) => c.notNull())
      .execute()
    await schema.alterTable('version').addColumn('states', 'text').execute()
    await schema.alterTable('version').addColumn('contents', 'text').execute()
    await schema.alterTable('version').addColumn('content_sha256', 'text').execute()
    await schema
      .alterTable('version')
      .addColumn('layout', 'integer', (c) => c.notNull().defaultTo(1))
      .execute()
    await schema.alterTable('version').addColumn('summary', 'text').execute()
    await moveStates(db as unknown as Kysely<Before>)
    for (const part of PARTS) await schema.alterTable('version').dropColumn(part).execute()
    await schema.createIndex('version_by_content').on('version').column('content_sha256').execute()
    await schema.createIndex('version_by_sha256').on('version').column('sha256').execute()
  },
}

const PARTS = ['narrative', 'self', 'department', 'finance'] as const

interface Before {
  version: { id: string; states: string } & Record<(typeof PARTS)[number], Uint8Array>
  version_state: { sha256: string; deflated: Uint8Array }
}

async function moveStates(db: Kysely<Before>): Promise<void> {
  const ids = await db.selectFrom('version').select('id').execute()
  for (const { id } of ids) {
    const row = await db
      .selectFrom('version')
      .select([...PARTS])
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    const states: Record<string, string> = {}
    for (const part of PARTS) {
      const bytes = new Uint8Array(row[part])
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      states[part] = sha256
      await db
        .insertInto('version_state')
        .values({ sha256, deflated: deflateRawSync(bytes) })
        .onConflict((oc) => oc.column('sha256').doNothing())
        .execute()
    }
    await db
      .updateTable('version')
      .set({ states: JSON.stringify(states) })
      .where('id', '=', id)
      .execute()
  }
}
