import type { Comparison } from '@gongping/protocol/http'
import { dataFieldIndex, findTemplate, indicatorIndex, type Template } from '@gongping/scoring'
import { EMPTY } from '../app/format.ts'
import { RoleAvatar } from '../app/header.tsx'
import { useWords } from '../app/language.ts'
import type { RestoreSubject } from './restore-dialog.tsx'
import { versionWords } from './words.ts'

interface SideColumnProps {
  readonly comparison: Comparison | null
  readonly templateId: string
  readonly names: { readonly from: string; readonly to: string }
  readonly checksum: string | null
  readonly person: string | null
  readonly onPerson: (userId: string | null) => void
  /** Null when there is nothing to restore from. */
  readonly onRestore: ((subject: RestoreSubject) => void) | null
  readonly onHistory: (indicatorId: string, name: string) => void
}

/** Scores first, then who changed what, then everything that is neither score nor text. */
export function SideColumn(props: SideColumnProps) {
  const words = useWords(versionWords)
  const { comparison, templateId, person, onPerson, checksum } = props
  const template = findTemplate(templateId)
  return (
    <aside className="versions-side" aria-label={words.scoreChanges}>
      <h2>{words.scoreChanges}</h2>
      {comparison ? <ScoreChanges {...props} comparison={comparison} template={template} /> : null}
      <h2>{words.whoChanged}</h2>
      {comparison?.people.length === 0 ? <p className="quiet">{words.nobody}</p> : null}
      <ul className="people-changes">
        {comparison?.people.map((one) => (
          <li key={one.userId}>
            <button
              type="button"
              aria-pressed={person === one.userId}
              title={words.person}
              onClick={() => onPerson(person === one.userId ? null : one.userId)}
            >
              <RoleAvatar role={one.role} small />
              <span>{one.displayName}</span>
              <small>
                {[
                  one.text > 0 ? words.personText({ n: one.text }) : '',
                  one.scores > 0 ? words.personScores({ n: one.scores }) : '',
                  one.fields > 0 ? words.personFields({ n: one.fields }) : '',
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </small>
            </button>
          </li>
        ))}
      </ul>
      {comparison && comparison.fields.length > 0 ? (
        <FieldChanges fields={comparison.fields} template={template} />
      ) : null}
      {checksum ? (
        <p className="checksum">
          {words.checksum}
          <code>{checksum}</code>
        </p>
      ) : null}
    </aside>
  )
}

function ScoreChanges({
  comparison,
  template,
  names,
  onRestore,
  onHistory,
}: SideColumnProps & { comparison: Comparison; template: Template | undefined }) {
  const words = useWords(versionWords)
  const index = template ? indicatorIndex(template) : new Map<string, { name: string }>()
  const columns = (['self', 'department', 'finance'] as const).filter(
    (column) => column === 'self' || comparison.scores.some((change) => change.column === column),
  )
  return (
    <>
      {columns.map((column) => {
        const changes = comparison.scores.filter((change) => change.column === column)
        const totals = comparison.totals[column]
        return (
          <table key={column} className="score-changes num">
            <caption>{words.columns[column]}</caption>
            <thead>
              <tr>
                <th scope="col">{words.indicator}</th>
                <th scope="col" title={names.from}>
                  {words.from}
                </th>
                <th scope="col" title={names.to}>
                  {names.to.length <= 4 ? names.to : words.to}
                </th>
                <th scope="col">{words.difference}</th>
              </tr>
            </thead>
            {changes.map((change) => {
              const name = index.get(change.indicatorId)?.name ?? change.indicatorId
              return (
                <tbody key={change.indicatorId} className={change.isSum ? 'sum' : undefined}>
                  <tr>
                    <th scope="row">
                      {name}
                      <span className="row-tools">
                        <button
                          type="button"
                          className="btn link"
                          aria-label={words.historyOf({ name })}
                          onClick={() => onHistory(change.indicatorId, name)}
                        >
                          {words.history}
                        </button>
                        {onRestore && !change.isSum ? (
                          <button
                            type="button"
                            className="btn link"
                            aria-label={words.restoreScoreOf({ name })}
                            onClick={() =>
                              onRestore({ kind: 'score', indicatorId: change.indicatorId, column, indicator: name })
                            }
                          >
                            {words.restoreScore}
                          </button>
                        ) : null}
                      </span>
                    </th>
                    <td>{points(change.from)}</td>
                    <td>{points(change.to)}</td>
                    <Difference from={change.from} to={change.to} />
                  </tr>
                  {change.by || change.reason ? (
                    <tr className="why">
                      <td colSpan={4}>
                        {change.role ? <RoleAvatar role={change.role} small title={change.by} /> : null}
                        {change.by}
                        {change.reason ? ` · ${words.reason}：${change.reason}` : ''}
                      </td>
                    </tr>
                  ) : null}
                </tbody>
              )
            })}
            <tfoot>
              <tr>
                <th scope="row">{words.total}</th>
                <td>{points(totals.from)}</td>
                <td>{points(totals.to)}</td>
                <Difference from={totals.from} to={totals.to} />
              </tr>
              {totals.gradeFrom === totals.gradeTo ? null : (
                <tr>
                  <th scope="row">{words.grade}</th>
                  <td>{totals.gradeFrom ?? EMPTY}</td>
                  <td>{totals.gradeTo ?? EMPTY}</td>
                  <td>{EMPTY}</td>
                </tr>
              )}
            </tfoot>
          </table>
        )
      })}
      {comparison.scores.length === 0 ? <p className="quiet">{words.noScoreChanges}</p> : null}
    </>
  )
}

function Difference({ from, to }: { from: number | null; to: number | null }) {
  if (from === null || to === null || from === to) return <td>{EMPTY}</td>
  // Scores are hundredths; the subtraction of two of them may not show more.
  const difference = Math.round((to - from) * 100) / 100
  return <td className={difference > 0 ? 'up' : 'down'}>{`${difference > 0 ? '+' : '−'}${Math.abs(difference)}`}</td>
}

const points = (value: number | null) => (value === null ? EMPTY : String(value))

function FieldChanges({ fields, template }: { fields: Comparison['fields']; template: Template | undefined }) {
  const words = useWords(versionWords)
  const labelOf = ({ kind, key }: Comparison['fields'][number]) => {
    const cover = template?.cover.find((field) => field.key === key)?.label
    const fact = template && dataFieldIndex(template).get(key)?.label
    const indicator = template && indicatorIndex(template).get(key)?.name
    const subject =
      key === 'overall' ? words.overall : ((kind === 'cover' ? cover : kind === 'fact' ? fact : indicator) ?? key)
    return `${words.fields[kind]} · ${subject}`
  }
  return (
    <>
      <h2>{words.fieldChanges}</h2>
      <dl className="field-changes">
        {fields.map((field) => (
          <div key={`${field.part} ${field.kind} ${field.key}`}>
            <dt>{labelOf(field)}</dt>
            <dd>
              {field.runs.map((run, index) => {
                const title = run.by
                return run.op === 'equal' ? (
                  <span key={index}>{run.text}</span>
                ) : run.op === 'insert' ? (
                  <ins key={index} className={run.role ?? 'field'} title={title}>
                    {run.text}
                  </ins>
                ) : (
                  <del key={index} title={title}>
                    {run.text}
                  </del>
                )
              })}
            </dd>
          </div>
        ))}
      </dl>
    </>
  )
}
