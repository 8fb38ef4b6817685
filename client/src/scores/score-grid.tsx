/* oxlint-disable jsx-a11y/no-noninteractive-element-to-interactive-role, jsx-a11y/no-interactive-element-to-noninteractive-role --
   A treegrid made of table elements is the pattern of WAI-ARIA; the rules know tables for data only. */
import { setScore } from '@gongping/report-doc'
import { formatPoints, indicatorIndex, SCORE_COLUMNS } from '@gongping/scoring'
import type { Hundredths, Indicator, ReportScore, ScoreColumnId } from '@gongping/scoring'
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { ClipboardEvent, KeyboardEvent, MouseEvent } from 'react'
import { EMPTY } from '../app/format.ts'
import { useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import { useSelected } from '../app/use-selected.ts'
import { cellKey, type CellThreads, useCellThreads } from '../review/open-marks.ts'
import { useReview } from '../review/review-context.ts'
import type { Leaving, ReportSession } from '../sync/report-session.ts'
import { useOnLeaving } from '../sync/use-on-leaving.ts'
import {
  formatDelta,
  GRID_COLUMNS,
  isScoreColumn,
  lacksReason,
  lockOf,
  readTypedScore,
  reviewDelta,
  shownScore,
} from './cell.ts'
import type { ColumnRights, GridColumn } from './cell.ts'
import { commandOf } from './grid-keys.ts'
import type { GridCommand } from './grid-keys.ts'
import { visibleRows } from './grid-rows.ts'
import type { GridRow } from './grid-rows.ts'
import { LockIcon } from './lock-icon.tsx'
import { planPaste, readBlock } from './paste.ts'
import type { CellWrite, PasteProblem, PasteRow } from './paste.ts'
import { placeKey, scoreDesk } from './score-desk.ts'
import type { Draft, GridPlace } from './score-desk.ts'
import { guestStyle, publishCell } from './use-cell-presence.ts'
import type { CellGuest } from './use-cell-presence.ts'
import { useLockText } from './use-column-rights.ts'
import { scoreWords } from './words.ts'

interface Props {
  readonly session: ReportSession
  readonly rights: ColumnRights
  readonly guests: readonly CellGuest[]
  /** Says something that has no place in a cell: undone, filled, why a key did nothing. */
  onSay(text: string): void
  onPasteProblems(problems: readonly PasteProblem[]): void
}

/** A cell being typed into. */
interface Edit {
  readonly place: GridPlace
  readonly text: string
  /** What stood there before. */
  readonly initial: string
  /** The stored score when typing began; another one now means somebody changed it meanwhile. */
  readonly base: Hundredths | null
  /** Who was last seen in the same cell. */
  readonly rival: string | null
}

/**
 * The score table as a treegrid with the keyboard of a spreadsheet. A cell that may be written holds an input as soon
 * as it is chosen, so that an input method can start in it; nothing is written before Enter, Tab, an arrow or leaving.
 */
export function ScoreGrid({ session, rights, guests, onSay, onPasteProblems }: Props) {
  const words = useWords(scoreWords)
  const lockText = useLockText()
  const desk = scoreDesk(session)
  const { template } = session
  const score = useLive(session.score)
  const columns = useSelected(session.data, (data) => data.columns)
  const place = useLive(desk.place)
  const collapsed = useLive(desk.collapsed)
  const drafts = useLive(desk.drafts)
  const review = useReview()
  const threads = useCellThreads(review)
  const rows = useMemo(() => visibleRows(template, collapsed), [template, collapsed])
  const [edit, setEditState] = useState<Edit | null>(null)
  const [inside, setInside] = useState(false)
  const table = useRef<HTMLTableElement>(null)
  const takeFocus = useRef(false)

  // Leaving comes without another render: it needs what is typed by now.
  const editing = useRef<Edit | null>(null)
  const setEdit = (next: Edit | null) => {
    editing.current = next
    setEditState(next)
  }

  const index = indicatorIndex(template)
  const chosen = rows.some((row) => row.indicator.id === place.indicatorId)
    ? place
    : { indicatorId: rows[0]!.indicator.id, column: place.column }
  const rowAt = rows.findIndex((row) => row.indicator.id === chosen.indicatorId)

  const lockAt = (at: GridPlace) => lockOf({ indicator: index.get(at.indicatorId)!, column: at.column }, score, rights)
  const typedAt = (at: GridPlace) =>
    isScoreColumn(at.column) ? (score[at.column].byIndicator.get(at.indicatorId)?.typed ?? null) : null

  useOnLeaving(session, (why) => {
    const pending = editing.current
    if (!pending) return
    setEdit(null)
    commit(pending, why)
  })
  useEffect(() => () => publishCell(session, null), [session])

  useLayoutEffect(() => {
    if (!takeFocus.current) return
    takeFocus.current = false
    const focus = () => focusCell(table.current!, chosen, { selectAll: !edit })
    focus()
    // A jump may come while another tab of the panel is still on show.
    if (table.current!.offsetParent === null) requestAnimationFrame(focus)
  })

  // The details take half of the height: the chosen row must not end up below them.
  const detailsOpen = useLive(desk.detailsOpen)
  useEffect(() => {
    if (detailsOpen) table.current?.querySelector('tr.current')?.scrollIntoView({ block: 'nearest' })
  }, [detailsOpen])

  // A jump from a finding, a chip or the outline.
  const jump = useLive(desk.jump)
  useEffect(() => {
    if (jump?.kind !== 'indicator' || (jump.column ?? 'score') !== 'score') return
    desk.jump.set(null)
    finishEdit()
    takeFocus.current = true
    const column = SCORE_COLUMNS.find((one) => rights[one].ok) ?? 'self'
    desk.place.set({ indicatorId: jump.indicatorId, column })
  })

  const rival = edit && guests.find((guest) => isIn(guest, edit.place))?.name
  useEffect(() => {
    if (rival && editing.current && editing.current.rival !== rival) setEdit({ ...editing.current, rival })
  })

  useEffect(() => {
    if (!inside) return
    const { indicatorId, column } = chosen
    publishCell(
      session,
      isScoreColumn(column) ? { part: column, indicatorId, column: 'score', editing: edit !== null } : null,
    )
  })

  function commit(done: Edit, why?: Leaving): void {
    const indicator = index.get(done.place.indicatorId)
    const { column } = done.place
    if (!indicator || !isScoreColumn(column)) return
    // Looked at and left as it was: no override of a computed score comes from that.
    if (done.text === done.initial) return
    const key = placeKey(done.place)
    const next = new Map(desk.drafts.get())
    next.delete(key)
    const typed = readTypedScore(done.text, indicator.weight)
    if (!typed.ok) next.set(key, { text: done.text, problem: typed.problem })
    else if (typed.score !== typedAt(done.place)) {
      if (why !== 'aside' && lockAt(done.place)) next.set(key, { text: done.text, problem: 'locked' })
      else write([{ indicator, column, score: typed.score }])
    }
    if (next.size > 0 || desk.drafts.get().size > 0) desk.drafts.set(next)
  }

  /** One step for undo, however many cells. */
  function write(writes: readonly CellWrite[]): void {
    desk.endUndoStep()
    const parts = new Set(writes.map(({ column }) => column))
    for (const part of parts) {
      const doc = session.docs[part]
      doc.transact(() => {
        for (const one of writes) {
          if (one.column !== part) continue
          setScore({ doc, origin: desk.origin, part, indicatorId: one.indicator.id, score: one.score })
        }
      }, desk.origin)
    }
    desk.endUndoStep()
  }

  /** True when the cell is in order and may be left by keyboard. */
  function finishEdit(): boolean {
    const pending = editing.current
    if (!pending) return true
    setEdit(null)
    commit(pending)
    return pending.text === pending.initial || !desk.drafts.get().has(placeKey(pending.place))
  }

  function initialText(at: GridPlace): string {
    const draft = desk.drafts.get().get(placeKey(at))
    return draft?.text ?? cellText(score, at).replace(EMPTY, '')
  }

  function startEdit(text: string): void {
    setEdit({ place: chosen, text, initial: initialText(chosen), base: typedAt(chosen), rival: null })
  }

  function go(to: GridPlace): void {
    takeFocus.current = true
    desk.place.set(to)
  }

  function moveBy(byRows: number, byColumns: number): void {
    const row = rows[Math.max(0, Math.min(rows.length - 1, rowAt + byRows))]!
    const at = GRID_COLUMNS.indexOf(chosen.column) + byColumns
    const column = GRID_COLUMNS[Math.max(0, Math.min(GRID_COLUMNS.length - 1, at))]!
    go({ indicatorId: row.indicator.id, column })
  }

  /** The next cell that may be written, row by row; null at the end of the table. */
  function nextWritable(back: boolean): GridPlace | null {
    const places = rows.flatMap((row) => GRID_COLUMNS.map((column) => ({ indicatorId: row.indicator.id, column })))
    const from = places.findIndex((one) => placeKey(one) === placeKey(chosen))
    const rest = back ? places.slice(0, from).toReversed() : places.slice(from + 1)
    return rest.find((one) => lockAt(one) === null) ?? null
  }

  function setExpanded(id: string, expanded: boolean): void {
    const next = new Set(collapsed)
    if (expanded) next.delete(id)
    else next.add(id)
    desk.collapsed.set(next)
    takeFocus.current = true
  }

  function giveUp(): void {
    const key = placeKey(chosen)
    setEdit(null)
    if (drafts.has(key)) {
      const next = new Map(drafts)
      next.delete(key)
      desk.drafts.set(next)
    }
    takeFocus.current = true
  }

  function clear(): void {
    const lock = lockAt(chosen)
    if (lock) return onSay(lockText(lock))
    giveUp()
    const indicator = index.get(chosen.indicatorId)!
    if (isScoreColumn(chosen.column)) write([{ indicator, column: chosen.column, score: null }])
  }

  /** False leaves the key to the browser. */
  function run(command: GridCommand): boolean {
    const row = rows[rowAt]!
    switch (command.type) {
      case 'move':
        if (finishEdit()) moveBy(command.rows, command.columns)
        else takeFocus.current = true
        return true
      case 'tab': {
        const valid = finishEdit()
        const to = nextWritable(command.back)
        if (valid && to) go(to)
        return !valid || to !== null
      }
      case 'edge': {
        const toRow = command.to === 'first' ? rows[0]! : command.to === 'last' ? rows.at(-1)! : row
        const column = command.to === 'row-start' || command.to === 'first' ? GRID_COLUMNS[0] : GRID_COLUMNS.at(-1)!
        go({ indicatorId: toRow.indicator.id, column })
        return true
      }
      case 'edit': {
        const lock = lockAt(chosen)
        if (lock) onSay(lockText(lock))
        else {
          startEdit(initialText(chosen))
          takeFocus.current = true
        }
        return true
      }
      case 'cancel':
        if (!edit && !drafts.has(placeKey(chosen))) return false
        giveUp()
        return true
      case 'clear':
        clear()
        return true
      case 'undo':
      case 'redo': {
        const done = command.type === 'undo' ? desk.undo() : desk.redo()
        onSay(done ? (command.type === 'undo' ? words.undone : words.redone) : words.nothingToUndo)
        return true
      }
      case 'toggle':
        setExpanded(row.indicator.id, !row.expanded)
        return true
      case 'expand':
        if (row.expanded) moveBy(0, 1)
        else setExpanded(row.indicator.id, true)
        return true
      case 'collapse':
        if (row.expanded) setExpanded(row.indicator.id, false)
        return true
    }
  }

  function onKeyDown(event: KeyboardEvent): void {
    // 229 is what some browsers send for a key an input method has taken.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return
    const onGroupName = chosen.column === 'name' && rows[rowAt]!.isGroup
    const command = commandOf(event, { mode: edit ? 'editing' : 'ready', onGroupName })
    if (command) {
      if (run(command)) event.preventDefault()
      return
    }
    const lock = lockAt(chosen)
    const types = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey
    if (lock && types && isScoreColumn(chosen.column)) onSay(lockText(lock))
  }

  /** What a pasted block finds in a row; a group whose rows are on show is the sum of them, also where it may be scored. */
  function takesOf(row: GridRow, column: GridColumn): PasteRow['takes'] {
    const lock = lockAt({ indicatorId: row.indicator.id, column })
    if (lock?.kind === 'right') return 'locked'
    if (row.expanded || lock?.kind === 'sumLocked' || lock?.kind === 'jointHasChildren') return 'sum'
    return lock ? 'locked' : 'score'
  }

  function onPaste(event: ClipboardEvent): void {
    const text = event.clipboardData.getData('text/plain')
    if (!text || (edit && !/[\t\n\r]/.test(text.trim()))) return
    event.preventDefault()
    const { column } = chosen
    const lock = lockAt(chosen)
    // A column copied with its sums may start on one; a single value may not.
    const startsOnSum = takesOf(rows[rowAt]!, column) === 'sum' && readBlock(text).length > 1
    if (!isScoreColumn(column) || (lock && !startsOnSum)) return onSay(lock ? lockText(lock) : '')
    const from = SCORE_COLUMNS.indexOf(column)
    const writable: ScoreColumnId[] = SCORE_COLUMNS.slice(from).filter((one) => rights[one].ok)
    const below = rows.slice(rowAt).map((row) => ({ indicator: row.indicator, takes: takesOf(row, column) }))
    const plan = planPaste(text, { rows: below, columns: writable })
    if (!plan.ok) return onPasteProblems(plan.problems)
    giveUp()
    onPasteProblems([])
    write(plan.writes)
    onSay(words.filled({ n: plan.writes.length }))
  }

  function onCellMouseDown(event: MouseEvent, at: GridPlace): void {
    if (event.button !== 0) return
    if (edit && placeKey(at) === placeKey(edit.place)) return
    event.preventDefault()
    finishEdit()
    go(at)
    // As in a spreadsheet: one click chooses, a second one right after it puts a caret into the cell.
    if (event.detail === 2 && placeKey(at) === placeKey(chosen)) run({ type: 'edit' })
  }

  return (
    <table
      ref={table}
      role="treegrid"
      className="score-grid num"
      aria-label={words.table}
      aria-rowcount={rows.length + 1}
      onKeyDown={onKeyDown}
      onPaste={onPaste}
      onFocus={() => setInside(true)}
      onBlur={(event) => {
        if (event.currentTarget.contains(event.relatedTarget)) return
        finishEdit()
        setInside(false)
        publishCell(session, null)
      }}
    >
      <GridHead rights={rights} />
      <tbody>
        {rows.map((row, at) => (
          <Row
            key={row.indicator.id}
            row={row}
            at={at}
            score={score}
            chosen={at === rowAt ? chosen : null}
            edit={at === rowAt ? edit : null}
            drafts={drafts}
            guests={guests}
            threads={threads}
            onThread={(id) => review?.open(id, 'text')}
            missingReason={lacksReason(
              row.indicator,
              score.self.byIndicator.get(row.indicator.id),
              columns.self.get(row.indicator.id),
            )}
            lockAt={lockAt}
            initialText={initialText}
            invalidStored={({ indicatorId, column }) =>
              isScoreColumn(column) ? columns[column].get(indicatorId)?.invalid : undefined
            }
            onCellMouseDown={onCellMouseDown}
            onToggle={(id, expanded) => setExpanded(id, expanded)}
            onType={(text) => (edit ? setEdit({ ...edit, text }) : startEdit(text))}
          />
        ))}
      </tbody>
    </table>
  )
}

function GridHead({ rights }: { rights: ColumnRights }) {
  const words = useWords(scoreWords)
  const lockText = useLockText()
  return (
    <thead>
      <tr>
        <th scope="col" className="name">
          {words.indicator}
        </th>
        <th scope="col">{words.weight}</th>
        {SCORE_COLUMNS.map((column) => {
          const right = rights[column]
          const why = right.ok ? undefined : lockText({ kind: 'right', message: right.message })
          return (
            <th key={column} scope="col" title={why ?? words.columns[column]} className={right.ok ? 'own' : 'locked'}>
              {right.ok ? null : <LockIcon label={words.locked} />}
              {words.columnHeads[column]}
            </th>
          )
        })}
        <th scope="col" title={words.deltaTitle}>
          {words.delta}
        </th>
      </tr>
    </thead>
  )
}

interface RowProps {
  readonly row: GridRow
  readonly at: number
  readonly score: ReportScore
  readonly chosen: GridPlace | null
  readonly edit: Edit | null
  readonly drafts: ReadonlyMap<string, Draft>
  readonly guests: readonly CellGuest[]
  readonly threads: CellThreads
  readonly missingReason: boolean
  onThread(id: string): void
  lockAt(at: GridPlace): ReturnType<typeof lockOf>
  initialText(at: GridPlace): string
  invalidStored(at: GridPlace): unknown
  onCellMouseDown(event: MouseEvent, at: GridPlace): void
  onToggle(id: string, expanded: boolean): void
  onType(text: string): void
}

function Row(props: RowProps) {
  const { row, at, chosen, guests } = props
  const { indicator } = row
  const level = Math.min(indicator.level, 4)
  return (
    <>
      <tr
        aria-level={indicator.level}
        aria-posinset={row.position}
        aria-setsize={row.siblings}
        aria-rowindex={at + 2}
        aria-selected={chosen !== null}
        {...(row.isGroup ? { 'aria-expanded': row.expanded } : {})}
        className={`level-${level}${row.isGroup ? ' group' : ''}${chosen ? ' current' : ''}`}
      >
        {GRID_COLUMNS.map((column) => (
          <Cell
            key={column}
            {...props}
            column={column}
            guest={guests.find((guest) => isIn(guest, { indicatorId: indicator.id, column })) ?? null}
          />
        ))}
      </tr>
      <CellNotes {...props} />
    </>
  )
}

function Cell(props: RowProps & { column: GridColumn; guest: CellGuest | null }) {
  const { row, column, chosen, edit, score, drafts, guest } = props
  const words = useWords(scoreWords)
  const lockText = useLockText()
  const { indicator } = row
  const place = { indicatorId: indicator.id, column }
  const isChosen = chosen?.column === column
  const lock = props.lockAt(place)
  const draft = drafts.get(placeKey(place))
  const one = isScoreColumn(column) ? score[column].byIndicator.get(indicator.id) : undefined
  const isSelfFormula = column === 'self' && !row.isGroup && isComputed(indicator)
  const [firstThread, ...furtherThreads] =
    (isScoreColumn(column) && props.threads.get(cellKey({ column, indicatorId: indicator.id }))) || []
  const invalid = Boolean(draft) || props.invalidStored(place) !== undefined || one?.problem === 'aboveWeight'
  const classes = [
    column,
    lock && isScoreColumn(column) ? 'locked' : '',
    isChosen ? 'chosen' : '',
    isChosen && edit ? 'editing' : '',
    invalid ? 'invalid' : '',
    column === 'self' && props.missingReason ? 'unexplained' : '',
    column === 'delta' ? deltaClass(reviewDelta(score, indicator.id)) : '',
  ]
  const text = draft?.text ?? cellText(score, place)
  const label = words.cellLabel({ indicator: indicator.name, column: columnName(words, column) })
  const takesInput = isChosen && lock === null
  const cellTitle = () => {
    if (column === 'name') return indicator.name
    if (guest) return guest.editing ? words.isEditing({ who: guest.name }) : words.isHere({ who: guest.name })
    return lock && isScoreColumn(column) ? lockText(lock) : undefined
  }
  return (
    <td
      role={column === 'name' ? 'rowheader' : 'gridcell'}
      className={classes.filter(Boolean).join(' ')}
      data-place={placeKey(place)}
      tabIndex={isChosen && !takesInput ? 0 : -1}
      aria-readonly={lock !== null}
      aria-invalid={invalid || undefined}
      title={cellTitle()}
      onMouseDown={(event) => props.onCellMouseDown(event, place)}
      style={guestStyle(guest)}
      data-guest={guest?.name}
      data-guest-editing={guest?.editing || undefined}
    >
      {column === 'name' ? <NameCell {...props} /> : null}
      {column === 'name' ? null : takesInput ? (
        <CellInput
          label={label}
          value={edit?.text ?? text.replace(EMPTY, '')}
          editing={edit !== null}
          onType={props.onType}
        />
      ) : (
        <span className={text === EMPTY ? 'none' : undefined}>{text}</span>
      )}
      {firstThread ? (
        <button
          type="button"
          className="cell-comments"
          tabIndex={-1}
          aria-label={words.commentsHere({ n: furtherThreads.length + 1 })}
          title={words.commentsHere({ n: furtherThreads.length + 1 })}
          onMouseDown={(event) => {
            event.preventDefault()
            event.stopPropagation()
          }}
          onClick={() => props.onThread(firstThread.id)}
        />
      ) : null}
      {isSelfFormula && one?.origin === 'override' ? <span className="visually-hidden">{words.override}</span> : null}
    </td>
  )
}

/** The input of the chosen cell. Until something is typed its whole text stays marked, so that typing replaces it. */
function CellInput({
  label,
  value,
  editing,
  onType,
}: {
  label: string
  value: string
  editing: boolean
  onType(text: string): void
}) {
  const input = useRef<HTMLInputElement>(null)
  useLayoutEffect(() => {
    // Also after somebody else changed the value below the mark.
    if (!editing && document.activeElement === input.current) input.current?.select()
  })
  return (
    <input
      ref={input}
      aria-label={label}
      inputMode="decimal"
      autoComplete="off"
      spellCheck={false}
      value={value}
      onChange={(event) => onType(event.target.value)}
      onFocus={(event) => (editing ? undefined : event.currentTarget.select())}
    />
  )
}

function NameCell({ row, score, onToggle }: RowProps) {
  const words = useWords(scoreWords)
  const { indicator, isGroup, expanded } = row
  const self = score.self.byIndicator.get(indicator.id)
  return (
    <span className="name-line">
      {isGroup ? (
        <button
          type="button"
          className="twist"
          tabIndex={-1}
          aria-hidden="true"
          onMouseDown={(event) => {
            event.preventDefault()
            event.stopPropagation()
            onToggle(indicator.id, !expanded)
          }}
        >
          {expanded ? '▾' : '▸'}
        </button>
      ) : null}
      <span className="name-text">{indicator.name}</span>
      {isComputed(indicator) && self?.origin !== 'override' && self?.origin !== 'typed' ? (
        <span className="auto" title={words.autoTitle}>
          {words.auto}
        </span>
      ) : null}
      {self?.origin === 'override' ? (
        <span className="auto" title={words.overrideTitle({ computed: formatPoints(self.formulaScore ?? 0) })}>
          {words.override}
        </span>
      ) : null}
      {self?.origin === 'joint' ? (
        <span className="auto" title={words.joinTitle}>
          {words.joint}
        </span>
      ) : null}
    </span>
  )
}

/** What has to be said about a cell stands in a line of its own below the row. */
function CellNotes({ row, chosen, edit, score, drafts, invalidStored }: RowProps) {
  const words = useWords(scoreWords)
  const lines: { key: string; text: string; kind: 'error' | 'note' }[] = []
  for (const column of SCORE_COLUMNS) {
    const place = { indicatorId: row.indicator.id, column }
    const draft = drafts.get(placeKey(place))
    const stored = invalidStored(place)
    if (draft && !(edit && chosen?.column === column)) {
      lines.push({
        key: `draft-${column}`,
        text: `${draftProblem(words, draft, row)} ${words.invalidHint}`,
        kind: 'error',
      })
    } else if (stored !== undefined) {
      lines.push({ key: `stored-${column}`, text: words.stored({ text: String(stored) }), kind: 'error' })
    } else if (score[column].byIndicator.get(row.indicator.id)?.problem === 'aboveWeight') {
      lines.push({
        key: `above-${column}`,
        text: words.aboveWeight({ weight: formatPoints(row.indicator.weight) }),
        kind: 'error',
      })
    }
  }
  if (edit && isScoreColumn(edit.place.column)) {
    const now = score[edit.place.column].byIndicator.get(row.indicator.id)?.typed ?? null
    if (now !== edit.base) {
      const value = now === null ? words.cleared : formatPoints(now)
      lines.push({
        key: 'meanwhile',
        text: words.changedMeanwhile({ who: edit.rival || words.somebody, value }),
        kind: 'note',
      })
    }
  }
  if (lines.length === 0) return null
  return (
    <tr role="presentation" className="cell-notes">
      <td role="presentation" colSpan={GRID_COLUMNS.length}>
        {lines.map(({ key, text, kind }) => (
          <p key={key} className={kind} role="alert">
            {text}
          </p>
        ))}
      </td>
    </tr>
  )
}

type Words = (typeof scoreWords)['zh']

function draftProblem(words: Words, draft: Draft, row: GridRow): string {
  switch (draft.problem) {
    case 'aboveWeight':
      return words.aboveWeight({ weight: formatPoints(row.indicator.weight) })
    case 'locked':
      return words.locked
    default:
      return words.problems[draft.problem]
  }
}

function cellText(score: ReportScore, { indicatorId, column }: GridPlace): string {
  if (column === 'name') return ''
  if (column === 'delta') {
    const delta = reviewDelta(score, indicatorId)
    return delta === null ? EMPTY : formatDelta(delta)
  }
  const one = score[column === 'weight' ? 'self' : column].byIndicator.get(indicatorId)
  const shown = column === 'weight' ? (one?.weight ?? null) : shownScore(one)
  return shown === null ? EMPTY : formatPoints(shown)
}

function columnName(words: Words, column: GridColumn): string {
  if (isScoreColumn(column)) return words.columns[column]
  return column === 'name' ? words.indicator : column === 'weight' ? words.weight : words.delta
}

const deltaClass = (delta: Hundredths | null) => (!delta ? '' : delta < 0 ? 'lower' : 'higher')

const isIn = (guest: CellGuest, place: GridPlace) =>
  guest.column === 'score' && guest.part === place.column && guest.indicatorId === place.indicatorId

const isComputed = ({ method }: Indicator) => method.type === 'formula' || method.type === 'numericBands'

function focusCell(table: HTMLTableElement, place: GridPlace, { selectAll }: { selectAll: boolean }): void {
  const cell = table.querySelector<HTMLElement>(`[data-place="${CSS.escape(placeKey(place))}"]`)
  if (!cell) return
  const input = cell.querySelector('input')
  ;(input ?? cell).focus({ preventScroll: true })
  cell.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  if (!input) return
  if (selectAll) input.select()
  else input.setSelectionRange(input.value.length, input.value.length)
}
