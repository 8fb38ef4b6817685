import type { Role } from '@gongping/permissions'
import { useWords } from '../app/language.ts'
import { appWords } from '../app/messages.ts'

export interface AvatarProps {
  readonly role: Role | 'admin'
  readonly title: string
  readonly small?: boolean
}

/** A person as one character in the colour of the role. */
export function Avatar({ role, title, small = false }: AvatarProps) {
  const words = useWords(appWords)
  return (
    <span className={`avatar ${role}${small ? ' small' : ''}`} title={title}>
      <span aria-hidden="true">{words.roleMark[role]}</span>
      <span className="visually-hidden">{title}</span>
    </span>
  )
}
