import { createHmac, randomBytes } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { findTemplate } from '@gongping/scoring'
import { readConfig } from '../../../server/src/config.ts'
import { databaseFile } from '../../../server/src/db/data-dir.ts'
import { openStorage } from '../../../server/src/open-storage.ts'
import { storeNewReport } from '../../../server/src/reports/create-report.ts'

/** Rooms are taken by copying one report; tables whose rows belong to a report, and their column that says to which. */
const COPIED = { report: 'id', part: 'report_id', update_log: 'report_id', score: 'report_id' } as const
const YEAR_MS = 365 * 86_400_000

const reportIdOf = (room: number) => `bench-${room}`
export const clientPath = (room: number) => `/sync/${reportIdOf(room)}/narrative?ext=1`

/**
 * Fills a data folder: one report a room, one filler with an open session for each client. Written past the server, which
 * takes seconds per hundred accounts otherwise; what is measured starts later.
 *
 * @returns the Cookie header of each client
 */
export async function furnish(o: {
  dataDir: string
  rooms: number
  clients: number
}): Promise<(room: number, client: number) => string> {
  const template = findTemplate('guangdong-2022')
  if (!template) throw new Error('no template guangdong-2022')
  const config = readConfig({ DATA_DIR: o.dataDir, DEMO: '0' })
  const storage = await openStorage(config, 'http://127.0.0.1')
  try {
    await storeNewReport(storage.database.db, {
      id: reportIdOf(0),
      template,
      projectName: 'bench',
      unit: 'bench',
      fiscalYear: 2024,
      state: 'draft',
      userId: userIdOf(0),
      at: Date.now(),
      members: [],
      data: {},
    })
  } finally {
    await storage.close()
  }
  const userOf = (room: number, client: number) => room * o.clients + client
  const tokens = Array.from({ length: o.rooms * o.clients }, () => randomBytes(24).toString('base64url'))
  const db = new DatabaseSync(databaseFile(o.dataDir))
  try {
    db.exec('begin')
    for (let room = 1; room < o.rooms; room += 1) copyReport(db, reportIdOf(room))
    for (const [user, token] of tokens.entries()) insertUser(db, userIdOf(user), token)
    const member = db.prepare(`insert into membership (report_id, user_id, role) values (?, ?, 'filler')`)
    for (let room = 0; room < o.rooms; room += 1) {
      for (let client = 0; client < o.clients; client += 1) {
        member.run(reportIdOf(room), userIdOf(userOf(room, client)))
      }
    }
    db.exec('commit')
  } finally {
    db.close()
  }
  const cookies = tokens.map((token) => {
    const signature = createHmac('sha256', storage.secret).update(token).digest('base64')
    return `better-auth.session_token=${encodeURIComponent(`${token}.${signature}`)}`
  })
  return (room, client) => cookies[userOf(room, client)] ?? ''
}

const userIdOf = (user: number) => `bench-user-${user}`

function copyReport(db: DatabaseSync, id: string): void {
  for (const [table, key] of Object.entries(COPIED)) {
    const columns = db
      .prepare(`select name from pragma_table_info('${table}')`)
      .all()
      .map(({ name }) => String(name))
    const values = columns.map((column) => (column === key ? '?' : column))
    db.prepare(`insert into ${table} (${columns}) select ${values} from ${table} where ${key} = ?`).run(
      id,
      reportIdOf(0),
    )
  }
}

function insertUser(db: DatabaseSync, id: string, token: string): void {
  const now = new Date().toISOString()
  const expiresAt = new Date(Date.now() + YEAR_MS).toISOString()
  db.prepare(
    `insert into user (id, name, email, emailVerified, createdAt, updatedAt, username, displayUsername)
     values (?, ?, ?, 1, ?, ?, ?, ?)`,
  ).run(id, id, `${id}@users.invalid`, now, now, id, id)
  db.prepare(`insert into profile (user_id, unit, role) values (?, 'bench', 'filler')`).run(id)
  db.prepare(`insert into session (id, userId, token, expiresAt, createdAt, updatedAt) values (?, ?, ?, ?, ?, ?)`).run(
    `session-${id}`,
    id,
    token,
    expiresAt,
    now,
    now,
  )
}
