import { answerRoot, ROOTS } from '@gongping/report-doc'
import type { ColumnPart } from '@gongping/report-doc'
import { SCORE_COLUMNS } from '@gongping/scoring'
import type { IndicatorId, NumberProblem } from '@gongping/scoring'
import * as Y from 'yjs'
import { createLive } from '../sync/live.ts'
import type { LiveValue } from '../sync/live.ts'
import type { JumpTarget, ReportSession } from '../sync/report-session.ts'
import type { GridColumn } from './cell.ts'

export interface GridPlace {
  readonly indicatorId: IndicatorId
  readonly column: GridColumn
}

/** Typed into a cell but not written: invalid, or the cell was locked meanwhile. Kept until corrected or given up. */
export interface Draft {
  readonly text: string
  readonly problem: NumberProblem | 'aboveWeight' | 'locked'
}

/** What the score table keeps while its tab is not on show, so that going to another tab loses nothing. */
export interface ScoreDesk {
  /** Origin of every own change in the columns. */
  readonly origin: object
  readonly place: LiveValue<GridPlace>
  readonly collapsed: LiveValue<ReadonlySet<IndicatorId>>
  readonly drafts: LiveValue<ReadonlyMap<string, Draft>>
  readonly detailsOpen: LiveValue<boolean>
  /** A jump nobody has followed yet. */
  readonly jump: LiveValue<JumpTarget | null>
  /** Makes the next change a step of its own for undo. */
  endUndoStep(): void
  /** False when there is nothing to undo. */
  undo(): boolean
  redo(): boolean
}

/** One desk for each open report; it lives as long as the session. */
export function scoreDesk(session: ReportSession): ScoreDesk {
  const known = desks.get(session)
  if (known) return known
  const desk = openDesk(session)
  desks.set(session, desk)
  return desk
}

export const placeKey = ({ indicatorId, column }: GridPlace) => `${column}|${indicatorId}`

const desks = new WeakMap<ReportSession, ScoreDesk>()

function openDesk(session: ReportSession): ScoreDesk {
  const origin = { from: 'score table' }
  const history = openHistory(session, origin)
  const jump = createLive<JumpTarget | null>(null)
  const own = SCORE_COLUMNS.find((column) => session.pen.get()[column])
  // Ends with the session, which forgets its listeners when it is closed.
  session.onJump((target) => {
    if (target.kind === 'indicator' || target.kind === 'fact') jump.set({ ...target })
  })
  return {
    origin,
    place: createLive<GridPlace>({ indicatorId: firstIndicator(session), column: own ?? 'name' }),
    collapsed: createLive<ReadonlySet<IndicatorId>>(new Set()),
    drafts: createLive<ReadonlyMap<string, Draft>>(new Map()),
    detailsOpen: createLive(false),
    jump,
    ...history,
  }
}

function firstIndicator({ template }: ReportSession): IndicatorId {
  let indicator = template.indicators[0]
  while (indicator?.children[0]) indicator = indicator.children[0]
  return indicator?.id ?? ''
}

/** Undo over the three columns in the order of the steps; each document has its own manager. */
function openHistory(session: ReportSession, origin: object): Pick<ScoreDesk, 'endUndoStep' | 'undo' | 'redo'> {
  const managers = SCORE_COLUMNS.map((part: ColumnPart) => {
    const doc = session.docs[part]
    const scope: Y.Map<unknown>[] = [doc.getMap(answerRoot(part))]
    if (part === 'self') scope.push(doc.getMap(ROOTS.facts))
    return new Y.UndoManager(scope, { trackedOrigins: new Set([origin]) })
  })
  let step = 0
  for (const manager of managers) {
    manager.on('stack-item-added', ({ stackItem }) => stackItem.meta.set('step', ++step))
  }
  const latest = (stack: 'undoStack' | 'redoStack') =>
    managers
      .filter((manager) => manager[stack].length > 0)
      .toSorted((a, b) => stepOf(b[stack]) - stepOf(a[stack]))
      .at(0)
  return {
    endUndoStep: () => managers.forEach((manager) => manager.stopCapturing()),
    undo: () => Boolean(latest('undoStack')?.undo()),
    redo: () => Boolean(latest('redoStack')?.redo()),
  }
}

const stepOf = (stack: Y.UndoManager['undoStack']) => Number(stack.at(-1)?.meta.get('step') ?? 0)
