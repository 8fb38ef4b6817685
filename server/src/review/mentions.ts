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
  for (const { kind, id } of mentions) {
    if (audience.some((member) => isNamed(member, { kind, id }))) continue
    throw new RequestError({
      kind: 'invalid',
      code: 'not_mentionable',
      text: {
        zh: '提及的人或角色不是这份报告的成员，或无权查看这条批注。',
        en: 'Somebody you mentioned is not a member of this report, or may not see this comment.',
      },
      details: { mention: { kind, id } },
    })
  }
  return namedIn(mentions, audience)
}

/** The same of what is written already: people may have left since. */
export const namedIn = (mentions: readonly Mention[], audience: readonly Member[]): string[] => [
  ...new Set(
    audience.filter((member) => mentions.some((mention) => isNamed(member, mention))).map(({ userId }) => userId),
  ),
]

const isNamed = (member: Member, { kind, id }: Mention) => (kind === 'role' ? member.role : member.userId) === id
