import type { VersionPerson } from '@gongping/protocol/http'
import type { Db } from '../db/dialect.ts'
import { listMembers } from '../db/memberships.ts'
import { listPeople } from '../db/profiles.ts'

/** People by user id: with their role in the report, or of their account when they are no member. */
export async function findPeople(
  db: Db,
  reportId: string,
  userIds: Iterable<string | null>,
): Promise<ReadonlyMap<string, VersionPerson>> {
  const ids = [...new Set(userIds)].filter((id) => id !== null && id !== '') as string[]
  if (ids.length === 0) return new Map()
  const members = await listMembers(db, reportId)
  const accounts = await listPeople(db, ids)
  return new Map(
    accounts.map(({ userId, displayName, role }) => [
      userId,
      { userId, displayName, role: members.find((member) => member.userId === userId)?.role ?? role },
    ]),
  )
}
