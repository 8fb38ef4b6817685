import { OVERALL, overallOpinionKey } from '@gongping/report-doc'
import { factKey, formatPoints, indicatorIndex } from '@gongping/scoring'
import type { Indicator, Template } from '@gongping/scoring'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import { useSelected } from '../app/use-selected.ts'
import type { ReportSession } from '../sync/report-session.ts'
import { deductionOf, lacksReason } from './cell.ts'
import { ancestors } from './grid-rows.ts'
import { IndicatorDetail } from './indicator-detail.tsx'
import type { PasteProblem } from './paste.ts'
import { PasteProblems } from './paste-problems.tsx'
import { scoreDesk } from './score-desk.ts'
import { ScoreGrid } from './score-grid.tsx'
import { ScoreHead } from './score-head.tsx'
import './scores.css'
import { TextField } from './text-field.tsx'
import { useCellGuests } from './use-cell-presence.ts'
import { useColumnRights, useLockText } from './use-column-rights.ts'
import { scoreWords } from './words.ts'

export { FindingsPane } from './findings-pane.tsx'

/** The score table with everything about the indicator in focus below it. */
export function ScorePane({ session }: { session: ReportSession }) {
  const words = useWords(scoreWords)
  const lockText = useLockText()
  const desk = scoreDesk(session)
  const rights = useColumnRights(session)
  const guests = useCellGuests(session)
  const place = useLive(desk.place)
  const open = useLive(desk.detailsOpen)
  const jump = useLive(desk.jump)
  const [said, setSaid] = useState<{ text: string } | null>(null)
  const [pasteProblems, setPasteProblems] = useState<readonly PasteProblem[]>([])
  const wanted = useRef<string | null>(null)
  const pane = useRef<HTMLDivElement>(null)
  const index = indicatorIndex(session.template)
  const indicator = index.get(place.indicatorId)

  useEffect(() => {
    if (jump === null) return
    const field = fieldOf(jump, session.template)
    if (jump.kind === 'indicator') reveal(jump.indicatorId)
    if (field === null) return
    desk.jump.set(null)
    if (field.indicatorId !== OVERALL) openDetails(field.indicatorId, field.selector)
    else {
      wanted.current = field.selector
      focusWanted()
    }
  })
  useEffect(() => {
    if (!said) return
    const timer = setTimeout(() => setSaid(null), SAID_MS)
    return () => clearTimeout(timer)
  }, [said])

  // The field may only come into being with the render the jump caused.
  useLayoutEffect(focusWanted)

  function reveal(indicatorId: string) {
    const hidden = ancestors(index, indicatorId).filter((id) => desk.collapsed.get().has(id))
    if (hidden.length === 0) return
    desk.collapsed.set(new Set([...desk.collapsed.get()].filter((id) => !hidden.includes(id))))
  }

  function openDetails(indicatorId: string, selector: string) {
    reveal(indicatorId)
    wanted.current = selector
    desk.detailsOpen.set(true)
    if (desk.place.get().indicatorId !== indicatorId) desk.place.set({ indicatorId, column: 'name' })
    focusWanted()
  }

  function focusWanted() {
    const selector = wanted.current
    if (selector === null) return
    const field = pane.current?.querySelector<HTMLElement>(selector)
    if (!field) return
    const focus = () => {
      field.scrollIntoView({ block: 'nearest' })
      field.focus({ preventScroll: true })
    }
    wanted.current = null
    focus()
    // A jump may come while another tab of the panel is still on show.
    if (document.activeElement !== field) requestAnimationFrame(focus)
  }

  return (
    <div className="score-pane" ref={pane}>
      <ScoreHead session={session} />
      <output className="said">{said?.text}</output>
      <div className="score-scroll">
        <ScoreGrid
          session={session}
          rights={rights}
          guests={guests}
          onSay={(text) => setSaid({ text })}
          onPasteProblems={setPasteProblems}
        />
        {Object.values(rights).some((right) => right.ok) ? (
          <p className="hint keyboard-hint">{words.keyboardHint}</p>
        ) : null}
        {(['department', 'finance'] as const).map((part) => {
          const right = rights[part]
          return (
            <div key={part} className="overall">
              <TextField
                session={session}
                part={part}
                indicatorId={OVERALL}
                field="opinion"
                textKey={overallOpinionKey}
                label={words.overall[part]}
                lock={right.ok ? null : lockText({ kind: 'right', message: right.message })}
                guests={guests}
              />
            </div>
          )
        })}
      </div>
      <PasteProblems
        lines={pasteProblems.map((problem) => pasteText(words, problem))}
        onDismiss={() => setPasteProblems([])}
      />
      <MissingReasons
        session={session}
        current={place.indicatorId}
        open={open}
        onFill={(id) => openDetails(id, reasonSelector(id))}
      />
      {indicator ? (
        <section className={open ? 'detail-dock open' : 'detail-dock'} aria-label={words.details}>
          <button
            type="button"
            className="dock-head"
            aria-expanded={open}
            onClick={() => desk.detailsOpen.set(!open)}
            title={open ? words.hideDetails : words.showDetails}
          >
            <span className="dock-code num">{indicator.code}</span>
            <b>{indicator.name}</b>
            <span className="grow" />
            <span className="dock-toggle">
              {open ? words.hideDetails : words.showDetails} <span aria-hidden="true">{open ? '▾' : '▴'}</span>
            </span>
          </button>
          {open ? (
            <div className="dock-body">
              <IndicatorDetail
                key={indicator.id}
                session={session}
                indicator={indicator}
                rights={rights}
                guests={guests}
              />
            </div>
          ) : null}
        </section>
      ) : null}
    </div>
  )
}

/** How long something said stays. */
const SAID_MS = 5_000

/** The deduction without a reason nearest to the reader: that of the chosen row, else the first. */
function MissingReasons({
  session,
  current,
  open,
  onFill,
}: {
  session: ReportSession
  current: string
  open: boolean
  onFill(id: string): void
}) {
  const words = useWords(scoreWords)
  const score = useLive(session.score)
  const selfAnswers = useSelected(session.data, (data) => data.columns.self)
  const canWrite = useLive(session.pen).self
  const missing = [...indicatorIndex(session.template).values()].filter((indicator: Indicator) =>
    lacksReason(indicator, score.self.byIndicator.get(indicator.id), selfAnswers.get(indicator.id)),
  )
  const indicator = missing.find((one) => one.id === current) ?? missing[0]
  if (!indicator || !canWrite || open) return null
  const points = formatPoints(deductionOf(score.self.byIndicator.get(indicator.id)) ?? 0)
  return (
    <div className="notice missing-reason">
      <b>{words.noReason({ indicator: indicator.name, points })}</b>{' '}
      <button type="button" className="btn link" onClick={() => onFill(indicator.id)}>
        {words.fillNow}
      </button>
      <span className="missing-help">
        {words.noReasonHelp}
        {missing.length > 1 ? ` ${words.noReasonCount({ n: missing.length })}` : ''}
      </span>
    </div>
  )
}

function pasteText(words: (typeof scoreWords)['zh'], problem: PasteProblem): string {
  switch (problem.kind) {
    case 'tooLong':
      return words.pasteTooLong(problem)
    case 'tooWide':
      return words.pasteTooWide
    case 'line': {
      const why =
        problem.problem === 'aboveWeight'
          ? words.aboveWeight({ weight: formatPoints(problem.weight) })
          : words.problems[problem.problem]
      return words.pasteLine({ line: problem.line, text: problem.text, problem: why })
    }
  }
}

type Jump = Parameters<Parameters<ReportSession['onJump']>[0]>[0]

/** The field a jump leads to; null when it leads to a cell of the table. */
function fieldOf(jump: Jump, template: Template): { indicatorId: string; selector: string } | null {
  if (jump.kind === 'indicator') {
    if ((jump.column ?? 'score') === 'score') return null
    const selector = `[data-field="${CSS.escape(`${jump.indicatorId}.${jump.column}`)}"] textarea`
    return { indicatorId: jump.indicatorId, selector }
  }
  if (jump.kind !== 'fact') return null
  for (const indicator of indicatorIndex(template).values()) {
    const { method } = indicator
    const inputs = method.type === 'formula' ? method.inputs : method.type === 'numericBands' ? [method.input] : []
    for (const field of template.dataFields) {
      if (!inputs.includes(field.key)) continue
      const key = factKey(field, indicator.id)
      if (jump.key === field.key || jump.key === key || jump.key.startsWith(`${field.key}.`)) {
        const exact = field.type === 'table' ? jump.key : key
        return {
          indicatorId: indicator.id,
          selector: `[data-fact="${CSS.escape(exact)}"], [data-fact^="${CSS.escape(field.key)}."]`,
        }
      }
    }
  }
  return null
}

const reasonSelector = (id: string) => `[data-field="${CSS.escape(`${id}.reason`)}"] textarea`
