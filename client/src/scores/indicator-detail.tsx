import { evidenceKey, measureKey, opinionKey, reasonKey } from '@gongping/report-doc'
import { dataFieldIndex, factKey, formatPoints, SCORE_COLUMNS } from '@gongping/scoring'
import type { DataField, Indicator, IndicatorScore, NumericBand, Template } from '@gongping/scoring'
import { useWords } from '../app/language.ts'
import { useLive } from '../app/use-live.ts'
import { useSelected } from '../app/use-selected.ts'
import type { ReportSession } from '../sync/report-session.ts'
import { HistoryButton } from '../versions/history-button.tsx'
import { IndicatorReview } from '../review/indicator-review.tsx'
import { useReview } from '../review/review-context.ts'
import { BandPicker } from './band-picker.tsx'
import { deductionOf, lacksReason } from './cell.ts'
import type { ColumnRights } from './cell.ts'
import { FactInput } from './fact-input.tsx'
import { FactTable } from './fact-table.tsx'
import { formatFact } from './fact-value.ts'
import { TextField } from './text-field.tsx'
import type { CellGuest } from './use-cell-presence.ts'
import { useLockText } from './use-column-rights.ts'
import { scoreWords } from './words.ts'

interface Props {
  readonly session: ReportSession
  readonly indicator: Indicator
  readonly rights: ColumnRights
  readonly guests: readonly CellGuest[]
}

/** Everything about one indicator that does not fit into a cell. */
export function IndicatorDetail({ session, indicator, rights, guests }: Props) {
  const words = useWords(scoreWords)
  const lockText = useLockText()
  const review = useReview()
  const score = useLive(session.score)
  const answer = useSelected(session.data, (data) => data.columns.self.get(indicator.id))
  const one = score.self.byIndicator.get(indicator.id)
  const lockFor = (column: keyof ColumnRights) => {
    const right = rights[column]
    return right.ok ? null : lockText({ kind: 'right', message: right.message })
  }
  const isScoredHere = indicator.children.length === 0 || one?.origin === 'joint'
  const texts = { session, indicatorId: indicator.id, guests }
  const isComputed = indicator.method.type === 'formula' || indicator.method.type === 'numericBands'
  const explains = deductionOf(one) !== null || Boolean(answer?.reason || answer?.measure) || one?.origin === 'override'
  return (
    <div className="indicator-detail">
      {indicator.guidance ? (
        <p className="guidance">
          <b>{words.guidance}</b> {indicator.guidance}
        </p>
      ) : null}
      {indicator.evidence.length > 0 ? (
        <p className="guidance">
          <b>{words.expectedEvidence}</b> {indicator.evidence.join(words.listSeparator)}
        </p>
      ) : null}
      {isComputed && one ? (
        <FormulaInputs session={session} indicator={indicator} one={one} lock={lockFor('self')} />
      ) : null}
      {indicator.method.type === 'qualitativeBands'
        ? SCORE_COLUMNS.filter((column) => column === 'self' || rights[column].ok).map((column) => (
            <BandPicker
              key={column}
              session={session}
              indicator={indicator}
              bands={indicator.method.type === 'qualitativeBands' ? indicator.method.bands : []}
              column={column}
              lock={lockFor(column)}
            />
          ))
        : null}
      {isScoredHere ? (
        <>
          {explains ? (
            <>
              <TextField
                {...texts}
                part="self"
                field="reason"
                textKey={reasonKey(indicator.id)}
                label={one?.origin === 'override' ? words.overrideReason : words.reason}
                lock={lockFor('self')}
                invalid={lacksReason(indicator, one, answer)}
              />
              <TextField
                {...texts}
                part="self"
                field="measure"
                textKey={measureKey(indicator.id)}
                label={words.measure}
                lock={lockFor('self')}
              />
            </>
          ) : null}
          <TextField
            {...texts}
            part="self"
            field="evidence"
            textKey={evidenceKey(indicator.id)}
            label={words.evidence}
            hint={words.evidenceHint}
            lock={lockFor('self')}
          />
          {(['department', 'finance'] as const).map((part) => (
            <TextField
              key={part}
              {...texts}
              part={part}
              field="opinion"
              textKey={opinionKey(indicator.id)}
              label={words.opinion[part]}
              lock={lockFor(part)}
            />
          ))}
        </>
      ) : null}
      <div className="detail-foot">
        <HistoryButton
          reportId={session.reportId}
          of={{ indicatorId: indicator.id }}
          name={indicator.name}
          className="btn small"
        >
          {words.history}
        </HistoryButton>
        {review ? <IndicatorReview desk={review} indicator={indicator} /> : null}
      </div>
    </div>
  )
}

function FormulaInputs({
  session,
  indicator,
  one,
  lock,
}: {
  session: ReportSession
  indicator: Indicator
  one: IndicatorScore
  lock: string | null
}) {
  const words = useWords(scoreWords)
  const { template } = session
  const fields = dataFieldIndex(template)
  const { method } = indicator
  if (method.type !== 'formula' && method.type !== 'numericBands') return null
  const inputs = (method.type === 'formula' ? method.inputs : [method.input]).flatMap((key) => fields.get(key) ?? [])
  const wanting = new Set([...one.missingInputs, ...one.faultyInputs])
  return (
    <section className="formula">
      <p className="guidance">
        <b>{words.formula}</b>{' '}
        {method.type === 'formula' ? readableFormula(method.expression, template, words) : words.byBands}
      </p>
      {method.type === 'numericBands' ? <NumericBands bands={method.bands} weight={indicator.weight} /> : null}
      {inputs.map((field) => (
        <FormulaInput
          key={field.key}
          session={session}
          indicator={indicator}
          field={field}
          lock={lock}
          wanting={wanting}
        />
      ))}
      <output className={one.formulaScore === null ? 'computed missing' : 'computed'}>
        {computedText(words, one, fields)}
      </output>
    </section>
  )
}

interface InputProps {
  readonly session: ReportSession
  readonly indicator: Indicator
  readonly field: DataField
  readonly lock: string | null
  readonly wanting: ReadonlySet<string>
}

function FormulaInput({ session, indicator, field, lock, wanting }: InputProps) {
  const words = useWords(scoreWords)
  if (field.type === 'table') {
    return (
      <div className="fact-field wide">
        <span className="fact-label">{field.label}</span>
        <FactTable session={session} field={field} lock={lock} faulty={wanting} />
      </div>
    )
  }
  const standard = field.defaultValue === null ? undefined : formatFact(field.defaultValue, field)
  return (
    <div className="fact-field">
      <span className="fact-label">{field.label}</span>
      <span className="fact-value">
        <FactInput
          session={session}
          factKey={factKey(field, indicator.id)}
          type={field.type}
          unit={field.unit}
          values={field.values}
          mayBeNegative={field.perRow}
          label={field.label}
          lock={lock}
          missing={wanting.has(field.key)}
          {...(standard ? { placeholder: words.defaultValue({ value: standard }) } : {})}
        />
        {field.unit ? <span className="fact-unit">{field.unit}</span> : null}
      </span>
    </div>
  )
}

function NumericBands({ bands, weight }: { bands: readonly NumericBand[]; weight: number }) {
  return (
    <ul className="numeric-bands num">
      {bands.map((band) => (
        <li key={band.key}>
          <span>{band.label}</span>
          <b>{formatPoints(Math.round(band.ratio * weight))}</b>
        </li>
      ))}
    </ul>
  )
}

type Words = (typeof scoreWords)['zh']

function computedText(words: Words, one: IndicatorScore, fields: ReadonlyMap<string, DataField>): string {
  const names = (keys: readonly string[]) => keys.map((key) => factName(key, fields)).join(words.listSeparator)
  if (one.missingInputs.length > 0) return words.inputsMissing({ names: names(one.missingInputs) })
  if (one.faultyInputs.length > 0) return words.inputsFaulty({ names: names(one.faultyInputs) })
  if (one.formulaScore === null) return ''
  const computed = words.computed({ points: formatPoints(one.formulaScore) })
  if (one.achievement === null) return computed
  const percent = `${Number((one.achievement * 100).toFixed(1))}%`
  return `${computed} · ${words.achievement({ percent })}`
}

/** A data field by its label; of a table cell `outputs.{row}.actual` table and column. */
function factName(key: string, fields: ReadonlyMap<string, DataField>): string {
  const [table = key, , column] = key.split('.')
  const field = fields.get(key) ?? fields.get(table)
  const name = field?.columns.find((one) => one.key === column)?.label
  return [field?.label ?? key, name].filter(Boolean).join(' ')
}

/** The formula with the names of the form in place of its keys. */
function readableFormula(expression: string, template: Template, words: Words): string {
  const labels = new Map(template.dataFields.map((field) => [field.key, field.label]))
  for (const field of template.dataFields) for (const column of field.columns) labels.set(column.key, column.label)
  labels.set('weight', words.weight)
  for (const [name, label] of Object.entries(words.functions)) labels.set(name, label)
  return expression
    .replace(/[A-Za-z_]\w*/g, (name) => labels.get(name) ?? name)
    .replaceAll('*', '×')
    .replaceAll('/', '÷')
}
