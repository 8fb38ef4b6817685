import { ACTION_NAMES, findTransition, type TransitionAction } from '@gongping/permissions'
import type { TransitionRequest } from '@gongping/protocol/http'
import { blockingFindings, type Finding } from '@gongping/scoring'
import { useId, useState } from 'react'
import { api, ApiError, errorMessage } from '../app/api.ts'
import { useMessage, useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import type { ReturnItem } from '@gongping/protocol/http'
import { useReview } from '../review/review-context.ts'
import { ReturnItems } from '../review/return-items.tsx'
import type { DraftItem } from '../review/return-draft.ts'
import { Receiver, ReviewerSummary } from '../review/round-summary.tsx'
import { roundWords } from '../review/round-words.ts'
import { lacksReason, toAccepted, WarningFields } from '../review/warning-reasons.tsx'
import { createLive } from '../sync/live.ts'
import type { EditorSession } from '../sync/report-session.ts'
import { Dialog } from './dialog.tsx'
import { targetOfFinding } from './finding-places.ts'
import { useMoveDraft } from './move-draft.ts'
import { editorWords } from './words.ts'

export interface TransitionDialogProps {
  readonly session: EditorSession
  readonly action: TransitionAction
  readonly onClose: () => void
}

/** Moves the report on, after saying what that means and what is still open; shows what stands in the way. */
export function TransitionDialog({ session, action, onClose }: TransitionDialogProps) {
  const words = useWords(editorWords)
  const round = useWords(roundWords)
  const message = useMessage()
  const review = useReview()
  const state = useLive(session.state)
  const saveState = useLive(session.saveState)
  const findings = useLive(session.findings)
  const openItems = useLive(review?.items ?? NO_ITEMS).filter(({ status }) => status === 'open')
  const draftItems = useLive(review?.returnDraft.items ?? NO_DRAFTS)
  const { draft, change, letGo } = useMoveDraft(session, action)
  const { reason, override, aboutWarnings } = draft
  const [step, setStep] = useState<Step>(() => {
    const blocking = blockingFor(action, findings)
    return blocking.length > 0 ? { kind: 'blocked', findings: blocking } : { kind: 'asking' }
  })
  const id = useId()
  const needsReason = findTransition(action, state)?.needsReason === true
  const unsaved = 'unsaved' in saveState ? saveState.unsaved : 0
  // What is under way can't be called back, and its outcome has to be told here.
  const isWorking = step.kind === 'working'
  const isSubmission = action === 'submit'
  const isReturn = action === 'return'
  const warnings = isSubmission
    ? findings.filter(({ severity, column }) => severity === 'warning' && (column === undefined || column === 'self'))
    : []
  const needsOverride = isSubmission && openItems.length > 0

  const missing = (): string | null => {
    if (needsReason && reason.trim() === '') return words.reasonMissing
    if (isReturn && draftItems.some(({ problem }) => problem.trim() === '')) return round.problemMissing
    if (needsOverride && override.trim() === '') return round.overrideMissing
    return null
  }
  const confirm = async () => {
    const lacks = missing()
    if (lacks !== null) return setStep({ kind: 'refused', text: lacks })
    const blocking = blockingFor(action, session.findings.get())
    // What is blocked is so whatever is said about warnings; the server has the last word on both.
    if (lacksReason(warnings, aboutWarnings) && blocking.length === 0) {
      return setStep({ kind: 'refused', text: round.warningsMissing })
    }
    setStep({ kind: 'working' })
    try {
      const text = reason.trim()
      const body: TransitionRequest = {
        action,
        ...(text === '' ? {} : { reason: text }),
        ...(isReturn && draftItems.length > 0 ? { items: draftItems.map(toItem) } : {}),
        ...(needsOverride ? { override: override.trim() } : {}),
        ...toAccepted(warnings, aboutWarnings),
      }
      await api.post(`/api/reports/${encodeURIComponent(session.reportId)}/transitions`, body)
      letGo()
      if (isReturn) for (const { key } of draftItems) review?.returnDraft.remove(key)
      onClose()
      await session.refresh().catch(() => undefined)
    } catch (error) {
      const refused = error instanceof ApiError && error.status === 409 ? findingsOf(error.details) : []
      setStep(
        refused.length > 0
          ? { kind: 'blocked', findings: refused }
          : { kind: 'refused', text: message(errorMessage(error)) },
      )
    }
  }

  return (
    <Dialog title={message(ACTION_NAMES[action])} wide={isSubmission || isReturn} {...(isWorking ? {} : { onClose })}>
      <p>{words.moveText[action]}</p>
      <Receiver session={session} action={action} />
      {review && (action === 'approve' || action === 'conclude') ? (
        <ReviewerSummary desk={review} action={action} />
      ) : null}
      {step.kind === 'blocked' ? (
        <Blocked
          findings={step.findings}
          onJump={(target) => {
            onClose()
            // A closing dialog gives the focus back to its button; the jump comes after that.
            requestAnimationFrame(() => session.jump(target))
          }}
        />
      ) : null}
      {needsOverride ? (
        <div className="notice">
          {round.openItems({ n: openItems.length })}
          <ul className="blocking">
            {openItems.map((item) => (
              <li key={item.id}>{item.problem}</li>
            ))}
          </ul>
          <label htmlFor={`${id}-override`}>{round.override}</label>
          <textarea
            id={`${id}-override`}
            className="input"
            rows={2}
            maxLength={2000}
            value={override}
            onChange={(event) => change({ override: event.target.value })}
          />
        </div>
      ) : null}
      {warnings.length > 0 ? (
        <WarningFields
          warnings={warnings}
          reasons={aboutWarnings}
          onChange={(reasons) => change({ aboutWarnings: reasons })}
        />
      ) : null}
      <label htmlFor={id}>{isReturn ? round.returnReason : needsReason ? words.reason : words.note}</label>
      <textarea
        id={id}
        className="input"
        rows={isReturn ? 2 : 3}
        maxLength={2000}
        value={reason}
        required={needsReason}
        onChange={(event) => change({ reason: event.target.value })}
      />
      {isReturn && review ? <ReturnItems desk={review} /> : null}
      {step.kind === 'refused' ? (
        <p className="notice error" role="alert">
          {step.text}
        </p>
      ) : null}
      {unsaved > 0 ? <p className="notice">{words.unsavedFirst({ n: unsaved })}</p> : null}
      <div className="dialog-foot">
        <button type="button" className="btn" disabled={isWorking} onClick={onClose}>
          {words.cancel}
        </button>
        <button
          type="button"
          className="btn primary"
          disabled={isWorking || unsaved > 0}
          onClick={() => void confirm()}
        >
          {isWorking ? words.working : words.confirm}
        </button>
      </div>
    </Dialog>
  )
}

interface BlockedProps {
  readonly findings: readonly BlockingFinding[]
  readonly onJump: (target: NonNullable<ReturnType<typeof targetOfFinding>>) => void
}

function Blocked({ findings, onJump }: BlockedProps) {
  const words = useWords(editorWords)
  const message = useMessage()
  return (
    <div className="notice error" role="alert">
      {words.blocked({ n: findings.length })}
      <ul className="blocking">
        {findings.map((finding, index) => {
          const target = targetOfFinding(finding)
          return (
            <li key={`${finding.rule}-${index}`}>
              {message(finding.message)}
              {target ? (
                <button type="button" className="btn link" onClick={() => onJump(target)}>
                  {words.jump}
                </button>
              ) : null}
            </li>
          )
        })}
      </ul>
    </div>
  )
}

/**
 * Only the steps forward are held up by errors. Return items without an answer stand in the dialog by themselves: with a
 * reason they block nothing.
 */
const blockingFor = (action: TransitionAction, findings: readonly Finding[]) =>
  action === 'submit' || action === 'approve' || action === 'conclude'
    ? blockingFindings(
        findings.filter(({ rule }) => rule !== 'WFL-01'),
        action,
      )
    : []

type Step =
  | { readonly kind: 'asking' }
  | { readonly kind: 'working' }
  | { readonly kind: 'refused'; readonly text: string }
  | { readonly kind: 'blocked'; readonly findings: readonly BlockingFinding[] }

type BlockingFinding = Pick<Finding, 'rule' | 'where' | 'message'>

const NO_ITEMS = createLive<readonly ReturnItem[]>([])
const NO_DRAFTS = createLive<readonly DraftItem[]>([])

const toItem = ({ anchor, problem, demand, dueDate }: DraftItem) => ({
  anchor,
  problem: problem.trim(),
  demand: demand.trim(),
  dueDate: dueDate === '' ? null : dueDate,
})

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
