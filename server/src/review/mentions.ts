import type { Mention } from '@gongping/protocol/http'
import type { Member } from '../db/memberships.ts'
import { RequestError } from '../reports/request-error.ts'

/**
 * Who is named.
 *
 * @param audience members who may read what they are named in
 * @returns user ids, each once
 * @throws RequestError when somebody is named who is no member, or may not read it
 */
export function addressees(mentions: readonly Mention[], audience: readonly Member[]): string[] {
  const named = mentions.map(({ kind, id }) => {
    const found = audience.filter((member) => (kind === 'role' ? member.role : member.userId) === id)
    if (found.length > 0) return found
    throw new RequestError({
      kind: 'invalid',
      code: 'not_mentionable',
      text: {
        zh: '提及的人或角色不是这份报告的成员，或无权查看这条批注。',
        en: 'Somebody you mentioned is not a member of this report, or may not see this comment.',
      },
      details: { mention: { kind, id } },
    })
  })
  return [...new Set(named.flat().map(({ userId }) => userId))]
}
