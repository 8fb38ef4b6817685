import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { type PlainClient, openPlainClient } from '../support/plain-client.ts'
import { DEMO_PASSWORD, type TestServer } from '../support/server.ts'

/** What takes a right away while its holder is writing. */
export const REVOCATIONS = [
  'sign-out',
  'password change',
  'disabled account',
  'membership withdrawn',
  'submit',
  'return',
] as const
export type Revocation = (typeof REVOCATIONS)[number]

export interface Revoked {
  readonly revocation: Revocation
  /** From the request (or the change in the database) to the close of the line, or to the word that the pen is gone. */
  readonly ms: number
  /** Edits sent after that which were stored all the same. */
  readonly takenAfter: number
}

const ACTIONS: Record<Revocation, (o: { server: TestServer; reportId: string; cookie: string }) => Promise<void>> = {
  'sign-out': ({ server, cookie }) => post(server, '/api/auth/sign-out', { cookie }),
  'password change': ({ server, cookie }) =>
    post(server, '/api/auth/change-password', {
      cookie,
      body: { currentPassword: DEMO_PASSWORD, newPassword: OTHER_PASSWORD },
    }),
  'disabled account': async ({ server }) => change(server, `update user set banned = 1 where username = 'filler'`),
  'membership withdrawn': async ({ server, reportId }) =>
    change(server, `delete from membership where report_id = '${reportId}' and role = 'filler'`),
  submit: ({ server, reportId, cookie }) =>
    post(server, `/api/reports/${reportId}/transitions`, { cookie, body: { action: 'submit' } }),
  // The head loses nothing by returning; who is told within the time is the filler, who gets the pen back.
  return: async ({ server, reportId }) => {
    const cookie = await server.signIn('head')
    await post(server, `/api/reports/${reportId}/transitions`, { cookie, body: { action: 'return', reason: '请补充' } })
  },
}

const OTHER_PASSWORD = 'test-password-2'

/** One revocation with a line open whose holder goes on typing; puts everything back afterwards. */
export async function revokeOnce(server: TestServer, revocation: Revocation): Promise<Revoked> {
  // A demo report without findings, so that it can be submitted.
  const reportId = 'demo-clinic-equipment'
  if (revocation === 'return') {
    change(server, addMember(reportId, 'head'))
    await moveTo(server, reportId, 'submit')
  }
  const cookie = await server.signIn('filler')
  const told = Promise.withResolvers<number>()
  const line = await openPlainClient(server, {
    cookie,
    reportId,
    part: 'self',
    onExt: (frame) => {
      if (frame.type === 'state' && frame.mayWrite === (revocation === 'return')) told.resolve(performance.now())
    },
  })
  void line.closed.then(() => told.resolve(performance.now()))
  const typing = typeOn(line, { goesOn: revocation !== 'return' })
  await sleep(30)
  const requested = performance.now()
  const [at, began] = await Promise.all([
    told.promise.finally(() => typing.mark()),
    // Working out the hash of a password takes its time on purpose; the right ends when the new one is stored.
    revocation === 'password change' ? passwordChanged(server) : requested,
    ACTIONS[revocation]({ server, reportId, cookie }),
  ])
  await sleep(60)
  typing.stop()
  line.socket.terminate()
  await putBack(server, { revocation, reportId })
  const takenAfter = await countStored(server, { reportId, ids: typing.sentAfter })
  return { revocation, ms: Math.max(0, at - began), takenAfter }
}

/** A value every few milliseconds, whatever the page would allow. */
function typeOn({ doc }: PlainClient, { goesOn }: { goesOn: boolean }) {
  const run = Math.random().toString(36).slice(2)
  const sentAfter: string[] = []
  let isAfter = false
  let count = 0
  const type = () => {
    const key = `revoked.${run}.${(count += 1)}`
    if (isAfter) sentAfter.push(key)
    doc.getMap('facts').set(key, count)
  }
  const timer = goesOn ? setInterval(type, 5) : undefined
  return { sentAfter, mark: () => (isAfter = goesOn), stop: () => clearInterval(timer) }
}

async function countStored(server: TestServer, { reportId, ids }: { reportId: string; ids: readonly string[] }) {
  const cookie = await server.signIn('finance')
  const { doc, socket } = await openPlainClient(server, { cookie, reportId, part: 'self' })
  socket.terminate()
  return ids.filter((id) => doc.getMap('facts').has(id)).length
}

async function putBack(server: TestServer, o: { revocation: Revocation; reportId: string }): Promise<void> {
  switch (o.revocation) {
    case 'password change':
      return post(server, '/api/auth/change-password', {
        cookie: await server.signIn('filler', OTHER_PASSWORD),
        body: { currentPassword: OTHER_PASSWORD, newPassword: DEMO_PASSWORD },
      })
    case 'disabled account':
      return change(server, `update user set banned = 0 where username = 'filler'`)
    case 'membership withdrawn':
      return change(server, addMember(o.reportId, 'filler'))
    case 'submit':
      return moveTo(server, o.reportId, 'withdraw')
    case 'return':
      // A report goes up again when what it was returned with is answered; here it never was.
      return change(server, `delete from return_item where report_id = '${o.reportId}'`)
    default:
  }
}

async function moveTo(server: TestServer, reportId: string, action: 'submit' | 'withdraw'): Promise<void> {
  const cookie = await server.signIn('filler')
  await post(server, `/api/reports/${reportId}/transitions`, { cookie, body: { action } })
}

async function post(server: TestServer, path: string, o: { cookie: string; body?: unknown }): Promise<void> {
  const answer = await fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: server.url, cookie: o.cookie },
    body: JSON.stringify(o.body ?? {}),
  })
  if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status} ${await answer.text()}`)
}

const addMember = (reportId: string, role: 'filler' | 'head') =>
  `insert or ignore into membership (report_id, user_id, role)
   select '${reportId}', id, '${role}' from user where username = '${role}'`

/** @returns when the account's new password was seen in the database */
async function passwordChanged(server: TestServer): Promise<number> {
  const database = new DatabaseSync(join(server.dataDir, 'gongping.db'), { readOnly: true, timeout: 5000 })
  const query = database.prepare(
    `select password from account where userId = (select id from user where username = 'filler')`,
  )
  const read = () => query.get()?.password
  const before = read()
  while (read() === before) await sleep(5)
  database.close()
  return performance.now()
}

/** As an operator does, from another process than the server. */
function change(server: TestServer, statement: string): void {
  const database = new DatabaseSync(join(server.dataDir, 'gongping.db'), { timeout: 5000 })
  database.exec(statement)
  database.close()
}

/** The value below which so many of a hundred are. */
export function percentile(values: readonly number[], percent: number): number {
  const ordered = values.toSorted((one, other) => one - other)
  return ordered[Math.min(ordered.length - 1, Math.ceil((ordered.length * percent) / 100) - 1)] ?? NaN
}
