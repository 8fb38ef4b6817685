import { findTemplate } from '@gongping/scoring'
import { SAMPLE_TEMPLATE_ID, sampleReport } from '@gongping/scoring/sample'
import { type Auth, createAccount, findPasswordHash, findUserId, setPassword } from '../auth/accounts.ts'
import { hashPassword, verifyPassword } from '../auth/passwords.ts'
import type { Db } from '../db/dialect.ts'
import type { NewMember } from '../db/memberships.ts'
import { putProfile } from '../db/profiles.ts'
import { findReport } from '../db/reports.ts'
import { storeNewReport } from '../reports/create-report.ts'
import { DEMO_ACCOUNTS } from './accounts.ts'
import { projectData } from './project-data.ts'
import { DEMO_PROJECTS } from './projects.ts'

const SAMPLE_REPORT_ID = 'demo'

/**
 * Demo accounts and reports. What is there already stays as it is; only the password of the accounts is set to the
 * given one, so that what is printed at start is true.
 */
export async function seedDemo({ db, auth, password, at }: { db: Db; auth: Auth; password: string; at: number }) {
  const ids = new Map<string, string>()
  // The password of all is printed at start: one hash does for all, too.
  let hash: string | undefined
  for (const account of DEMO_ACCOUNTS) {
    const found = await findUserId(auth, account.username)
    const stored = found && (await findPasswordHash(auth, found))
    if (stored && !hash && (await verifyPassword({ hash: stored, password }))) hash = stored
    hash ??= await hashPassword(password)
    // Setting it ends all sessions, so a restart with the same password leaves people signed in.
    if (found && stored !== hash) await setPassword(auth, account.username, { hash })
    const userId = found ?? (await createAccount(auth, db, { ...account, password: { hash } }))
    await putProfile(db, { user_id: userId, unit: account.unit, role: account.role })
    ids.set(account.username, userId)
  }
  const memberOf = (username: string, role: NewMember['role']): NewMember => {
    const userId = ids.get(username)
    if (!userId) throw new Error(`no demo account ${username}`)
    return { userId, role }
  }

  const template = findTemplate(SAMPLE_TEMPLATE_ID)
  if (!template) throw new Error(`no template ${SAMPLE_TEMPLATE_ID}`)
  const finance = memberOf('finance', 'finance')
  if (!(await findReport(db, SAMPLE_REPORT_ID))) {
    const data = sampleReport()
    const filler = memberOf('filler', 'filler')
    await storeNewReport(db, {
      id: SAMPLE_REPORT_ID,
      template,
      projectName: data.cover.get('projectName') ?? '',
      unit: data.cover.get('competentDepartment') ?? '',
      fiscalYear: 2021,
      state: 'draft',
      userId: filler.userId,
      at,
      members: [filler, memberOf('head', 'head'), finance],
      data,
    })
  }
  for (const [index, project] of DEMO_PROJECTS.entries()) {
    if (await findReport(db, project.id)) continue
    const { filler, head } = project.members
    await storeNewReport(db, {
      ...project,
      template,
      userId: memberOf(filler ?? 'admin', 'filler').userId,
      // A few hours apart, so that lists by time have an order.
      at: at - (index + 1) * 5 * 3_600_000,
      members: [...(filler ? [memberOf(filler, 'filler')] : []), ...(head ? [memberOf(head, 'head')] : []), finance],
      data: projectData(template, project),
    })
  }
}
