import { ACTION_NAMES, findTransition, type TransitionAction } from '@gongping/permissions'
import type { TransitionRequest } from '@gongping/protocol/http'
import type { Finding } from '@gongping/scoring'
import { useId, useState } from 'react'
import { api, ApiError, errorMessage } from '../app/api.ts'
import { useMessage, useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import type { EditorSession } from '../sync/report-session.ts'
import { Dialog } from './dialog.tsx'
import { targetOfFinding } from './finding-places.ts'
import { editorWords } from './words.ts'

export interface TransitionDialogProps {
  readonly session: EditorSession
  readonly action: TransitionAction
  readonly onClose: () => void
}

/** Moves the report on, after saying what that means; shows what stands in the way when the server refuses. */
export function TransitionDialog({ session, action, onClose }: TransitionDialogProps) {
  const words = useWords(editorWords)
  const message = useMessage()
  const state = useLive(session.state)
  const saveState = useLive(session.saveState)
  const [reason, setReason] = useState('')
  const [step, setStep] = useState<Step>({ kind: 'asking' })
  const reasonId = useId()
  const needsReason = findTransition(action, state)?.needsReason === true
  const unsaved = 'unsaved' in saveState ? saveState.unsaved : 0

  const confirm = async () => {
    if (needsReason && reason.trim() === '') return setStep({ kind: 'refused', text: words.reasonMissing })
    setStep({ kind: 'working' })
    try {
      const body: TransitionRequest = reason.trim() === '' ? { action } : { action, reason: reason.trim() }
      await api.post(`/api/reports/${encodeURIComponent(session.reportId)}/transitions`, body)
      onClose()
      await session.refresh().catch(() => undefined)
    } catch (error) {
      const findings = error instanceof ApiError && error.status === 409 ? findingsOf(error.details) : []
      setStep(
        findings.length > 0 ? { kind: 'blocked', findings } : { kind: 'refused', text: message(errorMessage(error)) },
      )
    }
  }

  return (
    <Dialog title={message(ACTION_NAMES[action])} onClose={onClose}>
      <p>{words.moveText[action]}</p>
      <label htmlFor={reasonId}>{needsReason ? words.reason : words.note}</label>
      <textarea
        id={reasonId}
        className="input"
        rows={3}
        maxLength={2000}
        value={reason}
        required={needsReason}
        onChange={(event) => setReason(event.target.value)}
      />
      {step.kind === 'refused' ? (
        <p className="notice error" role="alert">
          {step.text}
        </p>
      ) : null}
      {step.kind === 'blocked' ? (
        <div className="notice error" role="alert">
          {words.blocked({ n: step.findings.length })}
          <ul className="blocking">
            {step.findings.map((finding, index) => {
              const target = targetOfFinding(finding)
              return (
                <li key={`${finding.rule}-${index}`}>
                  {message(finding.message)}
                  {target ? (
                    <button
                      type="button"
                      className="btn link"
                      onClick={() => {
                        onClose()
                        // A closing dialog gives the focus back to its button; the jump comes after that.
                        requestAnimationFrame(() => session.jump(target))
                      }}
                    >
                      {words.jump}
                    </button>
                  ) : null}
                </li>
              )
            })}
          </ul>
        </div>
      ) : null}
      {unsaved > 0 ? <p className="notice">{words.unsavedFirst({ n: unsaved })}</p> : null}
      <div className="dialog-foot">
        <button type="button" className="btn" onClick={onClose}>
          {words.cancel}
        </button>
        <button
          type="button"
          className="btn primary"
          disabled={step.kind === 'working' || unsaved > 0}
          onClick={() => void confirm()}
        >
          {step.kind === 'working' ? words.working : words.confirm}
        </button>
      </div>
    </Dialog>
  )
}

type Step =
  | { readonly kind: 'asking' }
  | { readonly kind: 'working' }
  | { readonly kind: 'refused'; readonly text: string }
  | { readonly kind: 'blocked'; readonly findings: readonly BlockingFinding[] }

type BlockingFinding = Pick<Finding, 'rule' | 'where' | 'message'>

/** The server sends them as `details.findings`; anything else is shown as its plain message. */
function findingsOf(details: unknown): readonly BlockingFinding[] {
  const list: unknown = Array.isArray(details)
    ? details
    : (details as { findings?: unknown } | null | undefined)?.findings
  if (!Array.isArray(list)) return []
  return list.filter(
    (one: Partial<BlockingFinding> | null): one is BlockingFinding =>
      typeof one?.message?.zh === 'string' && typeof one.where === 'object',
  )
}
