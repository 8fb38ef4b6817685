import {
  type Actor,
  type ReportState,
  STATE_NAMES,
  TRANSITIONS,
  type TransitionAction,
  findTransition,
  may,
} from '@gongping/permissions'
import type { FindingBody, ScoreBody, TransitionRequest } from '@gongping/protocol/http'
import { type Finding, blockingFindings } from '@gongping/scoring'
import type { Session } from '../auth/session.ts'
import { insertAudit } from '../db/audit.ts'
import type { Db } from '../db/dialect.ts'
import { compareAndSetState, findReport } from '../db/reports.ts'
import type { ReportRow } from '../db/schema.ts'
import { type ScoreRow, findScore } from '../db/scores.ts'
import type { Deps } from '../deps.ts'
import { finishAcceptingOf } from '../review/accept-suggestion.ts'
import { storeAcceptedWarnings } from '../review/accepted-warnings.ts'
import { requireRoundRules } from '../review/round-rules.ts'
import { storeRound } from '../review/store-round.ts'
import { finishRestoringOf } from '../versions/finish-restore.ts'
import { freezeVersion } from './freeze-version.ts'
import { RequestError, requireYes } from './request-error.ts'
import { settleScore } from './settle-score.ts'
import { getVisibleReport } from './visible-report.ts'

type Move = TransitionRequest & { readonly reportId: string }

/**
 * Moves a report on. Edits are held back meanwhile, so what is frozen as a version is exactly what was scored and checked;
 * edits that arrive during the move are judged by the new rights.
 *
 * @returns the new state
 * @throws RequestError forbidden; conflict when the report has moved on or errors stand in the way; invalid without a reason
 */
export async function moveReport(
  deps: Pick<Deps, 'db' | 'documents' | 'feed' | 'now'>,
  who: Session,
  move: Move,
): Promise<ReportState> {
  const { db, documents, feed } = deps
  const { reportId } = move
  const { report, actor } = await getVisibleReport(db, who, reportId)
  requireMay(actor, move, report.state)

  const { to: state, told } = await documents.hold(reportId, async () => {
    // What was judged above may have changed while waiting for the hold.
    const now = await getVisibleReport(db, who, reportId)
    requireMay(now.actor, move, now.report.state)
    await finishAcceptingOf(deps, reportId)
    await finishRestoringOf(deps, reportId)
    const leftOpen = await requireRoundRules(db, { who, move, report: now.report })
    await documents.scoreNow(reportId)
    const score = await getScore(db, reportId)
    requireNoBlockingFindings(score, move)
    const moved = await storeMove(deps, { who, move, report: now.report, score, leftOpen })
    await documents.accessChanged(reportId, who.displayName)
    // A return brings new findings. The move is done: should this fail, the next edit scores again.
    if (move.action === 'return') await documents.scoreNow(reportId).catch(() => undefined)
    return moved
  })
  feed.publish({ type: 'state', id: reportId })
  if (told.length > 0) feed.publish({ type: 'notice', id: reportId }, told)
  return state
}

/** The caller's role is judged before the state: who may never do it is told so, and learns nothing else. */
function requireMay(actor: Actor, { action, reason }: Move, state: ReportState): void {
  const stages = TRANSITIONS[action].flatMap(({ from }) => from)
  const anywhere = stages.map((stage) => may(actor, { action, reason: '-' }, stage))
  const verdict = anywhere.some(({ ok }) => ok)
    ? may(actor, { action, ...(reason === undefined ? {} : { reason }) }, state)
    : (anywhere[0] ?? may(actor, { action }, state))
  requireYes(verdict, state)
}

async function getScore(db: Db, reportId: string): Promise<ScoreRow> {
  const score = await findScore(db, reportId)
  if (!score) throw new Error(`report ${reportId} has no score after scoring`)
  return score
}

/** The rule about return items without an answer: a reason given with the submission stands for them. */
const UNANSWERED = 'WFL-01'

function requireNoBlockingFindings(score: ScoreRow, { action, override }: Move): void {
  if (action !== 'submit' && action !== 'approve' && action !== 'conclude') return
  const { findings } = JSON.parse(score.body) as ScoreBody
  const counted = override ? findings.filter(({ rule }) => rule !== UNANSWERED) : findings
  const blocking = blockingFindings(counted as Finding[], action) as readonly FindingBody[]
  if (blocking.length === 0) return
  throw new RequestError({
    kind: 'conflict',
    code: 'blocking_findings',
    text: {
      zh: `还有 ${blocking.length} 处错误需要先改正，改正后再办理。`,
      en: `${blocking.length} error${blocking.length === 1 ? '' : 's'} must be put right first.`,
    },
    details: { findings: blocking },
  })
}

async function storeMove(
  { db, now }: Pick<Deps, 'db' | 'now'>,
  step: { who: Session; move: Move; report: ReportRow; score: ScoreRow; leftOpen: readonly string[] },
): Promise<{ to: ReportState; told: readonly string[] }> {
  const { who, move, report, score, leftOpen } = step
  const { action, reason, override } = move
  const transition = findTransition(action, report.state)
  if (!transition) throw new Error(`no transition ${action} from ${report.state}`)
  const { to } = transition
  const at = now()
  const told = await db.transaction().execute(async (trx) => {
    if (!(await compareAndSetState(trx, { report, to, at }))) return undefined
    const settled = await settleScore(trx, { report, score, at })
    if (settled !== score) requireNoBlockingFindings(settled, move)
    const version = await freezeVersion(trx, {
      reportId: report.id,
      kind: VERSION_KIND[action],
      name: '',
      at,
      userId: who.userId,
      score: settled,
    })
    const round = await storeRound(trx, { move, report, to, userId: who.userId, at })
    const { findings } = JSON.parse(settled.body) as ScoreBody
    const submission = { reportId: report.id, round: report.round + 1, userId: who.userId, at, findings }
    const warnings =
      action === 'submit' && move.accepted
        ? await storeAcceptedWarnings(trx, { ...submission, accepted: move.accepted })
        : []
    await insertAudit(trx, {
      at,
      userId: who.userId,
      action: `report-${action}`,
      reportId: report.id,
      detail: {
        from: report.state,
        to,
        versionId: version.id,
        sha256: version.sha256,
        ...without({
          reason,
          items: round.itemIds.length > 0 ? round.itemIds : undefined,
          warnings: warnings.length > 0 ? warnings.map(({ rule, reason: why }) => ({ rule, reason: why })) : undefined,
          // Said why return items stay without an answer.
          ...(leftOpen.length > 0 ? { override, leftOpen } : {}),
        }),
      },
    })
    return round.told
  })
  if (!told) throw movedOn((await findReport(db, report.id))?.state ?? report.state)
  return { to, told }
}

const VERSION_KIND: Record<TransitionAction, string> = {
  submit: 'submitted',
  return: 'returned',
  approve: 'approved',
  conclude: 'concluded',
  reopen: 'reopened',
  withdraw: 'withdrawn',
}

const movedOn = (state: ReportState) =>
  new RequestError({
    kind: 'conflict',
    code: 'wrong_state',
    text: {
      zh: `报告刚刚已被他人办理，现为“${STATE_NAMES[state].zh}”。`,
      en: `Somebody else has just moved the report on; it is now in "${STATE_NAMES[state].en}".`,
    },
    details: { state },
  })

/** Leaves out what was not given. */
const without = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
