import { setBand } from '@gongping/report-doc'
import { formatPoints } from '@gongping/scoring'
import type { Indicator, QualitativeBand, ScoreColumnId } from '@gongping/scoring'
import { useId } from 'react'
import { useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import { useSelected } from '../app/use-selected.ts'
import type { ReportSession } from '../sync/report-session.ts'
import { scoreDesk } from './score-desk.ts'
import { scoreWords } from './words.ts'

interface Props {
  readonly session: ReportSession
  readonly indicator: Indicator
  readonly bands: readonly QualitativeBand[]
  readonly column: ScoreColumnId
  readonly lock: string | null
}

/** The qualitative band of one column; tells when the score lies outside the chosen one. */
export function BandPicker({ session, indicator, bands, column, lock }: Props) {
  const words = useWords(scoreWords)
  const desk = scoreDesk(session)
  const answer = useSelected(session.data, (data) => data.columns[column].get(indicator.id))
  const score = useLive(session.score)[column].byIndicator.get(indicator.id)?.score ?? null
  const name = useId()
  const chosen = bands.find((band) => band.key === answer?.band)
  const points = (ratio: number) => formatPoints(Math.round(indicator.weight * ratio))
  const put = (band: string | null) => {
    desk.endUndoStep()
    setBand({ doc: session.docs[column], origin: desk.origin, part: column, indicatorId: indicator.id, band })
    desk.endUndoStep()
  }
  return (
    <fieldset className="bands" disabled={lock !== null} title={lock ?? undefined}>
      <legend>
        {words.bandOf} · {words.columns[column]}
      </legend>
      {bands.map((band) => (
        <label key={band.key}>
          <input type="radio" name={name} checked={band === chosen} onChange={() => put(band.key)} />
          {band.label}
          <span className="num">{words.bandRange({ from: points(band.minRatio), to: points(band.maxRatio) })}</span>
        </label>
      ))}
      <label>
        <input type="radio" name={name} checked={!chosen} onChange={() => put(null)} />
        {words.bandNone}
      </label>
      {chosen && score !== null && !inBand(chosen, score / indicator.weight) ? (
        <output className="field-problem">
          {words.bandMismatch({ label: chosen.label, from: points(chosen.minRatio), to: points(chosen.maxRatio) })}
        </output>
      ) : null}
    </fieldset>
  )
}

function inBand(band: QualitativeBand, ratio: number): boolean {
  const above = band.minInclusive ? ratio >= band.minRatio : ratio > band.minRatio
  return above && (band.maxInclusive ? ratio <= band.maxRatio : ratio < band.maxRatio)
}
