import { randomUUID } from 'node:crypto'
import { type Actor, type Message, PARTS, type Part, type ReportState, may } from '@gongping/permissions'
import type { RestoreRequest, RestoreResult } from '@gongping/protocol/http'
import { NoSuchSectionError, type RestoreScope, restoreColumn, restoreNarrative } from '@gongping/report-doc'
import type { Session } from '../auth/session.ts'
import { insertRestoreIntent } from '../db/restore-intents.ts'
import type { Deps } from '../deps.ts'
import { RequestError, dayIsFull, denied } from '../reports/request-error.ts'
import { getVisibleReport } from '../reports/visible-report.ts'
import { hiddenParts } from '../review/hidden-parts.ts'
import { type RestoreEdit, finishRestore } from './finish-restore.ts'
import { keepVersion } from './keep-version.ts'
import { getVersion, openState, readVersion } from './snapshot.ts'

type Scope = RestoreRequest['scope']

/**
 * Makes a report, a section or a score as it was, as an edit of the restoring user on top of everything: later versions,
 * comments and what others write meanwhile stay. Parts without the pen are left as they are, and said so. What is right
 * before is kept as a version.
 *
 * @throws RequestError `no_such_version`; conflict when the version can't be read or lacks the section; forbidden when the
 *   pen of no part is there
 */
export async function restoreVersion(
  deps: Pick<Deps, 'db' | 'documents' | 'feed' | 'now' | 'disk'>,
  who: Session,
  { reportId, versionId, scope }: { reportId: string; versionId: string; scope: Scope },
): Promise<RestoreResult> {
  const { db, documents, feed, disk } = deps
  const visible = await getVisibleReport(db, who, reportId)
  const states = await readStates(deps, reportId, versionId)
  const wanted = partsOf(scope)
  requireAnyPen(visible.actor, wanted, visible.report.state)
  if (disk?.isUsedUp(who.userId, reportId)) throw dayIsFull()

  const result = await documents.hold(reportId, async (): Promise<RestoreResult> => {
    // What was judged above may have changed while waiting for the hold.
    const { report, actor } = await getVisibleReport(db, who, reportId)
    requireAnyPen(actor, wanted, report.state)
    const hidden = hiddenParts({ report, actor })
    const readable = wanted.filter((part) => !hidden.includes(part))
    const plans = await Promise.all(
      readable.map((part) => plan(deps, { reportId, part, scope, version: states[part], actor, state: report.state })),
    )
    const edits = plans.flatMap(({ part, update }) => (update ? [{ part, update }] : []))
    if (edits.length === 0) return { parts: plans.map(outcomeOf), beforeVersionId: null }
    const kept = await keepVersion(deps, {
      report,
      kind: 'before-restore',
      name: '',
      userId: who.userId,
      deed: null,
      onlyIfNew: false,
    })
    const intent = {
      id: randomUUID(),
      report_id: reportId,
      user_id: who.userId,
      at: deps.now(),
      detail: JSON.stringify({ versionId, scope, beforeVersionId: kept?.id }),
      edits: JSON.stringify(
        edits.map(({ part, update }): RestoreEdit => ({ part, update: Buffer.from(update).toString('base64') })),
      ),
    }
    await insertRestoreIntent(db, intent)
    await finishRestore(deps, intent, report.epoch)
    const bytes = edits.reduce((sum, { update }) => sum + update.length, kept?.bytes ?? 0)
    disk?.add({ userId: who.userId, reportId, bytes })
    return { parts: plans.map(outcomeOf), beforeVersionId: kept?.id ?? null }
  })
  if (result.beforeVersionId !== null) feed.publish({ type: 'report', id: reportId })
  return result
}

interface Plan {
  readonly part: Part
  readonly update: Uint8Array | null
  /** Why the part is left as it is. */
  readonly refused: Message | null
}

async function plan(
  { documents }: Pick<Deps, 'documents'>,
  o: { reportId: string; part: Part; scope: Scope; version: Uint8Array; actor: Actor; state: ReportState },
): Promise<Plan> {
  const { reportId, part, scope, version, actor, state } = o
  const verdict = may(actor, { action: 'write', part }, state)
  const current = await documents.readPart({ reportId, part })
  try {
    const update =
      part === 'narrative'
        ? restoreNarrative(current, version, restoreScope(scope))
        : restoreColumn(current, version, { part, scope: restoreScope(scope) })
    // Without the pen, and the same all the same: nothing was kept from the caller.
    return verdict.ok || !update ? { part, update, refused: null } : { part, update: null, refused: verdict.message }
  } catch (error) {
    if (!(error instanceof NoSuchSectionError)) throw error
    throw new RequestError({
      kind: 'conflict',
      code: 'no_such_section',
      text: { zh: '这个版本里没有这一节。', en: 'This version has no such section.' },
    })
  }
}

const outcomeOf = ({ part, update, refused }: Plan): RestoreResult['parts'][number] => ({
  part,
  outcome: refused ? 'no-pen' : update ? 'restored' : 'unchanged',
  message: refused,
})

function partsOf(scope: Scope): readonly Part[] {
  if (scope === 'all') return PARTS
  return 'section' in scope ? ['narrative'] : [scope.column]
}

function restoreScope(scope: Scope): RestoreScope {
  if (scope === 'all') return { kind: 'all' }
  if ('section' in scope) return { kind: 'section', sectionId: scope.section }
  return { kind: 'score', indicatorId: scope.indicatorId }
}

function requireAnyPen(actor: Actor, parts: readonly Part[], state: ReportState): void {
  const verdicts = parts.map((part) => may(actor, { action: 'write', part }, state))
  const [first] = verdicts
  if (first && !first.ok && verdicts.every(({ ok }) => !ok)) throw denied(first.code, first.message)
}

async function readStates({ db }: Pick<Deps, 'db'>, reportId: string, versionId: string) {
  const { content } = await readVersion(db, await getVersion(db, reportId, versionId))
  if (content.kind === 'readable' && PARTS.every((part) => isOpenable(content.states[part]))) return content.states
  if (content.kind === 'other-layout') {
    throw new RequestError({
      kind: 'conflict',
      code: 'other_layout',
      text: {
        zh: '此版本由另一版程序保存，不能恢复；当前内容没有改动。',
        en: 'This version was stored by another version of the program and cannot be restored. Nothing was changed.',
      },
    })
  }
  throw new RequestError({
    kind: 'conflict',
    code: 'version_damaged',
    text: {
      zh: '此版本的存储内容已损坏，不能恢复；当前内容没有改动。',
      en: 'The stored documents of this version are damaged and cannot be restored. Nothing was changed.',
    },
  })
}

function isOpenable(state: Uint8Array): boolean {
  const doc = openState(state)
  doc?.destroy()
  return doc !== null
}
