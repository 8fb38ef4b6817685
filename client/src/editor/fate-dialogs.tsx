import { PART_NAMES } from '@gongping/permissions'
import type { Me } from '@gongping/protocol/http'
import { dataFieldIndex, indicatorIndex, type Template } from '@gongping/scoring'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useId, useRef, useState } from 'react'
import type { FormEvent } from 'react'
import { Link, useLocation } from 'wouter'
import { api, errorMessage } from '../app/api.ts'
import { copyText } from '../app/copy-text.ts'
import { useMessage, useWords } from '../app/language.ts'
import { ME_QUERY, SIGN_IN_WAYS_QUERY } from '../app/me.tsx'
import { signInPath, WORKBENCH_PATH } from '../app/paths.ts'
import { listenAnew } from '../app/server-events.ts'
import { useLive } from '../app/use-live.ts'
import { forgetKept, type KeptText } from '../sync/kept-text.ts'
import type { EditorSession, Fate } from '../sync/report-session.ts'
import { Dialog } from './dialog.tsx'
import { useInPause } from './use-in-pause.ts'
import { editorWords } from './words.ts'

/** Whether the user has seen the text that did not enter the report, and asked for it again. */
export type KeptDialogState = 'unseen' | 'later' | 'asked'

interface FateDialogsProps {
  readonly session: EditorSession
  readonly fate: Fate
  readonly keptDialog: KeptDialogState
  readonly onKeptLater: () => void
}

/** Whatever ended the connection for good, in words and with a way on. What nobody asked for waits for a pause. */
export function FateDialogs({ session, fate, keptDialog, onKeptLater }: FateDialogsProps) {
  const words = useWords(editorWords)
  const kept = useLive(session.kept)
  const isOver = fate.kind !== 'open' && fate.kind !== 'replaced'
  const isKeptAsked = !isOver && keptDialog === 'asked' && kept.length > 0
  const isInPause = useInPause(isOver || (keptDialog === 'unseen' && kept.length > 0))
  if (!isInPause && !isKeptAsked) return null
  switch (fate.kind) {
    case 'open':
    case 'replaced':
      return <KeptDialog session={session} kept={kept} onLater={onKeptLater} />
    case 'signed-out':
      return <SignInDialog session={session} />
    case 'gone':
      return (
        <Dialog title={words.gone}>
          <div className="dialog-foot">
            <Link className="btn primary" href={WORKBENCH_PATH}>
              {words.goBack}
            </Link>
          </div>
        </Dialog>
      )
    case 'old-client':
      return (
        <Dialog title={words.oldClient}>
          <div className="dialog-foot">
            <button type="button" className="btn primary" onClick={() => location.reload()}>
              {words.reload}
            </button>
          </div>
        </Dialog>
      )
  }
}

function SignInDialog({ session }: { session: EditorSession }) {
  const words = useWords(editorWords)
  const message = useMessage()
  const [, navigate] = useLocation()
  const client = useQueryClient()
  const [password, setPassword] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const [working, setWorking] = useState(false)
  const id = useId()

  const ways = useQuery(SIGN_IN_WAYS_QUERY)

  /** @param enter signs in here; elsewhere it has been done */
  const goOn = async (enter: () => Promise<unknown>) => {
    setWorking(true)
    setProblem(null)
    try {
      await enter()
      // Refused to anybody else than whose page this is.
      await api.get<Me>('/api/me')
      session.resume()
      listenAnew()
      // Who this is has been asked already.
      void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== ME_QUERY.queryKey[0] })
    } catch (error) {
      setProblem(message(errorMessage(error)))
    } finally {
      setWorking(false)
    }
  }

  /** Whoever signs in there may be somebody else. */
  const leave = () => {
    client.clear()
    navigate(signInPath({ returnTo: location.pathname, expired: true }))
  }

  return (
    <Dialog title={words.signInAgain}>
      <form
        onSubmit={(event: FormEvent) => {
          event.preventDefault()
          void goOn(() => api.post('/api/auth/sign-in/username', { username: session.me.username, password }))
        }}
      >
        <p>{words.signInAgainText}</p>
        {ways.data?.oidc ? (
          <p>
            {words.signInElsewhere}{' '}
            <a href={signInPath({})} target="_blank" rel="noreferrer">
              {words.signInElsewhereOpen}
            </a>{' '}
            <button type="button" className="btn small" disabled={working} onClick={() => void goOn(async () => {})}>
              {words.signedInElsewhere}
            </button>
          </p>
        ) : null}
        <label htmlFor={`${id}-user`}>{words.username}</label>
        <input id={`${id}-user`} className="input" value={session.me.username} readOnly autoComplete="username" />
        <label htmlFor={`${id}-password`}>{words.password}</label>
        <input
          id={`${id}-password`}
          className="input"
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        {problem ? (
          <p className="notice error" role="alert">
            {problem}
          </p>
        ) : null}
        <div className="dialog-foot">
          <button type="button" className="btn" onClick={leave}>
            {words.cancel}
          </button>
          <button type="submit" className="btn primary" disabled={working || password === ''}>
            {words.signIn}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

interface KeptDialogProps {
  readonly session: EditorSession
  readonly kept: readonly KeptText[]
  readonly onLater: () => void
}

/** Text of this user that the report does not contain. It stays on this computer until it is let go here. */
function KeptDialog({ session, kept, onLater }: KeptDialogProps) {
  const words = useWords(editorWords)
  const message = useMessage()
  const [copied, setCopied] = useState<'copied' | 'selected' | null>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const text = kept
    .flatMap((one) => [`【${message(PART_NAMES[one.part])}】`, ...namedLines(one, session.template)])
    .join('\n')

  const copy = async () => {
    try {
      await copyText(text)
      setCopied('copied')
    } catch {
      field.current?.select()
      setCopied('selected')
    }
  }
  const forget = async () => {
    for (const one of kept) await forgetKept(one.id)
    await session.reloadKept()
  }
  return (
    <Dialog title={words.keptTitle} wide onClose={onLater}>
      <p>{words.keptText}</p>
      <textarea ref={field} className="input kept" rows={10} readOnly value={text} aria-label={words.keptTitle} />
      <div className="dialog-foot">
        <button type="button" className="btn plain" onClick={() => void forget()}>
          {words.keptForget}
        </button>
        <span className="grow" />
        <button type="button" className="btn" onClick={onLater}>
          {words.keptLater}
        </button>
        <button type="button" className="btn primary" onClick={() => void copy()}>
          {copied === null ? words.keptCopy : copied === 'copied' ? words.keptCopied : words.keptSelected}
        </button>
      </div>
    </Dialog>
  )
}

/** Cells come as key and value; people know them by their names. */
function namedLines({ part, lines }: KeptText, template: Template): readonly string[] {
  if (part === 'narrative') return lines
  return lines.map((line) => {
    const [key = '', ...value] = line.split('\t')
    const cover = template.cover.find((field) => field.key === key)?.label
    const name = indicatorIndex(template).get(key)?.name ?? cover ?? dataFieldIndex(template).get(key)?.label ?? key
    return `${name}：${value.join(' ')}`
  })
}
