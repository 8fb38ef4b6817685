import { ROLE_NAMES } from '@gongping/permissions'
import type { Demo } from '@gongping/protocol/http'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useId, useRef, useState } from 'react'
import type { SubmitEvent } from 'react'
import { useLocation, useSearch } from 'wouter'
import { api, ApiError, errorMessage } from '../app/api.ts'
import { LanguageSwitch, RoleAvatar } from '../app/header.tsx'
import { useMessage, useWords } from '../app/language.ts'
import { ME_QUERY, SIGN_IN_WAYS_QUERY } from '../app/me.tsx'
import { appWords } from '../app/messages.ts'
import { safeReturnPath, WORKBENCH_PATH } from '../app/paths.ts'
import './sign-in.css'
import { signInWords } from './words.ts'

export function SignInScreen() {
  const words = useWords(signInWords)
  const app = useWords(appWords)
  const search = useSearch()
  const [, navigate] = useLocation()
  const client = useQueryClient()
  const [problem, setProblem] = useState<unknown>(null)
  const [busy, setBusy] = useState(false)
  const returnTo = safeReturnPath(search)
  const arrival = new URLSearchParams(search)

  async function signIn(credentials: { username: string; password: string }) {
    setBusy(true)
    setProblem(null)
    try {
      await api.post('/api/auth/sign-in/username', credentials)
      await client.fetchQuery({ ...ME_QUERY, staleTime: 0 })
      navigate(returnTo, { replace: true })
    } catch (error) {
      setProblem(error)
      setBusy(false)
    }
  }

  return (
    <div className="sign-in">
      <header>
        <LanguageSwitch />
      </header>
      <main>
        <div className="sign-in-brand">
          <b>{app.product}</b>
          <p>{words.tagline}</p>
        </div>
        <section className="sign-in-card">
          <h1>{words.title}</h1>
          <Arrival
            expired={arrival.has('expired')}
            // The identity provider sends people back with it.
            failed={arrival.has('error')}
            returns={returnTo !== WORKBENCH_PATH}
          />
          <SignInForm busy={busy} problem={problem} onSignIn={(credentials) => void signIn(credentials)} />
          <OtherWays busy={busy} returnTo={returnTo} onProblem={setProblem} />
          <DemoAccounts busy={busy} onSignIn={(credentials) => void signIn(credentials)} />
        </section>
        <p className="sign-in-foot">{words.noAccount}</p>
      </main>
    </div>
  )
}

interface OtherWaysProps {
  readonly busy: boolean
  readonly returnTo: string
  onProblem(problem: unknown): void
}

function OtherWays({ busy, returnTo, onProblem }: OtherWaysProps) {
  const words = useWords(signInWords)
  const ways = useQuery(SIGN_IN_WAYS_QUERY)
  if (!ways.data?.oidc) return null
  const leave = async () => {
    try {
      location.assign((await api.post<{ url: string }>('/api/auth/sign-in/oidc', { returnTo })).url)
    } catch (error) {
      onProblem(error)
    }
  }
  return (
    <button type="button" className="btn other-way" disabled={busy} onClick={() => void leave()}>
      {words.oidc}
    </button>
  )
}

function Arrival({ expired, failed, returns }: { expired: boolean; failed: boolean; returns: boolean }) {
  const words = useWords(signInWords)
  if (failed) {
    return (
      <p className="notice error" role="alert">
        {words.oidcFailed}
      </p>
    )
  }
  if (expired) {
    return <output className="notice">{words.expired}</output>
  }
  return returns ? <p className="notice info">{words.continueTo}</p> : null
}

interface FormProps {
  readonly busy: boolean
  readonly problem: unknown
  onSignIn(credentials: { username: string; password: string }): void
}

function SignInForm({ busy, problem, onSignIn }: FormProps) {
  const words = useWords(signInWords)
  const describe = useProblem()
  const [missing, setMissing] = useState<'username' | 'password' | null>(null)
  const username = useRef<HTMLInputElement>(null)
  const password = useRef<HTMLInputElement>(null)
  const id = useId()
  useEffect(() => username.current?.focus(), [])
  useEffect(() => {
    import('../sync/forget-saved-copies.ts')
      .then(({ finishForgetting }) => finishForgetting())
      .catch((error: unknown) => console.error('copies of reports stay on this computer', error))
  }, [])

  function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault()
    const typed = { username: username.current!.value.trim(), password: password.current!.value }
    const first = !typed.username ? 'username' : !typed.password ? 'password' : null
    setMissing(first)
    if (first === 'username') username.current!.focus()
    else if (first === 'password') password.current!.focus()
    else onSignIn(typed)
  }

  const text = missing
    ? missing === 'username'
      ? words.usernameMissing
      : words.passwordMissing
    : problem
      ? describe(problem)
      : null
  return (
    <form onSubmit={submit} noValidate>
      <label htmlFor={`${id}-username`}>{words.username}</label>
      <input
        id={`${id}-username`}
        ref={username}
        className="input"
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        aria-invalid={missing === 'username'}
        aria-describedby={text ? `${id}-problem` : undefined}
      />
      <label htmlFor={`${id}-password`}>{words.password}</label>
      <input
        id={`${id}-password`}
        ref={password}
        className="input"
        name="password"
        type="password"
        autoComplete="current-password"
        aria-invalid={missing === 'password'}
        aria-describedby={text ? `${id}-problem` : undefined}
      />
      <p id={`${id}-problem`} className="sign-in-problem" role="alert">
        {text}
      </p>
      <button type="submit" className="btn primary" disabled={busy}>
        {busy ? words.signingIn : words.signIn}
      </button>
    </form>
  )
}

function DemoAccounts({ busy, onSignIn }: Pick<FormProps, 'busy' | 'onSignIn'>) {
  const words = useWords(signInWords)
  const app = useWords(appWords)
  const message = useMessage()
  const demo = useQuery({
    queryKey: ['demo'],
    queryFn: () => api.get<Demo>('/api/demo'),
    staleTime: Infinity,
    retry: false,
  })
  if (!demo.data) return null
  const { accounts, password } = demo.data
  const account = ({ displayName, username, role }: Demo['accounts'][number]) => {
    const roleName = role === 'admin' ? app.admin : message(ROLE_NAMES[role])
    return roleName === displayName ? username : `${roleName} · ${username}`
  }
  return (
    <div className="demo">
      <h2>{words.demoTitle}</h2>
      <ul>
        {accounts.map(({ username, displayName, role }) => (
          <li key={username}>
            <button type="button" className="btn" disabled={busy} onClick={() => onSignIn({ username, password })}>
              <RoleAvatar role={role} />
              <span>
                <b>{displayName}</b>
                <small>{account({ displayName, username, role })}</small>
              </span>
            </button>
          </li>
        ))}
      </ul>
      <p>{words.demoNote({ password })}</p>
    </div>
  )
}

/** 401 and 429 in the words of this screen; everything else as the server says. */
function useProblem(): (problem: unknown) => string {
  const words = useWords(signInWords)
  const message = useMessage()
  return (problem) => {
    if (problem instanceof ApiError && problem.status === 401) return words.wrongPassword
    if (problem instanceof ApiError && problem.status === 429) {
      return words.tooMany({ minutes: problem.retryAfter === null ? null : Math.ceil(problem.retryAfter / 60) })
    }
    return message(errorMessage(problem))
  }
}
