import { ACTION_NAMES, may, STATE_NAMES, type ReportState, type TransitionAction } from '@gongping/permissions'
import { useEffect, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { LanguageSwitch } from '../app/header.tsx'
import { useMessage, useWords } from '../app/language.ts'
import { later } from '../app/later.tsx'
import { auditPath, WORKBENCH_PATH } from '../app/paths.ts'
import { NoticeBell } from '../notices/bell.tsx'
import { useLive } from '../app/use-live.ts'
import type { EditorSession } from '../sync/report-session.ts'
import { Avatar } from './avatar.tsx'
import { DialogStandIn } from './dialog-stand-in.tsx'
import { MenuButton, type MenuItem } from './menu-button.tsx'
import { SaveStateText } from './save-state-text.tsx'
import { usePeople } from './use-people.ts'
import { useSelected } from '../app/use-selected.ts'
import { editorWords } from './words.ts'

const TransitionDialog = later(async () => (await import('./transition-dialog.tsx')).TransitionDialog, {
  StandIn: DialogStandIn,
  afterPainting: true,
})
/** By then the text can be edited; the dialog is to be there at once when it is wanted, also without a network. */
const FETCH_DIALOG_AFTER_MS = 3000

interface ReportHeaderProps {
  readonly session: EditorSession
  readonly saveAsked: number
  /** Null for whoever names no versions. */
  readonly onNameVersion: (() => void) | null
}

export function ReportHeader({ session, saveAsked, onNameVersion }: ReportHeaderProps) {
  const words = useWords(editorWords)
  const message = useMessage()
  const detail = useLive(session.detail)
  const storedName = useSelected(session.data, ({ cover }) => cover.get('projectName')?.trim())
  const state = useLive(session.state)
  const [moving, setMoving] = useState<TransitionAction | null>(null)
  useEffect(() => {
    const timer = setTimeout(TransitionDialog.fetch, FETCH_DIALOG_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  const allowed = detail.actions.filter((one) => one.allowed).map((one) => one.action)
  const main = MAIN_ACTIONS.find((action) => allowed.includes(action))
  const others = allowed.filter((action) => action !== main)
  const title = storedName || detail.projectName
  const kind = session.template.cover.find(({ key }) => key === 'title')?.fixed
  const [, navigate] = useLocation()
  const seesAudit = may(
    { roles: detail.roles, isAdmin: session.me.role === 'admin' },
    { action: 'read-audit' },
    state,
  ).ok
  const further: readonly MenuItem[] = [
    ...others.map((action) => ({ key: action, label: message(ACTION_NAMES[action]), run: () => setMoving(action) })),
    ...(onNameVersion ? [{ key: 'name-version', label: words.nameVersion, run: onNameVersion }] : []),
    ...(seesAudit ? [{ key: 'audit', label: words.audit, run: () => navigate(auditPath(session.reportId)) }] : []),
  ]

  return (
    <header className="editor-header">
      <title>{title}</title>
      <Link className="back" href={WORKBENCH_PATH}>
        ‹ {words.back}
      </Link>
      <h1 title={title}>{title}</h1>
      <span className="pill">
        {words.fiscalYear({ year: detail.fiscalYear })}
        {kind ? <span className="kind"> · {kind}</span> : null}
      </span>
      <span className="grow" />
      <Steps state={state} />
      <span className="grow" />
      <SaveStateText session={session} asked={saveAsked} />
      <People session={session} />
      <NoticeBell />
      <LanguageSwitch />
      {further.length > 0 ? <MenuButton label={words.more} items={further} /> : null}
      {main ? (
        <button type="button" className="btn primary" onClick={() => setMoving(main)}>
          {message(ACTION_NAMES[main])}
        </button>
      ) : null}
      {moving ? <TransitionDialog session={session} action={moving} onClose={() => setMoving(null)} /> : null}
    </header>
  )
}

const MAIN_ACTIONS: readonly TransitionAction[] = ['submit', 'approve', 'conclude']

function Steps({ state }: { state: ReportState }) {
  const words = useWords(editorWords)
  const message = useMessage()
  const at = state === 'returned' ? 0 : STEPS.indexOf(state)
  return (
    <ol className="steps" aria-label={words.progress}>
      {STEPS.map((step, index) => {
        const shown = index === 0 && state === 'returned' ? 'returned' : step
        return (
          <li
            key={step}
            className={index < at ? 'past' : index === at ? 'now' : undefined}
            aria-current={index === at ? 'step' : undefined}
            title={message(STATE_NAMES[shown])}
          >
            <span>{step === 'concluded' && at < index ? words.concludedStep : message(STATE_NAMES[shown])}</span>
            {index < at ? <span className="visually-hidden"> {words.stepDone}</span> : null}
          </li>
        )
      })}
    </ol>
  )
}

const STEPS: readonly ReportState[] = ['draft', 'department_review', 'finance_review', 'concluded']

function People({ session }: { session: EditorSession }) {
  const words = useWords(editorWords)
  const people = usePeople(session)
  return (
    <ul className="people" aria-label={words.presence}>
      {people.map((person) => (
        <li key={person.id}>
          <Avatar role={person.role} title={person.isMe ? `${person.name}（${words.you}）` : person.name} />
        </li>
      ))}
    </ul>
  )
}
