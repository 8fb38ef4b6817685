import { ROLES, type Role } from '@gongping/permissions'
import type { Presence } from '@gongping/protocol'
import { useEffect, useState } from 'react'
import type { EditorSession } from '../sync/report-session.ts'

export interface Person {
  readonly id: string
  readonly name: string
  readonly role: Role | 'admin'
  readonly isMe: boolean
  /** Where in the outline this person is; null when nowhere in particular. */
  readonly section: string | null
}

/** Everybody in the report, oneself first, each person once however many tabs are open. */
export function usePeople(session: EditorSession): readonly Person[] {
  const [people, setPeople] = useState(() => readPeople(session))
  useEffect(() => {
    const onChange = () => {
      setPeople((before) => {
        const next = readPeople(session)
        return JSON.stringify(before) === JSON.stringify(next) ? before : next
      })
    }
    onChange()
    session.awareness.on('change', onChange)
    return () => session.awareness.off('change', onChange)
  }, [session])
  return people
}

function readPeople({ awareness, me }: EditorSession): readonly Person[] {
  const people = new Map<string, Person>()
  for (const state of awareness.getStates().values()) {
    // Other clients may send anything; what is not a person is nobody.
    const { user, section } = state as Partial<Presence>
    if (typeof user?.id !== 'string') continue
    const role = user.role === 'admin' || ROLES.includes(user.role as Role) ? user.role : 'admin'
    const known = people.get(user.id)
    people.set(user.id, {
      id: user.id,
      name: String(user.name).slice(0, 60),
      role,
      isMe: user.id === me.id,
      section: typeof section === 'string' ? section : (known?.section ?? null),
    })
  }
  return [...people.values()].toSorted((a, b) => Number(b.isMe) - Number(a.isMe) || a.id.localeCompare(b.id))
}
