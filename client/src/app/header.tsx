import type { Me } from '@gongping/protocol/http'
import { ROLE_NAMES } from '@gongping/permissions'
import { useState } from 'react'
import type { ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import { errorMessage } from './api.ts'
import { setLanguage, useLanguage, useMessage, useWords } from './language.ts'
import { NoticeBell } from '../notices/bell.tsx'
import { useMe, useSignOut } from './me.tsx'
import { appWords, LANGUAGE_NAMES } from './messages.ts'
import { QUEUE_PATH, WORKBENCH_PATH } from './paths.ts'
import { PopupButton } from './popup-button.tsx'

/** Head of the pages around the reports. */
export function AppHeader({ children }: { children?: ReactNode }) {
  const words = useWords(appWords)
  const me = useMe()
  const [path] = useLocation()
  return (
    <header className="top">
      <Link className="brand" href={WORKBENCH_PATH}>
        {words.product}
      </Link>
      <nav aria-label={words.mainNavigation}>
        <Link href={WORKBENCH_PATH} aria-current={path === WORKBENCH_PATH ? 'page' : undefined}>
          {words.workbench}
        </Link>
        {me.role === 'head' || me.role === 'finance' ? (
          <Link href={QUEUE_PATH} aria-current={path.startsWith(QUEUE_PATH) ? 'page' : undefined}>
            {words.queue}
          </Link>
        ) : null}
      </nav>
      <span className="grow" />
      {children}
      <NoticeBell />
      <LanguageSwitch />
      <UserMenu />
    </header>
  )
}

/** One click to the other language. */
export function LanguageSwitch() {
  const words = useWords(appWords)
  const other = useLanguage() === 'zh' ? 'en' : 'zh'
  const name = LANGUAGE_NAMES[other]
  return (
    <button
      type="button"
      className="btn plain language"
      lang={other}
      title={words.switchLanguage({ to: name })}
      onClick={() => setLanguage(other)}
    >
      {name}
    </button>
  )
}

/** Who is signed in, and the way out. */
function UserMenu() {
  const words = useWords(appWords)
  const message = useMessage()
  const me = useMe()
  const signOut = useSignOut()
  const [problem, setProblem] = useState<unknown>(null)
  const roleName = me.role === 'admin' ? words.admin : message(ROLE_NAMES[me.role])
  return (
    <PopupButton
      className="user-menu"
      label={
        <>
          <RoleAvatar role={me.role} />
          <span className="visually-hidden">{words.accountMenu}</span>
          <span>{me.displayName}</span>
          <span className="caret" aria-hidden="true">
            ▾
          </span>
        </>
      }
    >
      {() => (
        <div className="popup">
          <div className="who">
            <b>{me.displayName}</b>
            <span>{[roleName, me.unit].filter(Boolean).join(' · ')}</span>
          </div>
          <button type="button" onClick={() => void signOut().catch(setProblem)}>
            {words.signOut}
          </button>
          <button type="button" onClick={() => void signOut({ everywhere: true }).catch(setProblem)}>
            {words.signOutEverywhere}
          </button>
          {problem ? (
            <p className="notice error" role="alert">
              {message(errorMessage(problem))}
            </p>
          ) : null}
        </div>
      )}
    </PopupButton>
  )
}

/** The sign of a role in its colour, the same wherever people are shown. */
export function RoleAvatar({ role, small = false, title }: { role: Me['role']; small?: boolean; title?: string }) {
  const words = useWords(appWords)
  return (
    <span className={`avatar ${role}${small ? ' small' : ''}`} title={title} aria-hidden={title ? undefined : true}>
      {words.roleMark[role]}
    </span>
  )
}
