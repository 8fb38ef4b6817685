import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { PGlite } from '@electric-sql/pglite'
import { type Kysely, PGliteDialect, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Auth, createAccount, createAuth, findUserId, migrateAuth, setPassword } from '../src/auth/accounts.ts'
import { createSessionReader } from '../src/auth/session.ts'
import { countAudit, findBrokenLinks, insertAudit, listAuditOf } from '../src/db/audit.ts'
import {
  type Database,
  OuterHandleError,
  databaseOn,
  isOutOfService,
  isUniqueViolation,
  openPostgres,
  openSqlite,
} from '../src/db/dialect.ts'
import { addMember, listMembers, listRoles, putMembers, removeMember } from '../src/db/memberships.ts'
import { NewerDatabaseError, listAppliedMigrations, migrate } from '../src/db/migrate.ts'
import { MIGRATIONS } from '../src/db/migrations/index.ts'
import { createPartStore, loadPart } from '../src/db/part-store.ts'
import { listReviewers } from '../src/db/profiles.ts'
import { deleteFullShares, takeOfShare, waitForShare } from '../src/db/rate-shares.ts'
import {
  compareAndSetState,
  findLastEditAt,
  findReport,
  insertReport,
  insertSeededParts,
  listReportsOf,
} from '../src/db/reports.ts'
import type { ReportRow } from '../src/db/schema.ts'
import { deleteSessionsEndedBefore } from '../src/db/sessions.ts'
import { findScore, putScore } from '../src/db/scores.ts'
import { findVersionStates, hashStates, insertVersion, listVersions } from '../src/db/versions.ts'

const SECRET = 'Jq3vT8xZ2mKfP6wLr9YcB4nH7sDgA1eU'
const BASE_URL = 'http://127.0.0.1:3000'
/** Above 2^31, so that a 32-bit column would show. */
const AT = 1_795_420_800_123

const DATABASES: Readonly<Record<string, (() => Promise<Database>) | undefined>> = {
  sqlite: async () => openSqlite(':memory:'),
  pglite: async () => databaseOn(new PGliteDialect({ pglite: () => PGlite.create({ parsers: { 20: Number } }) })),
  ...(process.env['TEST_DATABASE_URL'] ? { postgres: () => openEmptyPostgres(process.env['TEST_DATABASE_URL']!) } : {}),
}

async function openEmptyPostgres(url: string): Promise<Database> {
  const admin = openPostgres(url)
  const name = `contract_${process.pid}_${Date.now()}`
  await sql`create database ${sql.id(name)}`.execute(admin.db)
  await admin.close()
  const own = new URL(url)
  own.pathname = `/${name}`
  return openPostgres(own.href)
}

for (const [name, open] of Object.entries(DATABASES)) {
  if (!open) continue
  describe(name, () => {
    let database: Database
    let auth: Auth
    beforeAll(async () => {
      database = await open()
      await migrate(database)
      auth = createAuth({ database, secret: SECRET, baseUrl: BASE_URL, oidc: undefined })
      await migrateAuth(auth, database)
    })
    afterAll(() => database.close())

    let count = 0
    const aReport = async (fields: Partial<ReportRow> = {}) => {
      count += 1
      const report: ReportRow = {
        id: `r${count}`,
        template_id: 'guangdong-2022',
        template_version: 1,
        project_name: '校舍维修𠮷',
        unit: '大埔县教育局',
        fiscal_year: 2021,
        state: 'draft',
        epoch: 1,
        created_by: 'u1',
        created_at: AT,
        updated_at: AT,
        round: 0,
        due_date: null,
        ...fields,
      }
      await database.db.transaction().execute((trx) => insertReport(trx, report))
      return report
    }
    const seeded = async (reportId: string) => {
      const state = Uint8Array.of(0, 1, 255, 128)
      const state_sha256 = createHash('sha256').update(state).digest('hex')
      const parts = (['narrative', 'self', 'department', 'finance'] as const).map((part) => ({
        part,
        state,
        state_sha256,
      }))
      await database.db
        .transaction()
        .execute((trx) => insertSeededParts(trx, { reportId, userId: 'u1', at: AT, parts }))
    }

    test('[D1] migrating again changes nothing', async () => {
      await migrate(database)
      await migrateAuth(auth, database)
      expect(await listAppliedMigrations(database.db)).toEqual(Object.keys(MIGRATIONS))
    })

    test('[D1] a migration that ends in the middle leaves nothing behind', async () => {
      const halfWay: Migration = {
        async up(db: Kysely<never>) {
          await sql`create table half_way (id integer)`.execute(db)
          throw new Error('killed')
        },
      }
      const provider = { getMigrations: async () => ({ ...MIGRATIONS, '9998_half_way': halfWay }) }
      const { error } = await new Migrator({ db: database.db, provider }).migrateToLatest()
      expect(error).toEqual(new Error('killed'))
      expect(await listAppliedMigrations(database.db)).toEqual(Object.keys(MIGRATIONS))
      await expect(sql`select * from half_way`.execute(database.db)).rejects.toThrow(/half_way/)
    })

    test('[D2] a database of a newer program is refused before anything is touched', async () => {
      await sql`insert into kysely_migration (name, timestamp) values ('9999_future', 'x')`.execute(database.db)
      await expect(migrate(database)).rejects.toThrow(NewerDatabaseError)
      await sql`delete from kysely_migration where name = '9999_future'`.execute(database.db)
    })

    test('[D3] Chinese, astral characters, large integers and nulls come back as they went in', async () => {
      const report = await aReport({ project_name: '机耕路𠮷😀 “引号”\n' })
      expect(await findReport(database.db, report.id)).toEqual(report)
      expect(await findReport(database.db, 'missing')).toBeUndefined()
    })

    test('[D3] bytes come back as they went in', async () => {
      const report = await aReport()
      await seeded(report.id)
      const part = await loadPart(database.db, { reportId: report.id, part: 'self' })
      expect([...(part?.state ?? [])]).toEqual([0, 1, 255, 128])
      expect(part?.seq).toBe(0)
    })

    test('[D4] an error inside a transaction takes everything back', async () => {
      const before = await listReportsOf(database.db, undefined)
      const report = await aReport()
      const failing = database.db.transaction().execute(async (trx) => {
        await insertReport(trx, { ...report, id: 'half' })
        await insertReport(trx, report)
      })
      const error = await failing.catch((cause: unknown) => cause)
      expect(isUniqueViolation(error)).toBe(true)
      expect(await findReport(database.db, 'half')).toBeUndefined()
      expect(await listReportsOf(database.db, undefined)).toHaveLength(before.length + 1)
    })

    test('[D5] the outer handle inside a transaction is an error and no endless wait', async () => {
      const using = database.db.transaction().execute(async () => findReport(database.db, 'r1'))
      await expect(using).rejects.toThrow(OuterHandleError)
      const nested = database.db.transaction().execute(() => database.db.transaction().execute(async () => 1))
      await expect(nested).rejects.toThrow(OuterHandleError)
      expect(await findReport(database.db, 'r1')).toBeDefined()
    })

    test('[D6] of transactions at once that change one state exactly one wins', async () => {
      const report = await aReport()
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          database.db
            .transaction()
            .execute((trx) => compareAndSetState(trx, { report, to: 'department_review', at: AT + index })),
        ),
      )
      expect(results.filter(Boolean)).toHaveLength(1)
      expect(await findReport(database.db, report.id)).toMatchObject({ state: 'department_review', epoch: 2 })
    })

    test('[D7] members are kept once per role and sorted filler, head, finance', async () => {
      const report = await aReport()
      const ids = [] as string[]
      for (const role of ['finance', 'filler', 'head'] as const) {
        const account = {
          username: `${role}${count}`,
          password: 'correct-horse',
          displayName: role,
          unit: '丁局',
          role,
        }
        ids.push(await createAccount(auth, database.db, account))
      }
      const [finance = '', filler = '', head = ''] = ids
      await database.db.transaction().execute(async (trx) => {
        await putMembers(trx, report.id, [
          { userId: finance, role: 'finance' },
          { userId: filler, role: 'filler' },
        ])
        await putMembers(trx, report.id, [
          { userId: filler, role: 'filler' },
          { userId: filler, role: 'head' },
        ])
      })
      expect(await listRoles(database.db, report.id, filler)).toEqual(['filler', 'head'])
      expect((await listMembers(database.db, report.id)).map(({ role }) => role)).toEqual(['filler', 'head', 'finance'])
      expect((await listReportsOf(database.db, filler)).map(({ id }) => id)).toEqual([report.id])
      const reviewers = await listReviewers(database.db, '丁局')
      expect(reviewers).toContainEqual({ userId: head, role: 'head' })
      expect(reviewers).toContainEqual({ userId: finance, role: 'finance' })
      expect(reviewers).not.toContainEqual(expect.objectContaining({ userId: filler }))

      const rolesOfHead = () => listRoles(database.db, report.id, head)
      const epoch = async () => Number((await findReport(database.db, report.id))?.epoch)
      const before = await epoch()
      const change = (work: typeof addMember, reportId: string) =>
        database.db.transaction().execute((trx) => work(trx, reportId, { userId: head, role: 'head' }))
      expect(await change(addMember, report.id)).toBe(true)
      expect(await change(addMember, report.id)).toBe(false)
      expect(await change(addMember, 'none')).toBe(false)
      expect(await rolesOfHead()).toEqual(['head'])
      expect(await change(removeMember, report.id)).toBe(true)
      expect(await change(removeMember, report.id)).toBe(false)
      expect(await rolesOfHead()).toEqual([])
      // Rights were judged anew after each.
      expect(await epoch()).toBe(before + 2)
    })

    test('[D8] a score replaces the one before', async () => {
      const { id } = await aReport()
      const row = {
        report_id: id,
        body: '{"等级":"优"}',
        self_total: 9080,
        department_total: null,
        finance_total: null,
        grade: '优',
        errors: 1,
        warnings: 2,
        infos: 3,
        budget_amount: 123_456_789_012,
        seqs: '{}',
        scored_at: AT,
      }
      await putScore(database.db, row)
      await putScore(database.db, { ...row, self_total: 9000 })
      expect(await findScore(database.db, id)).toEqual({ ...row, self_total: 9000 })
      const listed = (await listReportsOf(database.db, undefined)).find((one) => one.id === id)
      expect(listed).toMatchObject({ self_total: 9000, budget_amount: 123_456_789_012, edited_at: AT })
    })

    test('[D9] a version keeps four states under one hash', async () => {
      const { id } = await aReport()
      const bytes = Uint8Array.of(7, 0, 200)
      const states = { narrative: bytes, self: bytes, department: new Uint8Array(), finance: bytes }
      const seqs = { narrative: 1, self: 2, department: 3, finance: 4 }
      const version = {
        reportId: id,
        kind: 'named',
        name: '一版',
        at: AT,
        userId: 'u1',
        seqs,
        states,
        score: '{}',
        selfTotal: null,
      }
      const { id: versionId } = await database.db.transaction().execute((trx) => insertVersion(trx, version))
      const stored = await findVersionStates(database.db, versionId)
      expect(stored && hashStates(stored)).toBe(stored?.sha256)
      expect(await listVersions(database.db, id)).toMatchObject([
        { id: versionId, at: AT, name: '一版', self_total: null },
      ])
    })

    test('[D10] the audit trail holds together when many write at once, and nobody changes it', async () => {
      const before = await countAudit(database.db)
      await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          database.db
            .transaction()
            .execute((trx) =>
              insertAudit(trx, { at: AT + index, userId: 'u1', action: 'report-submit', reportId: 'ra' }),
            ),
        ),
      )
      expect(await countAudit(database.db)).toBe(before + 10)
      expect(await findBrokenLinks(database.db)).toEqual([])
      expect(
        await listAuditOf(database.db, { reportId: 'ra', visible: ['public'] }, { limit: 3, offset: 0 }),
      ).toHaveLength(3)
      await expect(database.db.updateTable('audit').set({ action: 'sign-in' }).execute()).rejects.toThrow(/append-only/)
      await expect(database.db.deleteFrom('audit').execute()).rejects.toThrow(/append-only/)
    })

    test('[D11] appended rows are there together or not at all', async () => {
      const { id: reportId } = await aReport()
      await seeded(reportId)
      const store = createPartStore(database.db)
      const entry = (seq: number) => ({
        reportId,
        part: 'self' as const,
        seq,
        userId: 'u1',
        at: AT + seq,
        bytes: Uint8Array.of(seq),
        newClientIds: [4_294_967_295 - seq],
      })
      await store.append([entry(1), entry(2)])
      await store.append([entry(1), entry(2)])
      await expect(store.append([entry(3), { ...entry(2), bytes: Uint8Array.of(9) }])).rejects.toThrow(
        /somebody else's|unique|UNIQUE/,
      )
      const part = await store.load({ reportId, part: 'self' })
      expect(part?.tail.map((bytes) => [...bytes])).toEqual([[1], [2]])
      expect(part?.owners.get(4_294_967_294)).toBe('u1')
      expect(await findLastEditAt(database.db, reportId)).toBe(AT)
    })

    test('[D12] sessions written by better-auth are read by our reader', async () => {
      const account = {
        username: '张局',
        password: 'correct-horse',
        displayName: '张局',
        unit: '戊局',
        role: 'head' as const,
      }
      const userId = await createAccount(auth, database.db, account)
      expect(await findUserId(auth, '张局')).toBe(userId)
      const body = { username: '张局', password: 'correct-horse' }
      const answer = await auth.api.signInUsername({ body, asResponse: true })
      const cookie = answer.headers
        .getSetCookie()
        .map((one) => one.split(';')[0])
        .join('; ')
      const read = createSessionReader({ db: database.db, secret: SECRET, baseUrl: BASE_URL })
      expect(await read(cookie)).toMatchObject({ userId, username: '张局', role: 'head', unit: '戊局' })
      const later = () => Date.now() + 13 * 3_600_000
      expect(
        await createSessionReader({ db: database.db, secret: SECRET, baseUrl: BASE_URL, now: later })(cookie),
      ).toBeUndefined()
      expect(
        await createSessionReader({ db: database.db, secret: 'another'.repeat(6), baseUrl: BASE_URL })(cookie),
      ).toBeUndefined()
      await deleteSessionsEndedBefore(database.db, new Date())
      expect(await read(cookie)).toMatchObject({ userId })
      await deleteSessionsEndedBefore(database.db, new Date(later()))
      expect(await read(cookie)).toBeUndefined()
      const again = await auth.api.signInUsername({ body, asResponse: true })
      const cookieAgain = again.headers
        .getSetCookie()
        .map((one) => one.split(';')[0])
        .join('; ')
      expect(await read(cookieAgain)).toMatchObject({ userId })
      await setPassword(auth, '张局', 'another-horse')
      expect(await read(cookieAgain)).toBeUndefined()
      expect(await read(cookie)).toBeUndefined()
    })

    test('[D14] a share is the same for all servers, and fills up again', async () => {
      const { db } = database
      const at = (ms: number) => ({ key: 'write by ann', most: 3, perMs: 60_000, at: AT + ms })
      expect(await waitForShare(db, at(0))).toBe(0)
      const waits = await Promise.all(Array.from({ length: 5 }, () => takeOfShare(db, at(0))))
      expect(waits.toSorted((one, other) => one - other)).toEqual([0, 0, 0, 20_000, 20_000])
      expect(await waitForShare(db, at(5000))).toBe(15_000)
      expect(await takeOfShare(db, { ...at(0), key: 'write by bob' })).toBe(0)
      await deleteFullShares(db, AT + 20_001)
      expect(await takeOfShare(db, at(20_000))).toBe(0)
      expect(await takeOfShare(db, at(20_000))).toBe(20_000)
      // The clock is set back by an hour.
      expect(await takeOfShare(db, at(-3_600_000))).toBe(0)
      expect(await waitForShare(db, at(-3_600_000))).toBe(0)
    })

    test('[D13] work that two servers must not do at once is done one after the other', async () => {
      let inside = 0
      const most: number[] = []
      await Promise.all(
        ['a', 'b'].map(() =>
          database.exclusively(async () => {
            inside += 1
            most.push(inside)
            await new Promise((resolve) => setTimeout(resolve, 20))
            inside -= 1
          }),
        ),
      )
      expect(Math.max(...most)).toBe(1)
    })
  })
}

test('[D15] what another process changes is told once, also right after the file was opened', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gongping-watch-'))
  const database = openSqlite(join(folder, 'one.db'))
  const operator = new DatabaseSync(join(folder, 'one.db'))
  try {
    operator.exec('create table told (id integer)')
    expect([database.changedElsewhere?.(), database.changedElsewhere?.()]).toEqual([true, false])
    await sql`insert into told values (1)`.execute(database.db)
    expect(database.changedElsewhere?.()).toBe(false)
    operator.exec('insert into told values (2)')
    expect(database.changedElsewhere?.()).toBe(true)
  } finally {
    operator.close()
    await database.close()
    rmSync(folder, { recursive: true })
  }
})

test('[D16] no room and no connection are told from questions that are wrong', async () => {
  const full = openSqlite(':memory:')
  const away = openPostgres('postgres://nobody@127.0.0.1:1/none')
  const failureOf = (database: Database, text: string) =>
    sql
      .raw(text)
      .execute(database.db)
      .then(
        () => 'none',
        (error: unknown) => error,
      )
  try {
    await sql`create table text (bytes blob)`.execute(full.db)
    await sql`pragma max_page_count = 3`.execute(full.db)
    expect(isOutOfService(await failureOf(full, 'insert into text values (zeroblob(100000))'))).toBe(true)
    expect(isOutOfService(await failureOf(away, 'select 1'))).toBe(true)
    expect(isOutOfService(await failureOf(full, 'select missing from text'))).toBe(false)
  } finally {
    await Promise.all([full.close(), away.close()])
  }
})
