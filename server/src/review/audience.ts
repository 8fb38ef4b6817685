import { type Actor, type Role, VISIBILITIES, type Visibility, may } from '@gongping/permissions'
import type { Db } from '../db/dialect.ts'
import { type Member, listMembers } from '../db/memberships.ts'

/** What a member may be shown of comments; the state of the report plays no part in it. */
export const visibleTo = (actor: Actor): Visibility[] =>
  VISIBILITIES.filter((visibility) => may(actor, { action: 'see-thread', visibility }, 'draft').ok)

/** Members who may see comments of a visibility, one entry for each role they hold. */
export async function listAudience(db: Db, reportId: string, visibility: Visibility): Promise<Member[]> {
  const members = await listMembers(db, reportId)
  const rolesOf = (userId: string) => members.filter((member) => member.userId === userId).map(({ role }) => role)
  return members.filter(({ userId }) => visibleTo({ roles: rolesOf(userId), isAdmin: false }).includes(visibility))
}

/** For events: undefined means everybody who may see the report. */
export const idsOf = (visibility: Visibility, audience: readonly Member[]): string[] | undefined =>
  visibility === 'public' ? undefined : [...new Set(audience.map(({ userId }) => userId))]

/** The role somebody with several speaks in. */
export function speakingRole(actor: Actor, visibility: Visibility = 'public'): Role {
  const own = visibility === 'department' ? 'head' : visibility === 'finance' ? 'finance' : actor.roles[0]
  if (own === undefined) throw new Error('only members speak')
  return own
}
